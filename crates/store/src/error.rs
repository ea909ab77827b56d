//! How stores fail. No message carries a secret or an id.

/// A store cannot be read or locked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StoreError(pub String);
