//! Where profile files are, and the profiles of one.

use core::fmt;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::keys::nearest;
use crate::spec::Spec;
use crate::{Environment, Profile, ProfileError, file};

/// The variable that names a profile file.
const VARIABLE: &str = "HALLPASS_CONFIG";

/// More is no profile file.
const MOST: u64 = 1024 * 1024;

/// The profiles of one file, checked as a whole: all of them can be used, or none.
#[derive(Clone)]
pub struct Profiles {
    path: PathBuf,
    specs: Vec<Arc<Spec>>,
    environment: Environment,
}

impl Profiles {
    /// Reads the first of these: the file at `explicit`; the one that the variable `HALLPASS_CONFIG` names;
    /// `./hallpass.toml`; `hallpass/hallpass.toml` in the user's configuration folder (`$XDG_CONFIG_HOME` or `~/.config`,
    /// also on macOS; `%APPDATA%` on Windows).
    ///
    /// A file that was named must be there: nothing else is looked at then.
    ///
    /// ```no_run
    /// let profiles = hallpass_profile::Profiles::find(None)?;
    /// let config = profiles.get("messages")?.config()?;
    /// # Ok::<(), hallpass_profile::ProfileError>(())
    /// ```
    pub fn find(explicit: Option<&Path>) -> Result<Self, ProfileError> {
        Self::find_in(Environment::process(), explicit)
    }

    /// The same in another environment, which the profiles then use as well.
    pub fn find_in(environment: Environment, explicit: Option<&Path>) -> Result<Self, ProfileError> {
        let looked = places(&environment, explicit);
        for path in &looked {
            if let Some(text) = read(path)? {
                return Ok(Self::parse(&text, path)?.environment(environment));
            }
        }
        Err(ProfileError::NotFound { looked })
    }

    /// Reads profiles from a text. `path` stands in errors, and relative paths in the profiles begin at its folder.
    ///
    /// ```
    /// use hallpass_profile::Profiles;
    ///
    /// let text = "[profiles.sensors]\ndialect = 'user-key'\nbase_ulr = 'https://sensors.example.com/'";
    /// let error = Profiles::parse(text, "hallpass.toml").unwrap_err().to_string();
    /// assert!(error.contains("hallpass.toml:3: profile `sensors`: unknown key `base_ulr`: did you mean `base_url`?"));
    /// ```
    pub fn parse(text: &str, path: impl Into<PathBuf>) -> Result<Self, ProfileError> {
        let path = path.into();
        let specs = file::read(text, &path)?.into_iter().map(Arc::new).collect();
        Ok(Self { path, specs, environment: Environment::process() })
    }

    /// Looks up variables in this environment instead of the process's.
    #[must_use = "the profiles are handed back, not changed in place"]
    pub fn environment(mut self, environment: Environment) -> Self {
        self.environment = environment;
        self
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Every name, in file order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.specs.iter().map(|spec| spec.name.as_str())
    }

    /// The profile of that name.
    pub fn get(&self, name: &str) -> Result<Profile, ProfileError> {
        let Some(spec) = self.specs.iter().find(|spec| spec.name == name) else {
            return Err(ProfileError::Unknown {
                name: name.to_owned(),
                path: self.path.clone(),
                nearest: nearest(name, self.names()).map(|(name, _)| name.to_owned()),
                known: self.names().map(str::to_owned).collect(),
            });
        };
        // Taken now, so that it stays the same folder if the process moves to another later.
        let path = std::path::absolute(&self.path).unwrap_or_else(|_| self.path.clone());
        let folder = path.parent().unwrap_or(&path).to_owned();
        Ok(Profile { spec: spec.clone(), folder, environment: self.environment.clone() })
    }
}

impl fmt::Debug for Profiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.names().collect();
        f.debug_struct("Profiles").field("path", &self.path).field("names", &names).finish_non_exhaustive()
    }
}

fn places(environment: &Environment, explicit: Option<&Path>) -> Vec<PathBuf> {
    if let Some(path) = explicit {
        return vec![path.to_owned()];
    }
    if let Some(path) = environment.variable(VARIABLE).filter(|path| !path.is_empty()) {
        return vec![path.into()];
    }
    let here = environment.working_folder().join("hallpass.toml");
    let settings = environment.config_folder().map(|folder| folder.join("hallpass").join("hallpass.toml"));
    std::iter::once(here).chain(settings).collect()
}

/// The text of a file, or nothing if there is no such file.
fn read(path: &Path) -> Result<Option<Zeroizing<String>>, ProfileError> {
    let unreadable = |why: String| ProfileError::Unreadable { path: path.to_owned(), why };
    let failed = |kind: ErrorKind| unreadable(format!("the profile file cannot be read: {kind}"));
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
        Err(error) => return Err(failed(error.kind())),
    };
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(MOST + 1).read_to_end(&mut bytes).map_err(|error| failed(error.kind()))?;
    if bytes.len() as u64 > MOST {
        return Err(unreadable("this is no profile file: it has more than 1 MiB".into()));
    }
    match String::from_utf8(std::mem::take(&mut *bytes)) {
        Ok(text) => Ok(Some(Zeroizing::new(text))),
        Err(_) => Err(unreadable("this is no profile file: it is not UTF-8 text".into())),
    }
}
