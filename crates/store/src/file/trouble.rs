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
        _ => ": if it lasts, look at the disk and at this process's limits, or name another folder",
    };
    // The folder's own path comes with an empty name behind it.
    let path = path.components().as_path().display();
    StoreError::folder(format!("cannot {doing} {path}: {error}{advice}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_to_do() {
        for (kind, advice) in [
            (ErrorKind::StorageFull, "make room there"),
            (ErrorKind::QuotaExceeded, "make room there"),
            (ErrorKind::ReadOnlyFilesystem, "that can be written to"),
            (ErrorKind::PermissionDenied, "this user's own to read and write"),
            (ErrorKind::IsADirectory, "remove it yourself"),
            // As EIO, which has no kind.
            (ErrorKind::Other, "look at the disk"),
        ] {
            let error = failed("write", &Path::new("/tokens").join(""), &kind.into()).why;
            assert!(error.starts_with("cannot write /tokens: ") && error.contains(advice), "{error}");
        }
    }
}
