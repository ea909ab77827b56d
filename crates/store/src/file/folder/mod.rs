//! A folder, as the system has them.

#[cfg(not(unix))]
mod other;
#[cfg(unix)]
mod unix;

use std::path::Path;

use zeroize::Zeroizing;

#[cfg(not(unix))]
pub(super) use other::Folder;
#[cfg(unix)]
pub(super) use unix::Folder;

use crate::StoreError;

/// More than any record has, and little enough to read.
pub(super) const CAP: usize = 1024 * 1024;

/// What is under a name.
pub(super) enum Found {
    Nothing,
    /// No plain file of this user's, or one that is too big.
    Foreign,
    Bytes(Zeroizing<Vec<u8>>),
}

fn no_folder(path: &Path) -> StoreError {
    let advice = "it is no folder, or a symbolic link, and none is followed: name the folder itself";
    StoreError::folder(format!("cannot keep tokens in {}: {advice}", path.display()))
}
