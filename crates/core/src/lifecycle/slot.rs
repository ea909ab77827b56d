//! Slots: typed tickets for one effect each. A flight travels in its slot, so an effect can be answered only once, only
//! with its own kind of answer, and only in its turn.

use core::fmt;
use core::time::Duration;

use super::run::Run;
use super::{Flight, Record, Revision};
use crate::dialect::{Exchange, Key};
use crate::error::Error;
use crate::http::{Egress, Request};
use crate::time::Deadline;

/// A single-use ticket for one effect.
#[must_use = "an effect that is never answered leaves its flight hanging until its deadline: answer it, or abandon the flight"]
pub struct Slot<Effect> {
    pub(super) run: Box<Run>,
    pub(super) effect: Effect,
}

impl<Effect> Slot<Effect> {
    /// The flight that this belongs to.
    pub fn flight(&self) -> Flight {
        self.run.flight
    }
}

/// What the effect is, and nothing of the flight, which has secrets.
impl<Effect: fmt::Debug> fmt::Debug for Slot<Effect> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot").field("flight", &self.flight()).field("effect", &self.effect).finish_non_exhaustive()
    }
}

/// To read a record without the lock.
#[derive(Debug)]
pub struct Peeking {
    pub(super) key: Key,
    pub(super) what: PeekFor,
}

/// What a peek is for.
#[derive(Debug, Clone, Copy)]
pub(super) enum PeekFor {
    /// The login's record, at the start of a flight.
    Login,
    /// The record of a registration, for the user key.
    Identity,
    /// The login's record again, since somebody may have rotated the refresh token that was just refused.
    Refused,
}

impl Slot<Peeking> {
    /// The record to read.
    pub fn key(&self) -> &Key {
        &self.effect.key
    }
}

/// To try once to lock the login's record.
#[derive(Debug)]
pub struct Locking {
    pub(super) key: Key,
    pub(super) lease: Duration,
}

impl Slot<Locking> {
    /// The record to lock.
    pub fn key(&self) -> &Key {
        &self.effect.key
    }

    /// How long the lock must hold; nobody renews it.
    pub fn lease(&self) -> Duration {
        self.effect.lease
    }
}

/// To ask for secrets.
#[derive(Debug)]
pub struct Asking {
    pub(super) names: Vec<&'static str>,
}

impl Slot<Asking> {
    /// The names of the secrets.
    pub fn names(&self) -> &[&'static str] {
        &self.effect.names
    }
}

/// To send a request.
#[derive(Debug)]
pub struct Sending {
    pub(super) exchange: Exchange,
    pub(super) request: Request,
    pub(super) egress: Egress,
}

impl Slot<Sending> {
    /// Which exchange this is.
    pub fn exchange(&self) -> Exchange {
        self.effect.exchange
    }

    /// The request.
    pub fn request(&self) -> &Request {
        &self.effect.request
    }

    /// The limits that travel with it.
    pub fn egress(&self) -> &Egress {
        &self.effect.egress
    }
}

/// To save the login's record under the lock.
#[derive(Debug)]
pub struct Saving {
    pub(super) record: Record,
    pub(super) why: SaveFor,
}

/// What a save is for.
#[derive(Debug)]
pub(super) enum SaveFor {
    /// A mark, before the request that spends.
    Mark(Box<Sending>),
    /// What a request gained.
    Gain,
    /// A refresh token that was refused is taken out; then the flight goes on without it.
    Clear,
    /// What a request that gained nothing leaves behind: a mark is taken back, which is remembered if that fails, or there
    /// is a latch. Then the flight tries again, or fails.
    Setback { unmarks: Option<Revision>, error: Error },
    /// The refresh token that a reply of no use has brought; then the flight fails with that reply.
    Successor(Error),
    /// Taking back a mark that nothing was sent under when the login ends; then the flight is over.
    Settle,
    /// A grant that could not be saved before.
    Retry,
}

impl Slot<Saving> {
    /// The record to save, if the stored one is still the one that the lock found or this lock saved. One with a mark
    /// ([`Record::spending`]) must not be saved once the lease is over ([`SaveError::LeaseGone`](super::SaveError::LeaseGone)).
    pub fn record(&self) -> &Record {
        &self.effect.record
    }
}

/// To give the lock back.
#[derive(Debug)]
pub struct Unlocking {
    pub(super) then: Then,
}

/// What follows an unlock.
#[derive(Debug, Clone, Copy)]
pub(super) enum Then {
    /// Nothing: the flight has landed.
    Nothing,
    /// The flight begins again, at once or after a wait.
    Begin(Option<Deadline>),
}

/// To wait.
#[derive(Debug)]
pub struct Sleeping {
    pub(super) until: Deadline,
}

impl Slot<Sleeping> {
    /// Until when.
    pub fn until(&self) -> Deadline {
        self.effect.until
    }
}
