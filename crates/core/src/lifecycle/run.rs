//! A flight under way: what it has seen and what it holds. It travels in the slots.

use core::time::Duration;

use super::{Flight, Record, Revision, Want, credential_digest};
use crate::dialect::Held;
use crate::error::Error;
use crate::secret::{RefreshToken, Secrets, UserKey};
use crate::time::{Deadline, Now};

/// The state of one flight.
pub(super) struct Run {
    pub(super) flight: Flight,
    /// What its leader wants; others may want less.
    pub(super) want: Want,
    /// It renews a token that is still served: only a fresher one ends it.
    pub(super) ahead: bool,
    pub(super) aim: Aim,
    /// When the lease of the lock that is held runs out.
    pub(super) lease: Option<Deadline>,
    /// The record as it stands under the lock, as far as this flight knows.
    pub(super) found: Option<Record>,
    /// How old it was by the store's own clock, and when it was found.
    pub(super) found_age: Option<(Age, Now)>,
    /// The registration's record.
    pub(super) registration: Option<Record>,
    /// The working copy of what is held.
    pub(super) held: Held,
    /// The refresh token that this flight let go of: no longer a means, still a secret.
    pub(super) dropped: Option<(RefreshToken, LetGo)>,
    /// The secrets that were asked for so far.
    pub(super) secrets: Secrets,
    /// The store cannot be had: nothing is locked, spent or saved.
    pub(super) alone: bool,
    /// When the store was last asked: what it answers is as old as that at least.
    pub(super) asked: Option<Now>,
    /// When the request under way was sent.
    pub(super) sent: Option<Now>,
    /// The revision of the mark that this flight has set.
    pub(super) mark: Option<Revision>,
    /// How often in a row secrets that are good for one send took too long to be sent under the lease.
    pub(super) outlasted: u32,
    /// How many requests it has sent.
    pub(super) sends: u32,
    /// How often it met a busy lock or began again.
    pub(super) rounds: u32,
    /// Whether its time is spent: by an answer or a lock that it waited for, and not by a person who typed a secret.
    pub(super) hurries: bool,
    /// Why it last failed to get on.
    pub(super) last: Option<Error>,
}

impl Run {
    pub(super) fn new(flight: Flight, want: Want, ahead: bool) -> Self {
        Self {
            flight,
            want,
            ahead,
            aim: Aim::Token,
            lease: None,
            found: None,
            found_age: None,
            registration: None,
            held: Held::default(),
            dropped: None,
            secrets: Secrets::new(),
            alone: false,
            asked: None,
            sent: None,
            mark: None,
            outlasted: 0,
            sends: 0,
            rounds: 0,
            hurries: false,
            last: None,
        }
    }

    /// How old what the store has just answered is by now, where the store has a clock.
    pub(super) fn answered(&self, age: Option<Duration>, now: Now) -> Option<Age> {
        let took = self.asked.map_or(Duration::ZERO, |asked| now.since(asked));
        age.map(|least| Age { least, most: least.saturating_add(took) })
    }

    /// How old the record is by now, where the store has a clock.
    pub(super) fn age(&self, now: Now) -> Option<Age> {
        self.found_age.map(|(age, then)| age.after(now.since(then)))
    }

    /// The user key that the registration gave.
    pub(super) fn user_key(&self) -> Option<&UserKey> {
        self.registration.as_ref().and_then(|record| record.held.user_key.as_ref())
    }

    /// Whether the record carries our own mark, on a token that this flight has not let go of.
    pub(super) fn marks_what_it_holds(&self) -> bool {
        self.mark.is_some() && self.held.refresh_token.is_some()
    }

    /// Whether a latch is of what this flight would send: its secrets, or they and the refresh token.
    pub(super) fn is_latched_by(&self, salt: u64, digest: u32) -> bool {
        let token = self.held.refresh_token.as_ref();
        let both = token.map(|token| self.secrets.with_refresh_token(token));
        credential_digest(salt, &self.secrets) == digest
            || both.is_some_and(|both| credential_digest(salt, &both) == digest)
    }

    /// Goes on without the refresh token.
    pub(super) fn drop_refresh_token(&mut self, why: LetGo) {
        self.dropped = self.held.refresh_token.take().map(|token| (token, why)).or(self.dropped.take());
    }

    /// The refresh token that was dropped.
    pub(super) fn dropped(&self) -> Option<&RefreshToken> {
        self.dropped.as_ref().map(|(token, _)| token)
    }
}

/// What a flight is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aim {
    /// A token, wherever it comes from.
    Token,
    /// It began in a pause: while that lasts, only a token that others have saved.
    Look,
    /// To save what is not saved yet. It sends nothing.
    Settle,
}

/// How old a record is by its store's clock: an answer takes its time, and nobody knows whether before the clock was read
/// or after. A token may be as old as it can be, a latch as young.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Age {
    pub(super) least: Duration,
    pub(super) most: Duration,
}

impl Age {
    fn after(self, time: Duration) -> Self {
        Self { least: self.least.saturating_add(time), most: self.most.saturating_add(time) }
    }
}

/// Why a flight goes on without its refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LetGo {
    /// It was sent: it may be spent, or was refused.
    Sent,
    /// It has another's mark, which may turn out to mean nothing.
    Marked,
}
