//! Errors of the system, with what to do about them.

use std::io::{self, ErrorKind};
use std::path::Path;

use crate::StoreError;

/// `doing` could not be done at `path`.
pub(super) fn failed(doing: &str, path: &Path, error: &io::Error) -> StoreError {
    let advice = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            ": make room there, or name another folder"
        }
        ErrorKind::ReadOnlyFilesystem => ": name a folder that can be written to",
        ErrorKind::PermissionDenied => ": make it this user's own to read and write, or name another folder",
        ErrorKind::IsADirectory => ": it is a folder: remove it yourself",
        _ => "",
    };
    StoreError(format!("cannot {doing} {}: {error}{advice}", path.display()))
}
