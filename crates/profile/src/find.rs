//! Where profile files are, and the profiles of one.

use core::fmt;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::access::NOT_REGULAR;
use crate::keys::nearest;
use crate::spec::Spec;
use crate::{Environment, Problem, Profile, ProfileError, access, file};

/// The variable that names a profile file.
const VARIABLE: &str = "HALLPASS_CONFIG";

/// More is no profile file.
const MOST: u64 = 1024 * 1024;

/// The profiles of one file. A mistake in one of them does not stop the others; one outside of them stops all.
#[derive(Clone)]
pub struct Profiles {
    path: PathBuf,
    /// By name, in file order; nothing stands by the name of one that cannot be used.
    specs: Vec<(String, Option<Arc<Spec>>)>,
    problems: Vec<Problem>,
    environment: Environment,
}

impl Profiles {
    /// Reads the first of these: the file at `explicit`; the one that the variable `HALLPASS_CONFIG` names;
    /// `./hallpass.toml`; `hallpass/hallpass.toml` in the user's configuration folder (`$XDG_CONFIG_HOME` or `~/.config`,
    /// also on macOS; `%APPDATA%` on Windows).
    ///
    /// A file that was named must be there: nothing else is looked at then.
    ///
    /// `./hallpass.toml` may have been put there by anybody, and a profile runs programs and sends secrets. On Unix it is
    /// refused if it belongs to another user than this one or root, or if others may write it, unless it was named.
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
        let places = places(&environment, explicit);
        for place in &places {
            if let Some(text) = place.read()? {
                return Ok(Self::parse(&text, &place.path)?.environment(environment));
            }
        }
        Err(ProfileError::NotFound { looked: places.into_iter().map(|place| place.path).collect() })
    }

    /// Reads profiles from a text. `path` stands in errors, and relative paths in the profiles begin at its folder.
    ///
    /// Fails if the text is not TOML; other mistakes are told by [`get`](Self::get) and [`problems`](Self::problems).
    ///
    /// ```
    /// use hallpass_profile::Profiles;
    ///
    /// let text = "[profiles.sensors]\ndialect = 'user-key'\nbase_ulr = 'https://sensors.example.com/'";
    /// let error = Profiles::parse(text, "hallpass.toml")?.get("sensors").unwrap_err().to_string();
    /// assert!(error.contains("hallpass.toml:3: profile `sensors`: unknown key `base_ulr`: did you mean `base_url`?"));
    /// # Ok::<(), hallpass_profile::ProfileError>(())
    /// ```
    pub fn parse(text: &str, path: impl Into<PathBuf>) -> Result<Self, ProfileError> {
        let path = path.into();
        let file::Contents { profiles: specs, problems } = file::read(text, &path)?;
        Ok(Self { path, specs, problems, environment: Environment::process() })
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

    /// Every name, in file order; also of profiles that cannot be used.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.specs.iter().map(|(name, _)| name.as_str())
    }

    /// Every mistake in the file, in file order: those of each profile, and those outside of any.
    ///
    /// ```
    /// use hallpass_profile::Profiles;
    ///
    /// let text = "[profiles.old]\ndialect = 'user-keys'\n\n[profiles.new]\ndialect = 'basic-form'\n\
    ///             token_url = 'https://auth.example/token'\nclient_id = 'me'\nclient_secret = { env = 'SECRET' }";
    /// let profiles = Profiles::parse(text, "hallpass.toml")?;
    /// assert!(profiles.get("new").is_ok() && profiles.get("old").is_err());
    /// let of_others = profiles.problems().iter().filter(|problem| problem.profile.as_deref() != Some("new"));
    /// assert_eq!(of_others.count(), 1);
    /// # Ok::<(), hallpass_profile::ProfileError>(())
    /// ```
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The profile of that name, unless there is a mistake in it or outside of every profile.
    pub fn get(&self, name: &str) -> Result<Profile, ProfileError> {
        let concerns = |problem: &&Problem| problem.profile.as_deref().is_none_or(|profile| profile == name);
        let problems: Vec<_> = self.problems.iter().filter(concerns).cloned().collect();
        if !problems.is_empty() {
            return Err(ProfileError::Invalid { problems });
        }
        let Some(spec) = self.specs.iter().find(|(known, _)| known == name).and_then(|(_, spec)| spec.clone()) else {
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
        Ok(Profile { spec, folder, environment: self.environment.clone() })
    }
}

impl fmt::Debug for Profiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.names().collect();
        f.debug_struct("Profiles").field("path", &self.path).field("names", &names).finish_non_exhaustive()
    }
}

/// Where a profile file may be.
struct Place {
    path: PathBuf,
    /// Nobody named it, and whoever filled this folder may have put it there.
    found: bool,
}

fn places(environment: &Environment, explicit: Option<&Path>) -> Vec<Place> {
    let named = |path| Place { path, found: false };
    if let Some(path) = explicit {
        return vec![named(path.to_owned())];
    }
    if let Some(path) = environment.variable(VARIABLE).filter(|path| !path.is_empty()) {
        return vec![named(path.into())];
    }
    let here = Place { path: environment.working_folder().join("hallpass.toml"), found: true };
    let settings = environment.config_folder().map(|folder| folder.join("hallpass").join("hallpass.toml"));
    std::iter::once(here).chain(settings.map(named)).collect()
}

impl Place {
    /// The text of the file, or nothing if there is no such file.
    fn read(&self) -> Result<Option<Zeroizing<String>>, ProfileError> {
        let unreadable = |why: String| ProfileError::Unreadable { path: self.path.clone(), why };
        let failed = |kind: ErrorKind| unreadable(format!("the profile file cannot be read: {kind}"));
        let file = match self.open() {
            Ok(file) => file,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
            Err(error) if error.kind() == ErrorKind::Other => {
                return Err(unreadable(format!("this is no profile file: {NOT_REGULAR}")));
            }
            Err(error) => return Err(failed(error.kind())),
        };
        let distrust = if self.found { access::distrust(&self.path, &file) } else { Ok(None) };
        if let Some(why) = distrust.map_err(|error| failed(error.kind()))? {
            return Err(ProfileError::Untrusted { path: self.path.clone(), why });
        }
        // Enough for most, so that growing leaves no copy behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(16 * 1024));
        file.take(MOST + 1).read_to_end(&mut bytes).map_err(|error| failed(error.kind()))?;
        if bytes.len() as u64 > MOST {
            return Err(unreadable("this is no profile file: it has more than 1 MiB".into()));
        }
        match String::from_utf8(std::mem::take(&mut *bytes)) {
            Ok(text) => Ok(Some(Zeroizing::new(text))),
            Err(_) => Err(unreadable("this is no profile file: it is not UTF-8 text".into())),
        }
    }

    /// One that was named may be a pipe, as `--config <(…)` has it. One that was not must not make anybody wait.
    fn open(&self) -> std::io::Result<File> {
        if self.found { access::open_regular(&self.path) } else { File::open(&self.path) }
    }
}
