//! Files that only their user may read, and that are replaced at once: the old one or the complete new one.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

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
    settle(path)
}

/// Makes a file that is not there yet, with mode 0600.
pub(crate) fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    written(path, bytes)?.persist_noclobber(path).map_err(|error| error.error)?;
    settle(path)
}

/// A whole file under another name beside `path`, which goes away unless it is given that name.
fn written(path: &Path, bytes: &[u8]) -> io::Result<tempfile::NamedTempFile> {
    signal::survive_long_files();
    let mut file = tempfile::Builder::new().prefix(".hallpass-").tempfile_in(folder(path))?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// A new name outlives a power cut only once its folder is on the disk too.
fn settle(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder(path))?.sync_all() } else { Ok(()) }
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
