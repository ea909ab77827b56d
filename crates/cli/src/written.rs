//! A file for an answer. It is opened before anything is sent: what cannot be undone must not end in a missing folder.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::private;

/// A file that is emptied only once there is an answer, and removed again if there is none.
pub(crate) struct Written {
    option: &'static str,
    path: PathBuf,
    file: File,
    stray: bool,
}

impl Written {
    /// The file that `option` names.
    pub(crate) fn open(option: &'static str, path: &Path) -> Result<Self, Failure> {
        let created = File::options().write(true).create_new(true).open(path);
        let stray = created.is_ok();
        let opened = created.or_else(|error| match error.kind() {
            ErrorKind::AlreadyExists => there(path),
            _ => Err(error),
        });
        let what = format!("{option} {}", path.display());
        let failed = |error| private::failed(&what, &error).with("; nothing was sent");
        Ok(Self { option, path: path.to_owned(), file: opened.map_err(failed)?, stray })
    }

    /// There is an answer.
    pub(crate) fn begin(&mut self) -> Result<(), Failure> {
        self.stray = false;
        // A device or a pipe has no length to set.
        let regular = self.file.metadata().is_ok_and(|about| about.is_file());
        if regular { self.file.set_len(0).map_err(|error| self.failed(&error)) } else { Ok(()) }
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.file.write_all(bytes).map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &io::Error) -> Failure {
        let (option, path) = (self.option, self.path.display());
        Failure::other(format!("{option} {path}: {error}; what was sent is sent, and the file is incomplete"))
    }
}

/// What is there already, a device or a pipe perhaps.
fn there(path: &Path) -> io::Result<File> {
    File::options().write(true).open(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => io::Error::other("it is a link that leads nowhere: name another, or remove it"),
        _ => error,
    })
}

impl Drop for Written {
    fn drop(&mut self) {
        if self.stray {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
