//! The types of a trace's lines. What cannot be said in them is not in a trace.

use core::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use time::UtcDateTime;

use super::kept::RecordLine;
use super::policy::PolicyLine;
use crate::error::StoreTask;
use crate::http::{Body, Reply};
use crate::time::Now;

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The version of the format.
    pub hallpass_trace: u64,
    /// What was traced: `login`.
    pub of: String,
    /// Which hallpass wrote it.
    pub by: String,
    /// The profile as TOML, with placeholders.
    pub profile: String,
    /// The machine's seed.
    pub seed: u64,
    /// The placeholder of the `user_key` that was brought along.
    pub user_key: Option<String>,
    /// The machine's policy.
    pub policy: PolicyLine,
    /// When the token was asked for.
    pub began: At,
}

/// One effect and its result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepLine {
    /// What the machine asked for.
    pub effect: EffectLine,
    /// When it was told.
    pub at: At,
    /// What it was told.
    pub answer: AnswerLine,
}

/// The last line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// How the login landed.
    pub end: Landing,
    /// What was asked for last and never answered, if the placeholders made a difference.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub then: Option<EffectLine>,
    /// How the machine with the secrets landed, if the placeholders made a difference.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub but_really: Option<String>,
}

/// How a login landed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "landed", rename_all = "snake_case")]
pub enum Landing {
    /// With a token.
    Token {
        /// Its placeholder.
        access_token: String,
        /// How long it lives.
        life_ns: Option<u64>,
        /// It could not be kept.
        unsaved: bool,
    },
    /// Without one.
    Failed {
        /// The error's words.
        why: String,
    },
    /// The flight was given up.
    Again,
    /// It has not.
    Flying,
}

/// A moment on both clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct At {
    /// The monotonic clock.
    pub mono_ns: u64,
    /// The wall clock: seconds since 1970.
    pub unix_s: i64,
    /// And nanoseconds.
    pub unix_ns: u32,
}

impl From<Now> for At {
    fn from(now: Now) -> Self {
        Self { mono_ns: ns(now.mono), unix_s: now.wall.unix_timestamp(), unix_ns: now.wall.nanosecond() }
    }
}

impl At {
    /// The moment.
    pub fn now(self) -> Now {
        Now { mono: Duration::from_nanos(self.mono_ns), wall: wall(self.unix_s, self.unix_ns) }
    }
}

pub(super) fn wall(seconds: i64, nanoseconds: u32) -> UtcDateTime {
    let whole = UtcDateTime::from_unix_timestamp(seconds).unwrap_or(UtcDateTime::UNIX_EPOCH);
    whole.replace_nanosecond(nanoseconds.min(999_999_999)).unwrap_or(whole)
}

pub(super) fn ns(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// What a machine asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum EffectLine {
    /// To read a record.
    Peek {
        /// `login` or `registration`.
        record: String,
    },
    /// To try to lock.
    Lock {
        /// For how long.
        lease_ns: u64,
    },
    /// To ask for secrets.
    Secret {
        /// Their names.
        names: Vec<String>,
    },
    /// To send a request.
    Send {
        /// `authenticate`, `refresh` or `register`.
        exchange: String,
        /// The method.
        method: String,
        /// The URL.
        url: String,
        /// The headers.
        headers: Vec<(String, String)>,
        /// The body.
        body: String,
    },
    /// To save a record.
    Save {
        /// The record.
        record: RecordLine,
    },
    /// To give the lock back.
    Unlock,
    /// To wait.
    Sleep {
        /// Until when by the monotonic clock.
        until_ns: u64,
    },
}

/// What a machine is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum AnswerLine {
    /// What a peek found.
    Found {
        /// The record.
        record: Option<RecordLine>,
    },
    /// The store failed.
    StoreFailed {
        /// At what.
        #[serde(with = "super::named")]
        doing: StoreTask,
        /// Why.
        why: String,
    },
    /// Somebody else has the lock.
    Busy,
    /// The lock is held.
    Held {
        /// The record under it.
        record: Option<RecordLine>,
    },
    /// The secrets are at hand.
    Secrets {
        /// Their names.
        names: Vec<String>,
    },
    /// A secret is not at hand.
    NoSecret {
        /// Its name.
        name: String,
    },
    /// A reply.
    Reply {
        /// The status.
        status: u16,
        /// The headers that matter.
        headers: Vec<(String, String)>,
        /// The body.
        body: String,
        /// It was longer than it may be.
        cut: bool,
        /// When it was read.
        received: At,
    },
    /// Nothing was sent.
    NotSent {
        /// Why.
        why: String,
    },
    /// Nothing was sent: one end, or a proxy, does not trust the other.
    Untrusted {
        /// Why.
        why: String,
    },
    /// Nobody knows whether it was sent.
    MaybeSent {
        /// Why.
        why: String,
    },
    /// The record was saved.
    Saved,
    /// Somebody saved first.
    Conflict {
        /// What is there now.
        record: Option<RecordLine>,
    },
    /// The lease was over.
    LeaseGone {
        /// What is there now.
        record: RecordLine,
    },
    /// It was not saved.
    NotApplied {
        /// Why.
        why: String,
    },
    /// Nobody knows whether it was saved.
    Unknown {
        /// Why.
        why: String,
    },
    /// The lock was given back.
    Unlocked,
    /// The wait is over.
    Woke,
}

/// A reply out of its line; what no header can be is left out.
pub(super) fn reply(status: u16, headers: &[(String, String)], body: &str, cut: bool, received: Now) -> Reply {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            map.append(name, value);
        }
    }
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Reply { status, headers: map, body: Body::new(body.as_bytes().to_vec()), cut, received }
}
