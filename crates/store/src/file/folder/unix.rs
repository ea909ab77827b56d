//! A folder that is open: every file is found from it and no symbolic link is followed, so that nobody can put another
//! file or folder in the way.

use std::fs::{self, DirBuilder};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags};
use rustix::io::Errno;
use zeroize::Zeroizing;

use super::{CAP, Found, no_folder};
use crate::StoreError;
use crate::file::Notice;
use crate::file::trouble::failed;

const OTHERS: u32 = 0o077;

pub(in crate::file) struct Folder {
    dir: fs::File,
    path: PathBuf,
}

impl Folder {
    /// The folder, if it is there.
    pub(in crate::file) fn open(path: &Path, tell: &dyn Fn(&Notice)) -> Result<Option<Self>, StoreError> {
        // Without its last slash or dot, behind which a link would be followed.
        let path: PathBuf = path.components().collect();
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let dir = match rustix::fs::openat(CWD, &path, flags, Mode::empty()) {
            Ok(dir) => fs::File::from(dir),
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::LOOP | Errno::NOTDIR) => return Err(no_folder(&path)),
            Err(error) => return Err(failed("open the folder", &path, &error.into())),
        };
        let folder = Self { dir, path };
        folder.check(tell)?;
        Ok(Some(folder))
    }

    /// The folder, made if need be.
    pub(in crate::file) fn create(path: &Path, tell: &dyn Fn(&Notice)) -> Result<Self, StoreError> {
        if let Some(folder) = Self::open(path, tell)? {
            return Ok(folder);
        }
        make(path).map_err(|error| failed("make the folder", path, &error))?;
        let gone = || failed("open the folder", path, &Errno::NOENT.into());
        Self::open(path, tell)?.ok_or_else(gone)
    }

    /// It must be this user's, and nobody else's to look into.
    fn check(&self, tell: &dyn Fn(&Notice)) -> Result<(), StoreError> {
        let meta = self.dir.metadata().map_err(|error| failed("look at", &self.path, &error))?;
        if meta.uid() != own_id() {
            return Err(owned_by_another(&self.path, meta.uid()));
        }
        if meta.mode() & OTHERS != 0 {
            // A folder that others use for other things, such as /tmp or a home, is not ours to close.
            if !self.is_ours_alone().map_err(|error| failed("list", &self.path, &error))? {
                let what = "other users may look into it, and it has other things in it than tokens";
                let advice = "name a folder for tokens alone, or make this one private with `chmod 700`";
                return Err(StoreError::folder(format!(
                    "cannot keep tokens in {}: {what}: {advice}",
                    self.path.display()
                )));
            }
            tighten(&self.dir, &self.path, tell)?;
        }
        Ok(())
    }

    fn is_ours_alone(&self) -> io::Result<bool> {
        let names = rustix::fs::Dir::read_from(&self.dir)?;
        for entry in names {
            let entry = entry?;
            let name = entry.file_name().to_str().unwrap_or_default();
            if !(name == "." || name == ".." || is_own_name(name)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub(in crate::file) fn path(&self) -> &Path {
        &self.path
    }

    pub(in crate::file) fn failed(&self, doing: &str, name: &str, error: &io::Error) -> StoreError {
        failed(doing, &self.path.join(name), error)
    }

    /// What is under `name`, if it is a plain file of this user's.
    pub(in crate::file) fn read(&self, name: &str, tell: &dyn Fn(&Notice)) -> Result<Found, StoreError> {
        // A pipe in its place must not be waited for.
        let file = match self.open_file(name, OFlags::RDONLY | OFlags::NONBLOCK) {
            Ok(file) => file,
            Err(Errno::NOENT) => return Ok(Found::Nothing),
            Err(_) if self.has_no_plain(name) => return Ok(Found::Foreign),
            Err(error) => return Err(self.failed("read", name, &error.into())),
        };
        let meta = file.metadata().map_err(|error| self.failed("read", name, &error))?;
        if !meta.is_file() || meta.uid() != own_id() || meta.len() > CAP as u64 {
            return Ok(Found::Foreign);
        }
        if meta.mode() & OTHERS != 0 {
            tighten(&file, &self.path.join(name), tell)?;
        }
        // Room for all of it, so that growing leaves no copy behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(meta.len()).unwrap_or(CAP)));
        let read = file.take(meta.len()).read_to_end(&mut bytes);
        read.map(|_| Found::Bytes(bytes)).map_err(|error| self.failed("read", name, &error))
    }

    /// The file to lock, made if need be.
    pub(in crate::file) fn lock_file(&self, name: &str, tell: &dyn Fn(&Notice)) -> Result<fs::File, StoreError> {
        let path = self.path.join(name);
        let refused = |what| StoreError::folder(format!("cannot lock {}: {what}: remove it", path.display()));
        let file = match self.open_file(name, OFlags::RDWR | OFlags::CREATE | OFlags::NONBLOCK) {
            Ok(file) => file,
            Err(_) if self.has_no_plain(name) => return Err(refused("it is a symbolic link, or no plain file")),
            Err(error) => return Err(failed("lock", &path, &error.into())),
        };
        let meta = file.metadata().map_err(|error| failed("lock", &path, &error))?;
        if !meta.is_file() {
            return Err(refused("it is no plain file"));
        }
        if meta.uid() != own_id() {
            return Err(refused("another user made it"));
        }
        if meta.mode() & OTHERS != 0 {
            tighten(&file, &path, tell)?;
        }
        Ok(file)
    }

    /// Whether `file` is still what is under `name`.
    pub(in crate::file) fn holds(&self, name: &str, file: &fs::File) -> bool {
        let (Ok(there), Ok(ours)) = (self.stat(name), rustix::fs::fstat(file)) else { return false };
        (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino)
    }

    /// Whether there is anything under `name`.
    pub(in crate::file) fn has(&self, name: &str) -> bool {
        !self.stat(name).is_err_and(|error| error == Errno::NOENT)
    }

    /// A new file with these bytes, on the disk.
    pub(in crate::file) fn write(&self, name: &str, bytes: &[u8], step: &dyn Fn(&'static str)) -> io::Result<()> {
        let mut file = self.open_file(name, OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL)?;
        step("created");
        file.write_all(bytes)?;
        step("written");
        flush(&file)?;
        step("synced");
        Ok(())
    }

    pub(in crate::file) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        Ok(rustix::fs::renameat(&self.dir, from, &self.dir, to)?)
    }

    pub(in crate::file) fn remove(&self, name: &str) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.dir, name, AtFlags::empty())?)
    }

    /// Names and what is under them, on the disk. Where the file system cannot do that for a folder, as one that a virtual
    /// machine shares, only a loss of power would tell.
    pub(in crate::file) fn sync(&self) -> io::Result<()> {
        flush(&self.dir).or_else(|error| if is_not_to_be_had(&error) { Ok(()) } else { Err(error) })
    }

    fn open_file(&self, name: &str, flags: OFlags) -> Result<fs::File, Errno> {
        let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        rustix::fs::openat(&self.dir, name, flags, Mode::RUSR | Mode::WUSR).map(fs::File::from)
    }

    fn stat(&self, name: &str) -> Result<rustix::fs::Stat, Errno> {
        rustix::fs::statat(&self.dir, name, AtFlags::SYMLINK_NOFOLLOW)
    }

    fn has_no_plain(&self, name: &str) -> bool {
        self.stat(name).is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile)
    }
}

