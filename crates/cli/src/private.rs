//! Files that only their user may read, and that are replaced at once: the old one or the complete new one.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use tempfile::{Builder, NamedTempFile};

use crate::failure::Failure;
use crate::signal;

/// Replaces the file, or makes it, with mode 0600. No link is followed, and what is no regular file is left alone.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(about) if !about.is_file() => {
            return Err(io::Error::other("it is there, and no regular file: name another"));
        }
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    written(path, bytes)?.persist(path).map_err(|error| error.error)?;
    settle(path);
    Ok(())
}

/// Makes a file that is not there yet, with mode 0600.
pub(crate) fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    written(path, bytes)?.persist_noclobber(path).map_err(|error| error.error)?;
    settle(path);
    Ok(())
}

/// What could not be written, and why. A disk that is full is nothing that the command line says.
pub(crate) fn failed(what: &str, error: &io::Error) -> Failure {
    let message = format!("{what}: {error}");
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => Failure::other(message),
        _ => Failure::usage(message),
    }
}

/// A whole file under another name beside `path`, which goes away unless it is given that name. It is locked for as long as it
/// is open: one that is not was left by a process that was killed.
fn written(path: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    signal::survive_long_files();
    let folder = folder(path);
    clear(folder);
    let file = Builder::new().prefix(PREFIX).rand_bytes(RANDOM).make_in(folder, begun)?;
    // The library's own way to write puts the random name into its errors.
    file.as_file().write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}

const PREFIX: &str = ".hallpass-new-";
const RANDOM: usize = 6;

/// A new file that is locked, unless somebody took it for one that was left before it was; then another name is tried.
fn begun(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.write(true).create_new(true).open(path)?;
    // Where nothing can be locked, nothing is removed either.
    let taken = matches!(file.try_lock(), Err(TryLockError::WouldBlock)) || fs::symlink_metadata(path).is_err();
    if taken { Err(ErrorKind::AlreadyExists.into()) } else { Ok(file) }
}

/// Removes what killed processes left. It is tried, no more: whatever cannot be removed is in nobody's way.
fn clear(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let random = name.to_str().and_then(|name| name.strip_prefix(PREFIX));
        let ours = random.is_some_and(|it| it.len() == RANDOM && it.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        if ours && opened(&entry.path()).is_ok_and(|file| file.try_lock().is_ok()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// A regular file; nothing else is waited for or followed.
#[cfg(unix)]
fn opened(path: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags};

    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    if file.metadata()?.is_file() { Ok(file) } else { Err(ErrorKind::InvalidInput.into()) }
}

#[cfg(not(unix))]
fn opened(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// A new name outlives a power cut only once its folder is on the disk too. It is tried, no more: the file is there, and some
/// folders cannot be read or synced.
fn settle(path: &Path) {
    if cfg!(unix) {
        let _ = File::open(folder(path)).and_then(|folder| folder.sync_all());
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    /// Invariant 16.
    #[test]
    fn what_was_there_is_replaced_whole_and_private() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("token");
        fs::write(&path, "old").expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("ours");
        let (reader, before) = (File::open(&path).expect("there"), fs::metadata(&path).expect("there"));
        replace(&path, b"new").expect("it works");
        let after = fs::metadata(&path).expect("there");
        assert_eq!((after.mode() & 0o777, fs::read_to_string(&path).expect("there").as_str()), (0o600, "new"));
        assert_ne!(before.ino(), after.ino(), "who reads the old one reads all of it");
        assert_eq!(io::read_to_string(reader).expect("still open"), "old");
        assert_eq!(fs::read_dir(folder.path()).expect("there").count(), 1, "nothing is left beside it");
    }

    /// Invariant 16: a killed process leaves its token beside the file, and who is still writing keeps it.
    #[test]
    fn what_a_killed_process_left_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        let (theirs, own) = (at(".hallpass-new-notes"), at(".hallpass-new-4Xb9qZ.txt"));
        for path in [&at(".hallpass-new-4Xb9qZ"), &theirs, &own] {
            fs::write(path, "canary").expect("a file");
        }
        symlink(&theirs, at(".hallpass-new-aaaaaa")).expect("a link");
        let writing = written(&at("other"), b"half").expect("it works");
        replace(&at("token"), b"new").expect("it works");
        assert!(!at(".hallpass-new-4Xb9qZ").exists(), "it was left behind");
        assert!(theirs.exists() && own.exists() && at(".hallpass-new-aaaaaa").is_symlink());
        writing.persist(at("other")).expect("nobody took it away");
        assert_eq!(fs::read_to_string(at("other")).expect("there"), "half");
    }

    /// So that who says it once sees that it is the same.
    #[test]
    fn the_same_failure_is_told_in_the_same_words() {
        let folder = tempfile::tempdir().expect("a folder");
        let failure = || replace(&folder.path().join("gone/token"), b"new").expect_err("no folder").to_string();
        assert!(failure() == failure() && !failure().contains("hallpass-"), "{}", failure());
    }

    #[test]
    fn no_link_is_followed() {
        let folder = tempfile::tempdir().expect("a folder");
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        fs::write(&target, "theirs").expect("a file");
        symlink(&target, &link).expect("a link");
        assert!(replace(&link, b"new").is_err() && create(&link, b"new").is_err());
        assert!(replace(folder.path(), b"new").is_err(), "a folder");
        assert!(create(&target, b"new").is_err(), "it is there already");
        assert_eq!(fs::read_to_string(&target).expect("there"), "theirs");
        assert!(link.is_symlink());
    }
}
