//! Where profile files are.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::access::{NOT_REGULAR, words};
use crate::wiped::{self, MOST_OF_FILE};
use crate::{Environment, ProfileError, access, file};

/// The variable that names a profile file.
const VARIABLE: &str = "HALLPASS_CONFIG";

/// The user has no file of their own.
const ABSENT: [ErrorKind; 3] = [ErrorKind::NotFound, ErrorKind::NotADirectory, ErrorKind::PermissionDenied];

/// Where a profile file may be.
pub(crate) struct Place {
    pub(crate) path: PathBuf,
    pub(crate) found: Found,
}

/// How it came that a file was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// Somebody named it.
    Named,
    /// It lies in the working folder: whoever filled that may have put it there.
    Here,
    /// It lies in the user's configuration folder.
    Own,
}

/// The user's own file, behind one of the working folder.
#[derive(Clone)]
pub(crate) struct Own {
    path: PathBuf,
    names: Result<Vec<String>, ProfileError>,
}

/// Every place, in order.
pub(crate) fn places(environment: &Environment, explicit: Option<&Path>) -> Vec<Place> {
    let named = |path| Place { path, found: Found::Named };
    if let Some(path) = explicit {
        return vec![named(path.to_owned())];
    }
    if let Some(path) = environment.variable(VARIABLE).filter(|path| !path.is_empty()) {
        return vec![named(path.into())];
    }
    let here = Place { path: environment.working_folder().join("hallpass.toml"), found: Found::Here };
    let own = environment.config_folder().map(|folder| folder.join("hallpass").join("hallpass.toml"));
    std::iter::once(here).chain(own.map(|path| Place { path, found: Found::Own })).collect()
}

impl Place {
    /// The text of the file, or nothing if there is no such file.
    pub(crate) fn read(&self) -> Result<Option<Zeroizing<String>>, ProfileError> {
        let unreadable = |why: String| ProfileError::Unreadable { path: self.path.clone(), why };
        let failed = |error: io::Error| unreadable(format!("the profile file cannot be read: {}", words(&error)));
        let file = match self.open() {
            Ok(file) => file,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
            Err(error) if error.kind() == ErrorKind::Other => {
                return Err(unreadable(format!("this is no profile file: {NOT_REGULAR}")));
            }
            Err(error) => return Err(failed(error)),
        };
        let distrust = if self.found == Found::Here { access::distrust(&self.path, &file) } else { Ok(None) };
        if let Some(why) = distrust.map_err(failed)? {
            return Err(ProfileError::Untrusted { path: self.path.clone(), why });
        }
        let mut bytes = wiped::read_file(file, MOST_OF_FILE).map_err(failed)?;
        if bytes.len() > MOST_OF_FILE {
            return Err(unreadable("this is no profile file: it has more than 1 MiB".into()));
        }
        match String::from_utf8(std::mem::take(&mut *bytes)) {
            Ok(text) => Ok(Some(Zeroizing::new(text))),
            Err(error) => {
                drop(Zeroizing::new(error.into_bytes()));
                Err(unreadable("this is no profile file: it is not UTF-8 text".into()))
            }
        }
    }

    /// What stands in the way of reading its names.
    fn untold(&self, why: &str) -> ProfileError {
        let why = format!("nobody can tell which profiles are in it: {why}; name a file, --config FILE or {VARIABLE}");
        ProfileError::Unreadable { path: self.path.clone(), why }
    }

    /// One that was named may be a pipe, as `--config <(…)` has it. One that was not must not make anybody wait.
    fn open(&self) -> std::io::Result<File> {
        if self.found == Found::Here { access::open_regular(&self.path) } else { File::open(&self.path) }
    }
}

impl Own {
    /// Nothing, unless the user has another file than the one that was found.
    pub(crate) fn behind(found: &Place, own: &Place) -> Option<Self> {
        let [here, there] = [found, own].map(|place| std::fs::canonicalize(&place.path).ok());
        if here == there {
            return None;
        }
        let names = match std::fs::metadata(&own.path) {
            Ok(about) if about.is_file() => {
                own.read().and_then(|text| file::names(text.as_ref().map_or("", |text| text), &own.path))
            }
            // A pipe, say: its text can be had once, and is waited for.
            Ok(_) => Err(own.untold(NOT_REGULAR)),
            // One that cannot be looked at, as in another user's home, has no profile that could be meant.
            Err(error) if ABSENT.contains(&error.kind()) => return None,
            Err(error) => Err(own.untold(&words(&error))),
        };
        Some(Self { path: own.path.clone(), names })
    }

    /// Whoever fills a folder must not get to say what the user's own profile means.
    pub(crate) fn refuse(&self, name: &str, found: &Path) -> Result<(), ProfileError> {
        if self.names.as_ref().map_err(Clone::clone)?.iter().any(|known| known == name) {
            let (name, path) = (name.to_owned(), found.to_owned());
            return Err(ProfileError::Shadowed { name, path, own: self.path.clone() });
        }
        Ok(())
    }
}
