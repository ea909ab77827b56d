//! Records, as lines have them.

use core::time::Duration;

use serde::{Deserialize, Serialize};
use time::UtcDateTime;

use super::wire::{ns, wall};
use crate::access_token::AccessToken;
use crate::dialect::{Held, Spends};
use crate::lifecycle::{Closed, KeptGrant, Loaded, Mark, Record, Revision};
use crate::secret::{RefreshToken, UserKey};

/// A record, with placeholders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordLine {
    /// Its age by the store's own clock.
    pub age_ns: Option<u64>,
    /// Which save it is.
    pub revision: u64,
    /// The placeholder of its user key.
    pub user_key: Option<String>,
    /// The placeholder of its refresh token.
    pub refresh_token: Option<String>,
    /// The grant.
    pub grant: Option<GrantLine>,
    /// The mark.
    pub spending: Option<MarkLine>,
    /// A latch: since when (`unix_s`, `unix_ns`), for how long (ns), strikes, salt, digest of the placeholders.
    pub closed: Option<(i64, u32, u64, u32, u64, u32)>,
    /// What a latch tells of the refusal: its status and code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// A mark: what was spent, when (`unix_s`, `unix_ns`) and by whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkLine(#[serde(with = "super::named")] pub Spends, pub i64, pub u32, pub String);

/// A kept grant, with a placeholder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantLine {
    /// The placeholder of its token.
    pub access_token: String,
    /// When it was issued.
    pub issued: (i64, u32),
    /// How old it was when it was saved.
    pub age_when_saved_ns: u64,
    /// How long it lives.
    pub life_ns: Option<u64>,
}

impl RecordLine {
    /// As it stands: only for records that have placeholders already.
    pub(super) fn of(record: &Record, age: Option<Duration>) -> Self {
        let moment = |at: UtcDateTime| (at.unix_timestamp(), at.nanosecond());
        Self {
            age_ns: age.map(ns),
            revision: record.revision.0,
            user_key: record.held.user_key.as_ref().map(|key| key.expose().to_owned()),
            refresh_token: record.held.refresh_token.as_ref().map(|token| token.expose().to_owned()),
            grant: record.grant.as_ref().map(|grant| GrantLine {
                access_token: grant.access_token.expose().to_owned(),
                issued: moment(grant.issued),
                age_when_saved_ns: ns(grant.age_when_saved),
                life_ns: grant.life.map(ns),
            }),
            spending: record.spending.as_ref().map(|mark| {
                let (seconds, nanoseconds) = moment(mark.since);
                MarkLine(mark.spends, seconds, nanoseconds, mark.by.clone())
            }),
            closed: record.closed.as_ref().map(|closed| {
                let (seconds, nanoseconds) = moment(closed.since);
                (seconds, nanoseconds, ns(closed.wait), closed.strikes, closed.salt, closed.digest)
            }),
            refused: record.closed.as_ref().and_then(|closed| closed.why.clone()),
        }
    }

    /// The record and its age.
    pub(super) fn loaded(&self) -> Loaded {
        let held = Held {
            user_key: self.user_key.clone().map(UserKey::new),
            refresh_token: self.refresh_token.clone().map(RefreshToken::new),
        };
        let grant = self.grant.as_ref().and_then(|grant| {
            Some(KeptGrant {
                access_token: AccessToken::new(&grant.access_token)?,
                issued: wall(grant.issued.0, grant.issued.1),
                age_when_saved: Duration::from_nanos(grant.age_when_saved_ns),
                life: grant.life_ns.map(Duration::from_nanos),
            })
        });
        let spending = self.spending.clone().map(|MarkLine(spends, seconds, nanoseconds, by)| Mark {
            spends,
            since: wall(seconds, nanoseconds),
            by,
        });
        let closed = self.closed.map(|(seconds, nanoseconds, wait, strikes, salt, digest)| Closed {
            since: wall(seconds, nanoseconds),
            wait: Duration::from_nanos(wait),
            strikes,
            salt,
            digest,
            why: self.refused.clone(),
        });
        let record = Record { revision: Revision(self.revision), held, grant, spending, closed };
        Loaded { record, age: self.age_ns.map(Duration::from_nanos) }
    }
}
