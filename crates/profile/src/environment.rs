//! The environment variables and folders of a process, as a value: nothing below asks for them behind its caller's back.

use core::fmt;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use hallpass_store::File;

const NO_HOME: &str = "there is no home folder to keep tokens in, or one that is given by a relative path: set HOME to a \
                       whole path, or name a folder for them";

/// Where variables, profile files and the user's own folders are looked for instead of in this process: for tests, and
/// for programs that do not trust their environment. Programs that a profile names run in the process's own.
///
/// ```
/// use hallpass_profile::{Environment, Profiles};
///
/// let text = "[profiles.x]\ndialect = 'basic-form'\ntoken_url = 'https://auth.example/token'\n\
///             client_id = { env = 'ID' }\nclient_secret = { env = 'SECRET' }";
/// let profiles = Profiles::parse(text, "hallpass.toml")?;
/// let profile = profiles.environment(Environment::empty().set("ID", "me")).get("x")?;
/// let config = profile.config()?;
/// assert!(config.secret_source().secret("client_secret").is_err(), "SECRET is not set");
/// # Ok::<(), hallpass_profile::ProfileError>(())
/// ```
#[derive(Clone)]
pub struct Environment(Kind);

#[derive(Clone)]
enum Kind {
    Process,
    Fixed { variables: BTreeMap<OsString, OsString>, working: PathBuf, settings: Option<PathBuf> },
}

impl Environment {
    /// This process's own.
    pub(crate) fn process() -> Self {
        Self(Kind::Process)
    }

    /// No variables, no folder for settings, and the process's working folder.
    pub fn empty() -> Self {
        Self(Kind::Fixed { variables: BTreeMap::new(), working: PathBuf::from("."), settings: None })
    }

    /// Sets a variable.
    #[must_use = "the environment is handed back, not changed in place"]
    pub fn set(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        if let Kind::Fixed { variables, .. } = &mut self.0 {
            variables.insert(name.into(), value.into());
        }
        self
    }

    /// Sets the working folder and the user's configuration folder.
    #[must_use = "the environment is handed back, not changed in place"]
    pub fn folders(mut self, working_folder: impl Into<PathBuf>, config_folder: impl Into<PathBuf>) -> Self {
        if let Kind::Fixed { working, settings, .. } = &mut self.0 {
            *working = working_folder.into();
            *settings = Some(config_folder.into());
        }
        self
    }

    pub(crate) fn variable(&self, name: &str) -> Option<OsString> {
        match &self.0 {
            Kind::Process => std::env::var_os(name),
            Kind::Fixed { variables, .. } => variables.get(std::ffi::OsStr::new(name)).cloned(),
        }
    }

    pub(crate) fn working_folder(&self) -> &Path {
        match &self.0 {
            Kind::Process => Path::new("."),
            Kind::Fixed { working, .. } => working,
        }
    }

    /// Where a path of a profile in `folder` leads. `~/` at its beginning is the user's home, as shells have it.
    pub(crate) fn place(&self, folder: &Path, path: &Path) -> PathBuf {
        // Only a whole `~` counts: `~bob` is no home here.
        match path.strip_prefix("~").ok().zip(self.home_folder()) {
            Some((below, home)) => home.join(below),
            None => folder.join(path),
        }
    }

    /// Whether a path needs a home that is not there, or that is another one in each folder.
    pub(crate) fn lacks_home(&self, path: &Path) -> bool {
        path.starts_with("~") && self.home_folder().is_none_or(|home| home.is_relative())
    }

    fn home_folder(&self) -> Option<PathBuf> {
        match &self.0 {
            Kind::Process => etcetera::home_dir().ok(),
            Kind::Fixed { .. } => self.variable("HOME").filter(|home| !home.is_empty()).map(PathBuf::from),
        }
    }

    /// Where what is gained is kept unless somebody names a folder: where [`File::in_user_folder`] keeps it.
    pub(crate) fn state_folder(&self) -> Result<PathBuf, String> {
        let Kind::Fixed { .. } = &self.0 else {
            let own = File::in_user_folder().map_err(|why| why.to_string())?;
            return Ok(own.folder().to_owned());
        };
        let (variable, below) =
            if cfg!(windows) { ("LOCALAPPDATA", "AppData/Local") } else { ("XDG_STATE_HOME", ".local/state") };
        let named = self.variable(variable).map(PathBuf::from).filter(|folder| folder.is_absolute());
        let home = || self.home_folder().filter(|home| home.is_absolute()).map(|home| home.join(below));
        Ok(named.or_else(home).ok_or(NO_HOME)?.join("hallpass"))
    }

    /// `$XDG_CONFIG_HOME` or `~/.config`; `%APPDATA%` on Windows.
    pub(crate) fn config_folder(&self) -> Option<PathBuf> {
        match &self.0 {
            Kind::Process => etcetera::choose_base_strategy().ok().map(|strategy| strategy.config_dir()),
            Kind::Fixed { settings, .. } => settings.clone(),
        }
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Process => f.write_str("Environment(process)"),
            Kind::Fixed { variables, .. } => f.debug_tuple("Environment").field(&variables.keys()).finish(),
        }
    }
}
