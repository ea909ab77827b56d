//! The file that a profile goes into.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use hallpass_profile::{ProfileError, Profiles};

use crate::args::Globals;
use crate::failure::Failure;
use crate::private;

/// A profile file, which may be still to be made.
pub(super) struct Place {
    /// As it was found: relative paths in a profile begin at its folder.
    pub(super) path: PathBuf,
    /// What is replaced: a link stays one.
    file: PathBuf,
    /// What stands in it.
    pub(super) text: String,
    names: Vec<String>,
    /// The user's own file, if it is another one.
    own: Option<Profiles>,
}

impl Place {
    /// The file that is found as ever; else the last of the places where it was looked for.
    pub(super) fn find(globals: &Globals) -> Result<Self, Failure> {
        match Profiles::find(globals.config.as_deref()) {
            Ok(profiles) => {
                let failed = |error| Failure::usage(format!("{}: {error}", profiles.path().display()));
                let path = std::path::absolute(profiles.path()).map_err(failed)?;
                let file = fs::canonicalize(&path).map_err(failed)?;
                let text = fs::read_to_string(&file).map_err(failed)?;
                let found = globals.config.is_none() && !profiles.is_own();
                let own = Profiles::find_own(None)
                    .ok()
                    .filter(|own| found && own.is_own() && fs::canonicalize(own.path()).is_ok_and(|own| own != file));
                Ok(Self { path, file, text, names: names(&profiles), own })
            }
            Err(ProfileError::NotFound { looked }) if !looked.is_empty() => {
                let path = looked.last().cloned().unwrap_or_default();
                let path = std::path::absolute(&path).unwrap_or(path);
                Ok(Self { file: path.clone(), path, text: String::new(), names: Vec::new(), own: None })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Whether a profile may have that name; `force` replaces one of this file.
    pub(super) fn free(&self, name: &str, force: bool) -> Result<(), String> {
        let own = self.own.as_ref().filter(|own| own.names().any(|known| known == name));
        match (name, own) {
            ("", _) => Err("a profile needs a name".into()),
            (_, Some(own)) => Err(format!(
                "there is a profile `{name}` in your own {}, and {} must not have another of that name: take another, \
                 or name the file by --config",
                own.path().display(),
                self.path.display()
            )),
            _ if !force && self.names.iter().any(|known| known == name) => Err(format!(
                "there is a profile `{name}` in {}: add --force to replace it, or take another name",
                self.path.display()
            )),
            _ => Ok(()),
        }
    }

    /// Keeps others who add a profile out of the folder while it lives.
    pub(super) fn lock(&self) -> Result<Option<File>, Failure> {
        if cfg!(not(unix)) {
            return Ok(None);
        }
        let folder = self.file.parent().unwrap_or(&self.file);
        let failed = |error: io::Error| Failure::usage(format!("{}: {error}", folder.display()));
        let folder = File::open(folder).map_err(failed)?;
        match folder.lock() {
            // Not every file system has locks; then it is as quick as it can be.
            Err(error) if error.kind() != ErrorKind::Unsupported => Err(failed(error)),
            _ => Ok(Some(folder)),
        }
    }

    /// Reads the file once more.
    pub(super) fn look_again(&mut self) -> Result<(), Failure> {
        match fs::read_to_string(&self.file) {
            Ok(text) => {
                self.names = names(&Profiles::parse(&text, &self.path)?);
                self.text = text;
            }
            Err(error) if error.kind() == ErrorKind::NotFound => (self.text, self.names) = Default::default(),
            Err(error) => return Err(Failure::usage(format!("{}: {error}", self.path.display()))),
        }
        Ok(())
    }

    /// Where relative paths begin.
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
        let folder = self.folder();
        builder.create(folder).map_err(|error| private::failed(&folder.display().to_string(), &error))
    }

    pub(super) fn write(&self, text: &str) -> Result<(), Failure> {
        let written = private::replace(&self.file, text.as_bytes());
        written.map_err(|error| private::failed(&format!("{} cannot be written", self.path.display()), &error))
    }
}

fn names(profiles: &Profiles) -> Vec<String> {
    profiles.names().map(str::to_owned).collect()
}
