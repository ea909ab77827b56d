//! What a store keeps of a login, and how keeping it can fail.

use core::time::Duration;

use time::UtcDateTime;

use crate::access_token::AccessToken;
use crate::dialect::{Held, Spends};
use crate::error::{Denied, Error};
use crate::secret::Secrets;
use crate::time::{Now, wall_after, wall_between};

use super::run::Age;
use super::{Policy, credential_digest};

/// A record issued further ahead than this by its reader's clock counts as expired.
const SKEW: Duration = Duration::from_mins(2);

/// So much of an error code is kept.
const LONGEST_CODE: usize = 64;

/// Names one save of a record. Compared for equality only; whoever saves draws a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Revision(pub u64);

/// What a store keeps under a [`Key`](crate::dialect::Key).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Which save this is.
    pub revision: Revision,
    /// What the login holds.
    pub held: Held,
    /// The last grant.
    pub grant: Option<KeptGrant>,
    /// What an exchange that was about to be sent spends. Found by anybody but its writer, it says that the answer is
    /// not known.
    pub spending: Option<Mark>,
    /// The credential was refused, and is left alone for a while.
    pub closed: Option<Closed>,
}

impl Record {
    /// A record of what is held and nothing else.
    pub fn new(revision: Revision, held: Held) -> Self {
        Self { revision, held, grant: None, spending: None, closed: None }
    }

    /// The same after `age` by the store's clock, to be saved again: the store will count from that save.
    pub(super) fn aged(mut self, age: Age) -> Self {
        if let Some(grant) = &mut self.grant {
            grant.age_when_saved = grant.age_when_saved.saturating_add(age.most);
        }
        self.closed = self.closed.map(|closed| closed.aged(age));
        self
    }

    /// The same where the store does not know: its token is as old as our clock says.
    pub(super) fn aged_by_ours(mut self, now: Now) -> Self {
        if let Some(grant) = &mut self.grant {
            grant.age_when_saved = grant.age(now, None).unwrap_or(grant.age_when_saved);
        }
        self
    }
}

/// A record, as a store returns it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// The record.
    pub record: Record,
    /// How long ago it was saved by the store's own clock, where it has one.
    pub age: Option<Duration>,
}

impl Loaded {
    /// The record as it is to be saved again now: by its store's clock it will count from that save.
    pub fn to_save_again(&self) -> Record {
        let age = self.age.unwrap_or_default();
        self.record.clone().aged(Age { least: age, most: age })
    }
}

/// A grant as it is kept: by the wall clock, since no monotonic one outlives its process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptGrant {
    /// The access token.
    pub access_token: AccessToken,
    /// When its life began.
    pub issued: UtcDateTime,
    /// How old it was when it was saved, by its writer's clocks.
    pub age_when_saved: Duration,
    /// How long it lives, if anybody said.
    pub life: Option<Duration>,
}

impl KeptGrant {
    /// How old it is, `by_store` being the record's age by the store's own clock; `None` if it claims to come from the
    /// future.
    pub fn age(&self, now: Now, by_store: Option<Duration>) -> Option<Duration> {
        if let Some(age) = by_store {
            return Some(age.saturating_add(self.age_when_saved));
        }
        elapsed(self.issued, now.wall)
    }
}

/// A mark: set before a request that spends something, removed by whoever knows how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// What is spent.
    pub spends: Spends,
    /// When it was set.
    pub since: UtcDateTime,
    /// Who set it: the instance's own name, such as a host's.
    pub by: String,
}

/// A refused credential, left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// When it was refused.
    pub since: UtcDateTime,
    /// For how long it is left alone.
    pub wait: Duration,
    /// How often in a row it was refused.
    pub strikes: u32,
    /// Drawn for this record.
    pub salt: u64,
    /// A short salted digest of the credential: another one opens the latch.
    pub digest: u32,
    /// The status and the error code of the refusal, for whoever is told of it later: `401 invalid_client`.
    pub why: Option<String>,
}

impl Closed {
    /// These secrets were refused now with `error`, after `strikes` refusals of the same before. `salt` is drawn for
    /// this.
    pub fn new(now: Now, policy: &Policy, secrets: &Secrets, error: &Error, strikes: u32, salt: u64) -> Self {
        let digest = credential_digest(salt, secrets);
        let status = error.status().map(|status| status.as_str().to_owned());
        let code = error.code().map(|code| code.chars().take(LONGEST_CODE).collect());
        let why = [status, code].into_iter().flatten().reduce(|status, code| format!("{status} {code}"));
        Self { since: now.wall, wait: policy.latch(strikes), strikes, salt, digest, why }
    }

    /// The same after `age` by the store's clock, to be saved again.
    pub(super) fn aged(mut self, age: Age) -> Self {
        self.wait = self.wait.saturating_sub(age.least);
        self
    }

    /// Whether it was these secrets that were refused.
    pub fn is_of(&self, secrets: &Secrets) -> bool {
        credential_digest(self.salt, secrets) == self.digest
    }

    /// What whoever comes with the same secrets is told, while `left` of the time is to come.
    pub fn error(&self, now: Now, left: Duration) -> Error {
        Denied::Latched { since: self.since, why: self.why.clone(), until: wall_after(now.wall, left) }.into()
    }

    /// How much longer it is left alone; `None` once that is over, or if it claims to come from the future.
    pub fn remaining(&self, now: Now, age: Option<Duration>) -> Option<Duration> {
        let elapsed = age.or_else(|| elapsed(self.since, now.wall))?;
        self.wait.checked_sub(elapsed).filter(|left| !left.is_zero())
    }
}

/// The time since `then`, unless it lies more than a small difference between two clocks ahead.
fn elapsed(then: UtcDateTime, now: UtcDateTime) -> Option<Duration> {
    (then <= wall_after(now, SKEW)).then(|| wall_between(then, now))
}

/// A record was not saved, or nobody knows whether it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SaveError {
    /// Somebody saved first; here is what is there now.
    #[error("somebody else has saved a newer record")]
    Conflict(Option<Box<Loaded>>),
    /// The lease ran out, but nobody has saved since.
    #[error("the lock's lease ran out before the save")]
    LeaseGone(Box<Loaded>),
    /// It is known not to have been saved.
    #[error("the record was not saved: {0}")]
    NotApplied(String),
    /// It may have been saved.
    #[error("nobody knows whether the record was saved: {0}")]
    Unknown(String),
}
