//! What can go wrong, told apart by who is at fault and by whether trying again can help.
#![doc = include_str!("errors.md")]

mod denied;
mod doing;
mod malformed;
mod misuse;
mod unreachable;

use core::fmt;
use core::time::Duration;

use http::StatusCode;

pub use denied::{Denied, Refused};
pub use doing::{Purpose, StoreTask};
pub use malformed::{Malformed, Oddity};
pub use misuse::Misuse;
pub use unreachable::Unreachable;

/// Everything a login can fail with.
///
/// No variant carries a secret: server text is checked against every secret of its request before it gets here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The caller or its configuration is wrong; nothing was sent.
    #[error(transparent)]
    Misuse(#[from] Misuse),
    /// The peer answered, but not in its own protocol.
    #[error(transparent)]
    Malformed(#[from] Box<Malformed>),
    /// The peer understood and said no.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The peer could not be reached, or says that it cannot answer now.
    #[error(transparent)]
    Unreachable(#[from] Box<Unreachable>),
    /// What a login holds could not be read or kept.
    #[error(transparent)]
    Store(#[from] StoreFailure),
}

/// Whether the same call can succeed later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// The same input will get the same answer: something has to change first.
    Never,
    /// It may pass. Wait at least this long, counted from the reply; zero if the server did not say.
    After(Duration),
}

impl Retry {
    /// Whether trying again can help at all.
    pub fn can_help(self) -> bool {
        matches!(self, Self::After(_))
    }
}

impl Error {
    /// Whether trying again can help, and from when.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Unreachable(unreachable) => unreachable.retry,
            Self::Store(_) => Retry::After(Duration::ZERO),
            Self::Misuse(_) | Self::Malformed(_) | Self::Denied(_) => Retry::Never,
        }
    }

    /// What it is, in one word that takes few values: `misuse`, `malformed`, `refused`, `latched`, `lost`, `rejected`,
    /// `unreachable` or `store`. It is `error.type` in events, and has nothing in it that a server or a user said.
    ///
    /// ```
    /// use hallpass_core::{Error, Misuse};
    ///
    /// assert_eq!(Error::from(Misuse::NotRegistered).kind(), "misuse");
    /// ```
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Misuse(_) => "misuse",
            Self::Malformed(_) => "malformed",
            Self::Denied(Denied::Refused(_)) => "refused",
            Self::Denied(Denied::Latched { .. }) => "latched",
            Self::Denied(Denied::LostRefresh { .. } | Denied::LostRegistration) => "lost",
            Self::Denied(Denied::Rejected { .. }) => "rejected",
            Self::Unreachable(_) => "unreachable",
            Self::Store(_) => "store",
        }
    }

    /// The same where nobody may do it again by themselves.
    pub(crate) fn without_retry(mut self) -> Self {
        if let Self::Unreachable(unreachable) = &mut self {
            unreachable.retry = Retry::Never;
        }
        self
    }

    /// The status of the reply, where there was one.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Malformed(malformed) => Some(malformed.status),
            Self::Denied(denied) => denied.status(),
            Self::Unreachable(unreachable) => unreachable.status,
            Self::Misuse(_) | Self::Store(_) => None,
        }
    }

    /// The server's error code, verbatim (RFC 6749 section 5.2), where it gave one.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Denied(Denied::Refused(refused)) => refused.code.as_deref(),
            Self::Unreachable(unreachable) => unreachable.code.as_deref(),
            _ => None,
        }
    }
}

/// A store could not read or keep what a login holds.
/// What to do: [the store failed](crate::error#the-store-failed).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the store failed while {doing}: {why}")]
#[non_exhaustive]
pub struct StoreFailure {
    /// What it was doing.
    pub doing: StoreTask,
    /// What happened, without a secret.
    pub why: String,
}

impl StoreFailure {
    /// A store that failed while it was `doing` this.
    pub fn new(doing: StoreTask, why: impl Into<String>) -> Self {
        Self { doing, why: why.into() }
    }

    /// Somebody else holds the lock of this login's record for longer than a login may take.
    pub fn busy() -> Self {
        Self::new(StoreTask::Locking, "another login of the same key holds the lock and does not let go")
    }

    /// Each time that this login had the lock, too little was left of its lease for an exchange.
    pub fn slow() -> Self {
        let why = "the lock came too late for an exchange to fit into its lease: the store is too slow, or this process was held up; raise the policy's `lease_margin`";
        Self::new(StoreTask::Locking, why)
    }

    /// Secrets took longer than a lock may be held.
    pub(crate) fn outlasted() -> Self {
        let why = "the secrets took longer than the lock may be held: make their source quicker, or raise the policy's `lease_margin`";
        Self::new(StoreTask::Locking, why)
    }
}

/// Which request, and to whom.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Place {
    /// What was being done.
    pub doing: Purpose,
    /// The URL without its query.
    pub endpoint: String,
}

impl Place {
    /// A request that was `doing` this at an `endpoint`, whose query is to be left out.
    pub fn new(doing: Purpose, endpoint: impl Into<String>) -> Self {
        Self { doing, endpoint: endpoint.into() }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.doing, self.endpoint)
    }
}

/// The server's words, behind a status.
fn said(f: &mut fmt::Formatter<'_>, code: Option<&str>, text: Option<&str>) -> fmt::Result {
    if let Some(code) = code {
        write!(f, " {code}")?;
    }
    text.map_or(Ok(()), |text| write!(f, " ({text})"))
}
