//! The token lifecycle: one long-lived machine for one key.
//!
//! It keeps a token, renews it ahead, lets one flight serve all who wait, survives lost answers and crashed peers, and
//! asks for every effect instead of carrying it out. Whoever drives it needs a match with seven arms ([`Todo`]),
//! [`abandon`](Lifecycle::abandon), and a way to wake those who wait.
//!
//! | module | what it holds |
//! |---|---|
//! | `machine` | [`Lifecycle`], between flights: who gets a token, who leads, who waits |
//! | `memory` | what it remembers between flights |
//! | `flight`, `run` | one flight, a file for each stage; what it has seen and what it holds |
//! | `slot` | [`Slot`]: a typed ticket for one effect, in which the flight travels |
//! | `record` | [`Record`]: what a store keeps, and how keeping it can fail |
//! | `policy` | [`Policy`]: what is done with time and failure |
//! | `seed` | the one source of chance |
//! | `setup` | [`Setup`]: what a machine is made of |
//! | `token_id` | [`TokenId`]: a name for a token that tells nothing of it |
//!
//! # The rules of a flight
//!
//! peek -> lock -> secret -> mark -> send -> save -> publish -> unlock. Each effect has a file, with the transitions that its
//! answers lead to; `decide` chooses the exchange and marks what it spends, `mod` publishes how a flight landed, and
//! `settle` is the flight of a login that ends. Every transition consumes the slot of the effect before it, in which the
//! flight travels.
//!
//! 1. Nothing sleeps under the lock: unlock, sleep, begin at the peek.
//! 2. What an exchange spends is marked, durably, before it is sent. A mark that somebody else left is never sent under
//!    and never removed by its finder: the exchange's own [`Ambiguity`](crate::dialect::Ambiguity) says what follows.
//! 3. A gain is saved, superseded or surfaced as unsaved before any waiter sees it.
//! 4. Every save compares the revision it came from; the loser adopts what it finds.
//! 5. A store that fails costs no refresh token: the login authenticates alone, or says why it cannot.
//! 6. An answer for a flight that is over changes no flight; what it proves is kept.
//!
//! # Its graph
//!
//! Which effect follows which answer, as simulated flights under faults have gone.
//!
#![doc = include_str!("graph.md")]

mod flight;
mod machine;
mod memory;
mod policy;
mod record;
mod run;
mod seed;
mod setup;
mod slot;
mod token_id;

pub use machine::Lifecycle;
pub use policy::Policy;
pub use record::{Closed, KeptGrant, Loaded, Mark, Record, Revision, SaveError};
pub use setup::Setup;
pub use slot::{Asking, Locking, Peeking, Saving, Sending, Sleeping, Slot, Unlocking};
pub use token_id::TokenId;
pub(crate) use token_id::credential_digest;

use core::time::Duration;

use crate::error::Error;
use crate::grant::Grant;

/// What a caller asks for beyond a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Want {
    /// The least life that the token must still have. It is capped at what a new token would have before it is renewed
    /// ahead, so that no wish can make every call a login.
    pub min_life: Duration,
    /// A token that will not do.
    pub not: Option<TokenId>,
}

/// Names one run of the machine from "no usable token" to an outcome, whatever the number of callers waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Flight(pub(crate) u64);

impl Flight {
    /// Its number, counted from one, as traces have it.
    pub fn number(self) -> u64 {
        self.0
    }
}

/// What [`Lifecycle::get`] has for a caller.
#[derive(Debug)]
#[must_use = "a flight that nobody drives hangs until its deadline"]
pub enum Ticket {
    /// A token.
    Ready(Grant),
    /// A token, and the duty to renew it behind.
    Refresh(Grant, Flight, Todo),
    /// The duty to lead a flight; then [`Lifecycle::outcome`].
    Lead(Flight, Todo),
    /// Somebody else leads; wait for them, then [`Lifecycle::outcome`].
    Wait(Flight),
    /// No token, and nothing is sent before the error's time is over. Whoever asks sooner may find a token that another
    /// process has saved.
    Closed(Error),
}

/// Where a flight is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Landed {
    /// Still flying.
    Flying,
    /// It brought a token.
    Ok(Grant),
    /// It failed, for all who waited.
    Failed(Error),
    /// It was given up, or brought nothing for this caller: ask again.
    Again,
}

/// An effect to carry out. Its slot says with what; answer it with the method that its variant links.
#[derive(Debug)]
#[must_use = "an effect that is never answered leaves its flight hanging until its deadline"]
pub enum Todo {
    /// Read a record without the lock; [`Lifecycle::peeked`].
    Peek(Slot<Peeking>),
    /// Try once to lock; [`Lifecycle::locked`].
    Lock(Slot<Locking>),
    /// Ask for secrets; [`Lifecycle::secret`].
    Secret(Slot<Asking>),
    /// Send a request; [`Lifecycle::replied`].
    Send(Slot<Sending>),
    /// Save under the lock; [`Lifecycle::saved`].
    Save(Slot<Saving>),
    /// Give the lock back; [`Lifecycle::unlocked`].
    Unlock(Slot<Unlocking>),
    /// Wait; [`Lifecycle::woke`].
    Sleep(Slot<Sleeping>),
}

impl Todo {
    /// Its name, as events and traces have it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Peek(_) => "peek",
            Self::Lock(_) => "lock",
            Self::Secret(_) => "secret",
            Self::Send(_) => "send",
            Self::Save(_) => "save",
            Self::Unlock(_) => "unlock",
            Self::Sleep(_) => "sleep",
        }
    }

    /// The flight that it belongs to.
    pub fn flight(&self) -> Flight {
        match self {
            Self::Peek(slot) => slot.flight(),
            Self::Lock(slot) => slot.flight(),
            Self::Secret(slot) => slot.flight(),
            Self::Send(slot) => slot.flight(),
            Self::Save(slot) => slot.flight(),
            Self::Unlock(slot) => slot.flight(),
            Self::Sleep(slot) => slot.flight(),
        }
    }
}

/// The answer to one try to lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lock {
    /// Somebody else has it.
    Busy,
    /// It is ours, with the record as it stands under it.
    Held(Option<Box<Loaded>>),
}
