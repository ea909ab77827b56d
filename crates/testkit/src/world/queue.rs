//! What is going to happen, in order.

use core::cmp::Ordering;
use std::collections::BinaryHeap;

use hallpass_core::error::StoreFailure;
use hallpass_core::lifecycle::{
    Asking, Flight, Loaded, Lock, Locking, Peeking, SaveError, Saving, Sending, Sleeping, Slot, Todo, Unlocking,
};
use hallpass_core::{Grant, Misuse, Reply, Secrets, SendError};

use super::clock::At;
use super::registering::{Next, Registering};

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
    /// A user registers on an instance's host.
    Register(usize),
    /// A registration goes on.
    Registering(Registering, Next),
    /// A burst of calls, and what befalls the world between two of them.
    Burst(u64),
    /// A user puts the new secret in place.
    SecretInPlace,
    /// The faults end.
    Calm,
    /// An instance is asked whether it has a valid token yet.
    Probe(usize),
    /// A caller of the steady state, of so many.
    Steady(usize, u64),
}

impl Event {
    /// It touches one instance only.
    fn is_its_own(&self) -> bool {
        matches!(self, Self::Done(..) | Self::Wake(..) | Self::Call(_))
    }
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
    TooOften,
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
pub(super) struct Queue<E = Event> {
    heap: BinaryHeap<Entry<E>>,
    planned: u64,
}

/// Small, since a heap moves its entries about.
struct Entry<E> {
    at: At,
    order: u64,
    event: Box<E>,
}

impl<E> Default for Queue<E> {
    fn default() -> Self {
        Self { heap: BinaryHeap::new(), planned: 0 }
    }
}

impl<E> Queue<E> {
    pub(super) fn plan(&mut self, at: At, event: E) {
        self.planned += 1;
        self.heap.push(Entry { at, order: self.planned, event: Box::new(event) });
    }

    /// The number of the event that was planned last: tells before from after, also within one moment.
    pub(super) fn order(&self) -> u64 {
        self.planned
    }

    pub(super) fn next(&mut self) -> Option<(At, E)> {
        self.heap.pop().map(|entry| (entry.at, *entry.event))
    }
}

impl Queue {
    /// Any of those that are at most so much later than the first. What only its own instance can tell the time of
    /// comes at once: no order of it and the others makes a difference.
    pub(super) fn pick(&mut self, within: At, pick: impl FnOnce(usize) -> usize) -> Option<(At, Event)> {
        let first = self.heap.peek()?.at;
        let mut rest = core::mem::take(&mut self.heap).into_sorted_vec();
        // Greatest is earliest, so the earliest stand at the end.
        let near = rest.iter().rev().take_while(|entry| entry.at <= first + within).count();
        let own = rest.iter().rev().take(near).position(|entry| entry.event.is_its_own());
        let picked = rest.remove(rest.len() - 1 - own.unwrap_or_else(|| pick(near)));
        self.heap = rest.into();
        Some((picked.at, *picked.event))
    }

    /// All of them, in no order.
    pub(super) fn planned(&self) -> impl Iterator<Item = (At, &Event)> {
        self.heap.iter().map(|entry| (entry.at, &*entry.event))
    }
}

impl<E> Ord for Entry<E> {
    fn cmp(&self, other: &Self) -> Ordering {
        // The heap gives its greatest first.
        (other.at, other.order).cmp(&(self.at, self.order))
    }
}

impl<E> PartialOrd for Entry<E> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<E> Eq for Entry<E> {}

impl Answer {
    pub(super) fn flight(&self) -> Flight {
        match self {
            Self::Peeked(slot, _) => slot.flight(),
            Self::Locked(slot, _) => slot.flight(),
            Self::Secret(slot, _) => slot.flight(),
            Self::Replied(slot, _) => slot.flight(),
            Self::Saved(slot, _) => slot.flight(),
            Self::Unlocked(slot, _) => slot.flight(),
            Self::Woke(slot) => slot.flight(),
        }
    }

    pub(super) fn kind(&self) -> u64 {
        match self {
            Self::Peeked(_, result) => u64::from(result.is_ok()),
            Self::Locked(_, result) => 2 + u64::from(result.is_ok()),
            Self::Secret(_, result) => 4 + u64::from(result.is_ok()),
            Self::Replied(_, Ok(reply)) => 1000 + u64::from(reply.status.as_u16()),
            Self::Replied(_, Err(_)) => 6,
            Self::Saved(_, result) => 7 + u64::from(result.is_ok()),
            Self::Unlocked(..) => 9,
            Self::Woke(_) => 10,
        }
    }

    pub(super) fn told(&self) -> String {
        match self {
            Self::Peeked(..) => "peeked".into(),
            Self::Locked(..) => "locked".into(),
            Self::Secret(..) => "secret".into(),
            Self::Replied(_, Ok(reply)) => format!("reply {}", reply.status.as_u16()),
            Self::Replied(_, Err(error)) => format!("{error}"),
            Self::Saved(_, Ok(())) => "saved".into(),
            Self::Saved(_, Err(error)) => format!("{error}"),
            Self::Unlocked(..) => "unlocked".into(),
            Self::Woke(_) => "awake".into(),
        }
    }
}
