//! What was being done when something failed.

use core::fmt;

use crate::dialect::ExchangeKind;

/// What a store was to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreTask {
    /// Read a record.
    Reading,
    /// Lock one.
    Locking,
    /// Save one.
    Saving,
    /// Give its lock back.
    Unlocking,
    /// Remove one that cannot be read.
    Removing,
    /// All of these in turn: the login ended before it was known at which of them.
    RunningLogin,
}

impl StoreTask {
    /// All of them.
    pub const ALL: &'static [Self] =
        &[Self::Reading, Self::Locking, Self::Saving, Self::Unlocking, Self::Removing, Self::RunningLogin];

    /// Its name, as errors, traces and metrics have it.
    ///
    /// ```
    /// use hallpass_core::error::{StoreFailure, StoreTask};
    ///
    /// let failure = StoreFailure::new(StoreTask::Reading, "the disk is gone");
    /// assert_eq!(failure.to_string(), "the store failed while reading: the disk is gone");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::Locking => "locking",
            Self::Saving => "saving",
            Self::Unlocking => "unlocking",
            Self::Removing => "removing",
            Self::RunningLogin => "running a login",
        }
    }
}

impl fmt::Display for StoreTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a request was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Purpose {
    /// A registration.
    Register,
    /// An authentication.
    Authenticate,
    /// A refresh.
    Refresh,
    /// The end of a token (RFC 7009).
    Revoke,
    /// A token, by whichever exchange.
    LogIn,
    /// Something of an API.
    Call,
}

impl Purpose {
    /// Its name, as errors have it.
    ///
    /// ```
    /// use hallpass_core::error::{Place, Purpose};
    ///
    /// let place = Place::new(Purpose::LogIn, "https://auth.example/token");
    /// assert_eq!(place.to_string(), "log in at https://auth.example/token");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Self::Register => ExchangeKind::Register.name(),
            Self::Authenticate => ExchangeKind::Authenticate.name(),
            Self::Refresh => ExchangeKind::Refresh.name(),
            Self::Revoke => "revoke",
            Self::LogIn => "log in",
            Self::Call => "call",
        }
    }
}

impl From<ExchangeKind> for Purpose {
    fn from(kind: ExchangeKind) -> Self {
        match kind {
            ExchangeKind::Register => Self::Register,
            ExchangeKind::Authenticate => Self::Authenticate,
            ExchangeKind::Refresh => Self::Refresh,
        }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
