//! Who else may read or write a file.

use std::fs::File;
use std::io;
use std::path::Path;

/// What an error of the kind `Other` says, which no system call gives.
pub(crate) const NOT_REGULAR: &str = "it is not a regular file";

/// Opens a file of bytes. Anything else, such as a pipe, might never come to an end.
pub(crate) fn open_regular(path: &Path) -> io::Result<File> {
    if std::fs::metadata(path)?.is_file() {
        return File::open(path);
    }
    Err(io::Error::other(NOT_REGULAR))
}

/// What went wrong: the system's own words, since for many of its errors there is no kind; never a reader's or a path.
pub(crate) fn words(error: &io::Error) -> String {
    if error.raw_os_error().is_some() { error.to_string() } else { error.kind().to_string() }
}

/// The permission bits of a regular file that others than its owner may use; `None` also where nobody can tell.
#[cfg(unix)]
pub(crate) fn open_to_others(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;

    let about = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?;
    let mode = about.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

/// Windows has no such bits.
#[cfg(not(unix))]
pub(crate) fn open_to_others(_path: &Path) -> Option<u32> {
    None
}

/// Why a file that lies where anybody may have put one is not this user's word, if it is not; compare git's
/// `safe.directory`. `opened` is what was found at `path`.
#[cfg(unix)]
pub(crate) fn distrust(path: &Path, opened: &File) -> io::Result<Option<String>> {
    use std::os::unix::fs::MetadataExt;

    let (link, file) = (std::fs::symlink_metadata(path)?, opened.metadata()?);
    let me = rustix::process::geteuid().as_raw();
    // A link has no mode of its own, but its owner chose what it leads to, and the folder where relative paths begin.
    Ok(others_word(link.uid(), 0, me).or_else(|| others_word(file.uid(), file.mode(), me)))
}

/// Windows knows who may do what by other means.
#[cfg(not(unix))]
pub(crate) fn distrust(_path: &Path, _opened: &File) -> io::Result<Option<String>> {
    Ok(None)
}

#[cfg(unix)]
fn others_word(owner: u32, mode: u32, me: u32) -> Option<String> {
    const ROOT: u32 = 0;
    if owner != me && owner != ROOT {
        return Some(format!("this file belongs to another user (uid {owner})"));
    }
    let mode = mode & 0o777;
    (mode & 0o022 != 0).then(|| format!("others may write this file (mode {mode:o}; chmod go-w it)"))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn ones_own_and_roots_files_that_nobody_else_may_write_are_trusted() {
        for (owner, mode, me) in [(7, 0o100_644, 7), (0, 0o644, 7), (0, 0o600, 0), (7, 0o755, 7)] {
            assert_eq!(others_word(owner, mode, me), None, "{owner} {mode:o} {me}");
        }
        for (owner, mode, me) in [(8, 0o600, 7), (7, 0o600, 0), (7, 0o664, 7), (7, 0o646, 7), (0, 0o620, 7)] {
            assert!(others_word(owner, mode, me).is_some(), "{owner} {mode:o} {me}");
        }
    }
}
