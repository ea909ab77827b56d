//! A record as JSON.

use core::time::Duration;

use hallpass_core::dialect::{Held, Spends};
use hallpass_core::lifecycle::{Closed, KeptGrant, Mark, Record, Revision};
use hallpass_core::wire::one_line;
use hallpass_core::{AccessToken, RefreshToken, SendAs, UserKey, UtcDateTime};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// The most characters that are read of what is shown: an instance's name, a refusal's code.
const LONGEST_SHOWN: usize = 256;

/// The JSON of `record`.
pub(super) fn write(record: &Record) -> Zeroizing<Vec<u8>> {
    // Room for two long tokens, so that growing leaves no copy behind.
    let mut json = Zeroizing::new(Vec::with_capacity(16 * 1024));
    serde_json::to_writer(&mut *json, &Body::from(record)).expect("maps with text keys, written to memory");
    json
}

/// The record that `json` describes.
pub(super) fn read(json: &[u8]) -> Option<Record> {
    serde_json::from_slice::<Body>(json).ok()?.record()
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    revision: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user_key: Option<Zeroizing<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refresh_token: Option<Zeroizing<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    grant: Option<GrantBody>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    spending: Option<MarkBody>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    closed: Option<ClosedBody>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GrantBody {
    access_token: Zeroizing<String>,
    /// Header and scheme, where they are not `Authorization` and `Bearer`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sent_as: Option<(String, String)>,
    issued: Moment,
    age_when_saved: Duration,
    life: Option<Duration>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MarkBody {
    spends: String,
    since: Moment,
    by: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClosedBody {
    since: Moment,
    wait: Duration,
    strikes: u32,
    salt: u64,
    digest: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

/// Seconds since 1970 and the nanoseconds after them.
#[derive(Serialize, Deserialize)]
struct Moment(i64, u32);

impl From<&Record> for Body {
    fn from(record: &Record) -> Self {
        Self {
            revision: spelt(record.revision),
            user_key: record.held.user_key.as_ref().map(|key| Zeroizing::new(key.expose().to_owned())),
            refresh_token: record.held.refresh_token.as_ref().map(|token| Zeroizing::new(token.expose().to_owned())),
            grant: record.grant.as_ref().map(GrantBody::from),
            spending: record.spending.as_ref().map(MarkBody::from),
            closed: record.closed.as_ref().map(ClosedBody::from),
        }
    }
}

impl Body {
    fn record(self) -> Option<Record> {
        let grant = match self.grant {
            Some(grant) => Some(grant.kept()?),
            None => None,
        };
        let held = Held {
            user_key: self.user_key.map(|key| UserKey::new(key.as_str())),
            refresh_token: self.refresh_token.map(|token| RefreshToken::new(token.as_str())),
        };
        let spending = match self.spending {
            Some(mark) => Some(mark.mark()?),
            None => None,
        };
        let closed = match self.closed {
            Some(closed) => Some(closed.closed()?),
            None => None,
        };
        Some(Record { revision: revision(&self.revision)?, held, grant, spending, closed })
    }
}

/// Sixteen lower-case digits and nothing else, so that one revision has one spelling.
fn revision(text: &str) -> Option<Revision> {
    let value = u64::from_str_radix(text, 16).ok()?;
    (spelt(Revision(value)) == text).then_some(Revision(value))
}

/// A revision as records and stores spell it.
pub(crate) fn spelt(revision: Revision) -> String {
    format!("{:016x}", revision.0)
}

impl From<&KeptGrant> for GrantBody {
    fn from(grant: &KeptGrant) -> Self {
        let way = grant.access_token.send_as();
        Self {
            access_token: Zeroizing::new(grant.access_token.expose().to_owned()),
            sent_as: (*way != SendAs::default()).then(|| (way.header().to_string(), way.scheme().to_owned())),
            issued: grant.issued.into(),
            age_when_saved: grant.age_when_saved,
            life: grant.life,
        }
    }
}

impl GrantBody {
    fn kept(self) -> Option<KeptGrant> {
        let way = match self.sent_as {
            Some((header, scheme)) => SendAs::new(&header, &scheme).ok()?,
            None => SendAs::default(),
        };
        Some(KeptGrant {
            access_token: AccessToken::new(&self.access_token)?.with_send_as(&way),
            issued: self.issued.utc()?,
            age_when_saved: self.age_when_saved,
            life: self.life,
        })
    }
}

impl From<&Mark> for MarkBody {
    fn from(mark: &Mark) -> Self {
        Self { spends: mark.spends.name().into(), since: mark.since.into(), by: mark.by.clone() }
    }
}

impl MarkBody {
    fn mark(self) -> Option<Mark> {
        let spends = Spends::ALL.into_iter().find(|it| it.name() == self.spends)?;
        Some(Mark { spends, since: self.since.utc()?, by: shown(&self.by) })
    }
}

/// What is shown to people, where whoever shares the store may have written it.
fn shown(text: &str) -> String {
    one_line(text).chars().take(LONGEST_SHOWN).collect()
}

impl From<&Closed> for ClosedBody {
    fn from(closed: &Closed) -> Self {
        let Closed { since, wait, strikes, salt, digest, why } = closed.clone();
        Self { since: since.into(), wait, strikes, salt, digest, why }
    }
}

impl ClosedBody {
    fn closed(self) -> Option<Closed> {
        let Self { since, wait, strikes, salt, digest, why } = self;
        Some(Closed { since: since.utc()?, wait, strikes, salt, digest, why: why.as_deref().map(shown) })
    }
}

impl From<UtcDateTime> for Moment {
    fn from(then: UtcDateTime) -> Self {
        Self(then.unix_timestamp(), then.nanosecond())
    }
}

impl Moment {
    fn utc(&self) -> Option<UtcDateTime> {
        UtcDateTime::from_unix_timestamp(self.0).ok()?.replace_nanosecond(self.1).ok()
    }
}
