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
        ] {
            let error = failed("write", Path::new("/tokens"), &kind.into()).0;
            assert!(error.starts_with("cannot write /tokens: ") && error.contains(advice), "{error}");
        }
    }
}
