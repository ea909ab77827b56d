//! How stores fail. No message carries a secret or an id.

/// A store cannot be read or locked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
#[non_exhaustive]
pub struct StoreError {
    /// What it is about, as far as that is known.
    pub kind: StoreTrouble,
    /// What happened, and what to do about it.
    pub why: String,
}

/// What a store's failure is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreTrouble {
    /// The record is sealed, and none of the store's keys opens it.
    Sealed,
    /// The folder of the records, or a file in it, is another's or not what it must be, or the system does not let it be
    /// used.
    Folder,
    /// Anything else.
    Other,
}

impl StoreError {
    /// A failure of which nothing is known but what happened.
    pub fn new(why: impl Into<String>) -> Self {
        Self { kind: StoreTrouble::Other, why: why.into() }
    }

    /// One that is about the record's seal.
    ///
    /// ```
    /// use hallpass_store::{StoreError, StoreTrouble};
    ///
    /// assert_eq!(StoreError::sealed("no key opens it").kind, StoreTrouble::Sealed);
    /// ```
    pub fn sealed(why: impl Into<String>) -> Self {
        Self { kind: StoreTrouble::Sealed, why: why.into() }
    }

    /// One that is about the folder of the records.
    pub fn folder(why: impl Into<String>) -> Self {
        Self { kind: StoreTrouble::Folder, why: why.into() }
    }
}
