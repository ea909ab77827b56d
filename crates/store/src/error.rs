//! How stores fail. No message carries a secret or an id.

use crate::Loaded;

/// A store cannot be read or locked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StoreError(pub String);

/// A record was not saved, or nobody knows whether it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SaveError {
    /// Somebody saved first; here is what is there now.
    #[error("somebody else has saved a newer record")]
    Conflict(Option<Loaded>),
    /// The lease ran out, but nobody has saved since.
    #[error("the lock's lease ran out before the save")]
    LeaseGone(Loaded),
    /// It is known not to have been saved.
    #[error("the record was not saved: {0}")]
    NotApplied(String),
    /// It may have been saved.
    #[error("nobody knows whether the record was saved: {0}")]
    Unknown(String),
}