/// On the disk. Apple's systems ask the drive too, which the file systems of networks may not know.
fn flush(file: &fs::File) -> io::Result<()> {
    file.sync_all().or_else(|error| if is_not_to_be_had(&error) { Ok(rustix::fs::fsync(file)?) } else { Err(error) })
}

fn is_not_to_be_had(error: &io::Error) -> bool {
    Errno::from_io_error(error).is_some_and(|error| matches!(error, Errno::INVAL | Errno::NOTSUP))
}

/// With its parents, each on the disk before the next.
fn make(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let made = match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let Some(parent) = parent else { return Err(error) };
            make(parent)?;
            DirBuilder::new().mode(0o700).create(path)
        }
        made => made,
    };
    match made {
        // Another process was first.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
        Ok(()) => {
            // A parent that may not be read cannot be synced either; only a loss of power would tell.
            let _ = fs::File::open(parent.unwrap_or(Path::new("."))).and_then(|parent| parent.sync_all());
            Ok(())
        }
    }
}

/// Takes it from everybody else.
fn tighten(file: &fs::File, path: &Path, tell: &dyn Fn(&Notice)) -> Result<(), StoreError> {
    let mode = || file.metadata().map(|meta| meta.mode() & 0o7777);
    let failed = |error| failed("make private", path, &error);
    let was = mode().map_err(failed)?;
    file.set_permissions(fs::Permissions::from_mode(was & !OTHERS)).map_err(failed)?;
    let now = mode().map_err(failed)?;
    if now & OTHERS != 0 {
        let advice = "its file system keeps no modes: name a folder on one that does";
        return Err(StoreError::folder(format!("cannot make {} private: {advice}", path.display())));
    }
    tell(&Notice::Tightened { path: path.to_owned(), was, now });
    Ok(())
}

fn owned_by_another(path: &Path, owner: u32) -> StoreError {
    let (path, me) = (path.display(), own_id());
    StoreError::folder(format!(
        "cannot keep tokens in {path}: it belongs to user {owner}, and this is user {me}: run as its owner, or name \
         another folder"
    ))
}

fn own_id() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// Whether a file of this name is one that this store makes.
fn is_own_name(name: &str) -> bool {
    name.split_once('.').is_some_and(|(digest, _)| digest.len() == 64 && digest.bytes().all(|b| b.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_another_process_has_made_meanwhile_will_do() {
        let place = tempfile::tempdir().expect("a folder");
        let path = place.path().join("parent").join("tokens");
        make(&path).expect("it is made with its parent");
        make(&path).expect("it is there");
        fs::write(path.join("file"), "x").expect("writable");
        make(&path.join("file").join("tokens")).expect_err("a file is no parent");
    }

    /// As those of a virtual machine's shared folders answer; the kernel's own do too.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_folder_that_no_file_system_can_sync_keeps_records_all_the_same() {
        let dir = fs::File::open("/proc/self").expect("a folder");
        assert!(dir.sync_all().is_err_and(|error| is_not_to_be_had(&error)));
        Folder { dir, path: "/proc/self".into() }.sync().expect("no error");
        let full = io::Error::from(Errno::NOSPC);
        assert!(!is_not_to_be_had(&full), "{full}");
    }

    #[test]
    fn what_cannot_be_opened_is_an_error_and_nothing_foreign() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = Folder::create(&place.path().join("tokens"), &|_| {}).expect("a folder");
        let name = "longer than any file's name may be".repeat(100);
        assert!(folder.read(&name, &|_| {}).is_err());
        let error = folder.lock_file(&name, &|_| {}).map(drop).expect_err("it cannot be made");
        assert!(!error.why.contains("symbolic link"), "{error}");
    }
}
