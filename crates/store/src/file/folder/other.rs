//! A folder where the system has no modes: what a user's own folder keeps from others is the system's business.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::{CAP, Found, no_folder};
use crate::StoreError;
use crate::file::Notice;
use crate::file::trouble::failed;

pub(in crate::file) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// The folder, if it is there.
    pub(in crate::file) fn open(path: &Path, _: &dyn Fn(&Notice)) -> Result<Option<Self>, StoreError> {
        let path: PathBuf = path.components().collect();
        match fs::symlink_metadata(&path) {
            Ok(meta) if meta.is_dir() => Ok(Some(Self { path })),
            Ok(_) => Err(no_folder(&path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed("open the folder", &path, &error)),
        }
    }

    /// The folder, made if need be.
    pub(in crate::file) fn create(path: &Path, tell: &dyn Fn(&Notice)) -> Result<Self, StoreError> {
        fs::create_dir_all(path).map_err(|error| failed("make the folder", path, &error))?;
        let gone = || failed("open the folder", path, &io::ErrorKind::NotFound.into());
        Self::open(path, tell)?.ok_or_else(gone)
    }

    pub(in crate::file) fn path(&self) -> &Path {
        &self.path
    }

    pub(in crate::file) fn failed(&self, doing: &str, name: &str, error: &io::Error) -> StoreError {
        failed(doing, &self.path.join(name), error)
    }

    /// What is under `name`, if it is a plain file.
    pub(in crate::file) fn read(&self, name: &str, _: &dyn Fn(&Notice)) -> Result<Found, StoreError> {
        let failed = |error| self.failed("read", name, &error);
        match self.meta(name) {
            Ok(meta) if !meta.is_file() || meta.len() > CAP as u64 => return Ok(Found::Foreign),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
            Err(error) => return Err(failed(error)),
        }
        let mut bytes = Zeroizing::new(Vec::with_capacity(CAP + 1));
        let file = fs::File::open(self.path.join(name)).map_err(failed)?;
        file.take(CAP as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
        Ok(if bytes.len() > CAP { Found::Foreign } else { Found::Bytes(bytes) })
    }

    /// The file to lock, made if need be.
    pub(in crate::file) fn lock_file(&self, name: &str, _: &dyn Fn(&Notice)) -> Result<fs::File, StoreError> {
        if self.meta(name).is_ok_and(|meta| !meta.is_file()) {
            let path = self.path.join(name);
            return Err(StoreError::folder(format!("cannot lock {}: it is no plain file: remove it", path.display())));
        }
        let file = fs::File::options().read(true).write(true).create(true).truncate(false).open(self.path.join(name));
        file.map_err(|error| self.failed("lock", name, &error))
    }

    /// Whether `file` is still what is under `name`: these systems let nobody remove a file that is open.
    #[expect(clippy::unused_self, reason = "other systems have to look")]
    pub(in crate::file) fn holds(&self, _: &str, _: &fs::File) -> bool {
        true
    }

    /// Whether there is anything under `name`.
    pub(in crate::file) fn has(&self, name: &str) -> bool {
        !self.meta(name).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
    }

    /// A new file with these bytes, on the disk.
    pub(in crate::file) fn write(&self, name: &str, bytes: &[u8], step: &dyn Fn(&'static str)) -> io::Result<()> {
        let mut file = fs::File::create_new(self.path.join(name))?;
        step("created");
        file.write_all(bytes)?;
        step("written");
        file.sync_all()?;
        step("synced");
        Ok(())
    }

    pub(in crate::file) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path.join(from), self.path.join(to))
    }

    pub(in crate::file) fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path.join(name))
    }

    /// Folders cannot be synced here.
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "other systems can")]
    pub(in crate::file) fn sync(&self) -> io::Result<()> {
        Ok(())
    }

    fn meta(&self, name: &str) -> io::Result<fs::Metadata> {
        fs::symlink_metadata(self.path.join(name))
    }
}
