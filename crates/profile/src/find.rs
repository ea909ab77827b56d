//! The profiles of a file.

use core::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::keys::nearest;
use crate::place::{Found, Own, Place, places};
use crate::spec::Spec;
use crate::{Environment, Problem, Profile, ProfileError, file, redact};

/// The profiles of one file. A mistake in one of them does not stop the others; one outside of them stops all.
#[derive(Clone)]
pub struct Profiles {
    path: PathBuf,
    /// By name, in file order; nothing stands by the name of one that cannot be used.
    specs: Vec<(String, Option<Arc<Spec>>)>,
    problems: Vec<Problem>,
    environment: Environment,
    found: Found,
    /// The user's own file, where this one was found before it.
    own: Option<Own>,
    /// What stands in the file, which may be a pipe that is not read again.
    text: Arc<Zeroizing<String>>,
}

impl Profiles {
    /// Reads the first of these: the file at `explicit`; the one that the variable `HALLPASS_CONFIG` names;
    /// `./hallpass.toml`; `hallpass/hallpass.toml` in the user's configuration folder (`$XDG_CONFIG_HOME` or `~/.config`,
    /// also on macOS; `%APPDATA%` on Windows).
    ///
    /// A file that was named must be there: nothing else is looked at then.
    ///
    /// `./hallpass.toml` may have been put there by anybody, and a profile runs programs and sends secrets. On Unix it is
    /// refused if it belongs to another user than this one or root, or if others may write it, unless it was named. It takes
    /// the place of no profile of the user's own file: [`get`](Self::get) refuses a name that stands in both.
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
        Self::first(environment, |environment| places(environment, explicit), &|_| true)
    }

    /// One profile of the file that [`find`](Self::find) reads, as [`get`](Self::get) has it. The others are not looked at,
    /// which is quicker where there are many.
    ///
    /// ```no_run
    /// let config = hallpass_profile::Profiles::find_one(None, "messages")?.config()?;
    /// # Ok::<(), hallpass_profile::ProfileError>(())
    /// ```
    pub fn find_one(explicit: Option<&Path>, name: &str) -> Result<Profile, ProfileError> {
        let only = |other: &str| other == name;
        Self::first(Environment::process(), |environment| places(environment, explicit), &only)?.get(name)
    }

    /// The same without `./hallpass.toml`: for what other programs start, in whatever folder they happen to be.
    pub fn find_own(explicit: Option<&Path>) -> Result<Self, ProfileError> {
        let anywhere = |environment: &_| {
            let mut places = places(environment, explicit);
            places.retain(|place| place.found != Found::Here);
            places
        };
        Self::first(Environment::process(), anywhere, &|_| true)
    }

    fn first(
        environment: Environment,
        places: impl FnOnce(&Environment) -> Vec<Place>,
        wanted: &dyn Fn(&str) -> bool,
    ) -> Result<Self, ProfileError> {
        let places = places(&environment);
        for (at, place) in places.iter().enumerate() {
            if let Some(text) = place.read()? {
                let own = places.get(at + 1).and_then(|own| Own::behind(place, own));
                let profiles = Self::read(text, place.path.clone(), wanted)?;
                return Ok(Self { environment, found: place.found, own, ..profiles });
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
        Self::read(Zeroizing::new(text.to_owned()), path.into(), &|_| true)
    }

    fn read(text: Zeroizing<String>, path: PathBuf, wanted: &dyn Fn(&str) -> bool) -> Result<Self, ProfileError> {
        let file::Contents { profiles: specs, problems } = file::read(&text, &path, wanted)?;
        let (environment, text) = (Environment::process(), Arc::new(text));
        Ok(Self { path, specs, problems, environment, found: Found::Named, own: None, text })
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

    /// Whether it is the user's own file, which is found from every folder, and that nobody named it.
    pub fn is_own(&self) -> bool {
        self.found == Found::Own
    }

    /// Whether it is `./hallpass.toml`, and nobody named it: whoever filled the folder may have put it there.
    pub fn is_here(&self) -> bool {
        self.found == Found::Here
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

    /// The profile of that name, unless there is a mistake in it or outside of every profile, or the user's own file has
    /// one of that name too and nobody said which of the two files is meant.
    pub fn get(&self, name: &str) -> Result<Profile, ProfileError> {
        if let Some(own) = self.own.as_ref().filter(|_| self.names().any(|known| known == name)) {
            own.refuse(name, &self.path)?;
        }
        let concerns = |problem: &&Problem| problem.profile.as_deref().is_none_or(|profile| profile == name);
        let problems: Vec<_> = self.problems.iter().filter(concerns).cloned().collect();
        if !problems.is_empty() {
            return Err(ProfileError::Invalid { problems });
        }
        let Some(spec) = self.specs.iter().find(|(known, _)| known == name).and_then(|(_, spec)| spec.clone()) else {
            return Err(ProfileError::Unknown {
                name: name.to_owned(),
                path: self.path.clone(),
                nearest: nearest(name, self.names()).filter(|(_, meant)| *meant).map(|(name, _)| name.to_owned()),
                known: self.names().map(str::to_owned).collect(),
            });
        };
        // Taken now, so that it stays the same folder if the process moves to another later.
        let path = std::path::absolute(&self.path).unwrap_or_else(|_| self.path.clone());
        let folder = path.parent().unwrap_or(&path).to_owned();
        Ok(Profile { spec, folder, environment: self.environment.clone() })
    }

    /// The profile of that name as [`redacted`](crate::redacted) has it, of the text that was read.
    ///
    /// ```
    /// let text = "[profiles.x]\ndialect = 'password-form'\ntoken_url = 'https://auth.example/token'\n\
    ///             username = 'alice'\npassword = 'hunter2'";
    /// let redacted = hallpass_profile::Profiles::parse(text, "x.toml")?.redacted("x").expect("it is there");
    /// assert!(redacted.contains("auth.example") && !redacted.contains("hunter2"));
    /// # Ok::<(), hallpass_profile::ProfileError>(())
    /// ```
    pub fn redacted(&self, name: &str) -> Option<String> {
        redact::redacted(&self.text, name)
    }
}

impl fmt::Debug for Profiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.names().collect();
        f.debug_struct("Profiles").field("path", &self.path).field("names", &names).finish_non_exhaustive()
    }
}
