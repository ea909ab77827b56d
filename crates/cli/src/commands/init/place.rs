//! The file that a profile goes into.

use std::fs;
use std::path::{Path, PathBuf};

use hallpass_profile::{ProfileError, Profiles};

use crate::args::Globals;
use crate::failure::Failure;
use crate::private;

/// A profile file, which may be still to be made.
pub(super) struct Place {
    pub(super) path: PathBuf,
    /// What stands in it.
    pub(super) text: String,
    names: Vec<String>,
}

impl Place {
    /// The file that is found as ever; else the last of the places where it was looked for.
    pub(super) fn find(globals: &Globals) -> Result<Self, Failure> {
        match Profiles::find(globals.config.as_deref()) {
            Ok(profiles) => {
                let failed = |error| Failure::usage(format!("{}: {error}", profiles.path().display()));
                // A link stays one: what it leads to is what is replaced.
                let path = fs::canonicalize(profiles.path()).map_err(failed)?;
                let text = fs::read_to_string(&path).map_err(failed)?;
                Ok(Self { path, text, names: profiles.names().map(str::to_owned).collect() })
            }
            Err(ProfileError::NotFound { looked }) if !looked.is_empty() => {
                let path = looked.last().cloned().unwrap_or_default();
                let path = std::path::absolute(&path).unwrap_or(path);
                Ok(Self { path, text: String::new(), names: Vec::new() })
            }
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }

    pub(super) fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(&self.path)
    }

    /// Where a path in the profile leads.
    pub(super) fn below(&self, path: &str) -> PathBuf {
        match path.strip_prefix("~/").zip(std::env::home_dir()) {
            Some((below, home)) => home.join(below),
            None => self.folder().join(path),
        }
    }

    /// Makes the file's folder, for its user alone.
    pub(super) fn make_folder(&self) -> Result<(), Failure> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(self.folder()).map_err(|error| Failure::usage(format!("{}: {error}", self.folder().display())))
    }

    pub(super) fn write(&self, text: &str) -> Result<(), Failure> {
        let written = private::replace(&self.path, text.as_bytes());
        written.map_err(|error| Failure::usage(format!("{} cannot be written: {error}", self.path.display())))
    }
}
