//! What is going to happen, in order.

use core::cmp::Ordering;
use std::collections::BinaryHeap;

use hallpass_core::error::StoreFailure;
use hallpass_core::lifecycle::{
    Asking, Loaded, Lock, Locking, Peeking, SaveError, Saving, Sending, Sleeping, Slot, Todo, Unlocking,
};
use hallpass_core::{Grant, Misuse, Reply, Secrets, SendError};

use super::clock::At;

/// One life of one instance: what belongs to an earlier life is void.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Who {
    pub(super) instance: usize,
    pub(super) life: u32,
}

/// Something that is going to happen.
pub(super) enum Event {
    /// A caller comes.
    Call(usize),
    /// A caller calls the API; `replayed` after a 401.
    Api(Who, Grant, bool),
    /// A waiter looks at what became of its flight.
    Wake(Who, u64),
    /// A driver carries an effect out.
    Do(Who, Todo),
    /// A request reaches the server.
    Arrive(Who, Slot<Sending>, Way),
    /// A copy of a request reaches the server; nobody sees its reply.
    Copy(http::Request<Vec<u8>>),
    /// A driver hands an answer in.
    Done(Who, Answer),
    /// A crashed instance starts again.
    Restart(usize),
    /// A burst of calls, and what befalls the world between two of them.
    Burst(u64),
    /// A user puts the new secret in place, or an API takes tokens again.
    SecretInPlace,
    /// The faults end.
    Calm,
    /// An instance is asked whether it has a valid token yet.
    Probe(usize),
    /// A caller of the steady state, of so many.
    Steady(usize, u64),
}

/// What becomes of a request that reaches the server, and of its reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// All is well, after so long.
    Good(At),
    /// The server acts, but its reply is lost; so long until the driver gives up.
    ReplyLost(At),
    /// The server acts, and something else comes back.
    Garbled(At, Odd),
}

/// A reply that is not the server's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Odd {
    Status(u16),
    RetryAfter(u32),
    Html,
    Cut,
}

/// An answer on its way to the machine.
pub(super) enum Answer {
    Peeked(Slot<Peeking>, Result<Option<Loaded>, StoreFailure>),
    Locked(Slot<Locking>, Result<Lock, StoreFailure>),
    Secret(Slot<Asking>, Result<Secrets, Misuse>),
    Replied(Slot<Sending>, Result<Reply, SendError>),
    Saved(Slot<Saving>, Result<(), SaveError>),
    Unlocked(Slot<Unlocking>, Result<(), StoreFailure>),
    Woke(Slot<Sleeping>),
}

/// Events by time, and by the order in which they were planned.
#[derive(Default)]
pub(super) struct Queue {
    heap: BinaryHeap<Entry>,
    planned: u64,
}

struct Entry {
    at: At,
    order: u64,
    event: Event,
}

impl Queue {
    pub(super) fn plan(&mut self, at: At, event: Event) {
        self.planned += 1;
        self.heap.push(Entry { at, order: self.planned, event });
    }

    pub(super) fn next(&mut self) -> Option<(At, Event)> {
        self.heap.pop().map(|entry| (entry.at, entry.event))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        // The heap gives its greatest first.
        (other.at, other.order).cmp(&(self.at, self.order))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Entry {}
