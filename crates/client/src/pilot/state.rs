//! What a pilot's lock guards.

use core::task::Waker;
use std::collections::BTreeMap;

use hallpass_core::lifecycle::{Flight, Lifecycle, Todo};
use hallpass_core::{Grant, Misuse, Now, SendError};

use super::settling::Settling;
use crate::metrics::Since;
use crate::trace::Led;

/// A lifecycle and everybody around it, as it stands between two calls.
pub(super) struct State {
    pub(super) life: Lifecycle,
    pub(super) published: Option<Grant>,
    pub(super) waiting: BTreeMap<u64, Waker>,
    pub(super) waiters: u64,
    pub(super) closed: bool,
    pub(super) settling: Settling,
    /// When the flight began, and whether it was to renew a token that was still good.
    pub(super) began: Since,
    pub(super) ahead: bool,
    /// Whether the flight has sent something since it last read the record. A failure without that is a latch's.
    pub(super) sent: bool,
    pub(super) led: Option<Led>,
    /// The flight that sends or saves, until it is at something else: whoever closes the login waits for that.
    pub(super) at_stake: Option<Flight>,
    /// How many registrations have sent something: whoever closes the login waits for these too.
    pub(super) registering: usize,
}

impl State {
    pub(super) fn new(life: Lifecycle) -> Self {
        Self {
            life,
            published: None,
            waiting: BTreeMap::new(),
            waiters: 0,
            closed: false,
            settling: Settling::default(),
            began: None,
            ahead: false,
            sent: false,
            led: None,
            at_stake: None,
            registering: 0,
        }
    }

    /// Whether something would be lost if the process ended now: an answer, a gain, a mark that is about to be taken back.
    pub(super) fn is_busy(&self) -> bool {
        let flying = self.life.flying();
        flying.is_some() && (self.at_stake == flying || self.life.has_unfinished())
    }

    /// What follows an answer, as far as a login that may be closed goes on. One that is sends nothing more: what was marked
    /// for a request is taken back, and a flight with nothing at stake is given up.
    pub(super) fn unless_closed(&mut self, now: Now, next: Option<Todo>) -> Option<Todo> {
        let next = match next {
            Some(Todo::Secret(slot)) if self.closed => self.life.secret(now, slot, Err(closed())),
            Some(Todo::Send(slot)) if self.closed => {
                self.life.replied(now, slot, Err(SendError::NotSent("the client was closed".into())))
            }
            next => next,
        };
        match &next {
            Some(Todo::Send(_) | Todo::Save(_)) => self.at_stake = self.life.flying(),
            Some(Todo::Peek(_) | Todo::Lock(_) | Todo::Secret(_) | Todo::Sleep(_)) => self.at_stake = None,
            // The answer of a flight that was taken over leads to nothing else, and says nothing of the one that took over.
            Some(Todo::Unlock(_)) | None => {}
        }
        if !self.closed {
            return next;
        }
        self.give_up_unless_busy();
        // A peek may follow a lock, which its answer gives back.
        next.filter(|next| self.life.flying().is_some() || matches!(next, Todo::Unlock(_) | Todo::Peek(_)))
    }

    /// A closed login's flight is over as soon as nothing is at stake.
    pub(super) fn give_up_unless_busy(&mut self) {
        if let Some(flight) = self.life.flying().filter(|_| !self.is_busy()) {
            self.life.abandon(flight);
        }
    }
}

/// Why there is no token any more.
pub(super) fn closed() -> Misuse {
    Misuse::Value { what: "the client".into(), why: "it was closed".into() }
}
