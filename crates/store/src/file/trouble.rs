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
    let why = format!("cannot {doing} {path}: {error}{advice}");
    match error.kind() {
        ErrorKind::PermissionDenied
        | ErrorKind::ReadOnlyFilesystem
        | ErrorKind::NotADirectory
        | ErrorKind::IsADirectory => StoreError::folder(why),
        // The folder is as it should be; the disk or the process is not.
        _ => StoreError::new(why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StoreTrouble;

    #[test]
    fn an_error_says_what_to_do_and_whether_the_folder_is_to_blame() {
        for (kind, advice, about) in [
            (ErrorKind::StorageFull, "make room there", StoreTrouble::Other),
            (ErrorKind::QuotaExceeded, "make room there", StoreTrouble::Other),
            (ErrorKind::ReadOnlyFilesystem, "that can be written to", StoreTrouble::Folder),
            (ErrorKind::PermissionDenied, "this user's own to read and write", StoreTrouble::Folder),
            (ErrorKind::IsADirectory, "remove it yourself", StoreTrouble::Folder),
            (ErrorKind::NotADirectory, "name another folder", StoreTrouble::Folder),
            // As EIO, which has no kind.
            (ErrorKind::Other, "look at the disk", StoreTrouble::Other),
        ] {
            let StoreError { kind, why } = failed("write", &Path::new("/tokens").join(""), &kind.into());
            assert!(why.starts_with("cannot write /tokens: ") && why.contains(advice), "{why}");
            assert_eq!(kind, about, "{why}");
        }
    }
}
