//! One profile.

use core::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hallpass_client::Config;
use hallpass_store::Store;

use crate::access::open_to_others;
use crate::build::Extent;
use crate::error::{Problem, ProfileError};
use crate::reader::{At, Remark};
use crate::spec::Spec;
use crate::value::Value;
use crate::{Environment, OpenStore, StoreSetting, build};

/// One profile of a file: what a listing may show of it, and the configuration that it makes.
///
/// ```
/// let text = r#"
///     [profiles.messages]
///     dialect = "basic-form"
///     token_url = "https://auth.example.com/oauth/v2/token?key=k"
///     client_id = "my-client"
///     client_secret = { command = ["pass", "show", "messages"] }
///     api_url = "https://api.example.com/v1/"
///     check_path = "me"
/// "#;
/// let profile = hallpass_profile::Profiles::parse(text, "hallpass.toml")?.get("messages")?;
/// assert_eq!(profile.dialect(), "basic-form");
/// assert_eq!(profile.token_url(), "https://auth.example.com/oauth/v2/token?…");
/// assert_eq!(profile.api_url().as_deref(), Some("https://api.example.com/v1/"));
/// assert_eq!(profile.origins(), ["https://api.example.com"]);
///
/// let config = profile.config()?; // runs no command: no secret is needed yet
/// assert_eq!(config.dialect().key().dialect(), "basic-form");
/// # Ok::<(), hallpass_profile::ProfileError>(())
/// ```
#[derive(Clone)]
pub struct Profile {
    pub(crate) spec: Arc<Spec>,
    pub(crate) folder: PathBuf,
    pub(crate) environment: Environment,
}

impl Profile {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.spec.name
    }

    /// The file that it stands in.
    pub fn path(&self) -> &Path {
        &self.spec.path
    }

    /// Its dialect, as `dialect =` has it.
    pub fn dialect(&self) -> &'static str {
        self.spec.login.dialect.name()
    }

    /// Where it logs in: `token_url`, `base_url` of the user key dialect, or the URL of a described login's first step. A query, which may hold a key, is shown as `?…`.
    pub fn token_url(&self) -> String {
        self.spec.login.url.value.to_string()
    }

    /// The base URL of the API.
    pub fn api_url(&self) -> Option<String> {
        self.spec.common.api_url.as_ref().map(|url| url.value.to_string())
    }

    /// The path below [`api_url`](Self::api_url) that tells whether a token works. There is no path without a URL.
    pub fn check_path(&self) -> Option<&str> {
        self.spec.common.check_path.as_ref().map(|path| path.value.as_str())
    }

    /// Every origin that the token may go to: that of [`api_url`](Self::api_url), then `origins`.
    pub fn origins(&self) -> Vec<String> {
        let common = &self.spec.common;
        let api = common.api_url.iter().map(|url| url.value.origin());
        let mut out: Vec<String> = Vec::new();
        for origin in api.chain(common.origins.iter().map(|origin| &origin.value)).map(ToString::to_string) {
            if !out.contains(&origin) {
                out.push(origin);
            }
        }
        out
    }

    /// Whether it brings a `user_key` along, which counts before one in the store.
    pub fn has_user_key(&self) -> bool {
        self.spec.login.user_key().is_some()
    }

    /// Where it says to keep what its login gains, if it says so.
    pub fn store_setting(&self) -> Option<StoreSetting> {
        let at = self.spec.common.store.as_ref()?;
        Some(StoreSetting::of(at, &self.spec, &self.folder, &self.environment))
    }

    /// The store that it says, or one in memory. The store's own secrets are asked for now, once.
    pub fn store(&self) -> Result<OpenStore, ProfileError> {
        self.store_setting().unwrap_or_else(StoreSetting::memory).open(|_| {})
    }

    /// What a client of either driver is built from, with [the store](Self::store) that it says.
    ///
    /// Ids, a given `user_key` and `ca_file` are read now. A secret is read each time a request needs it, and not before.
    pub fn config(&self) -> Result<Config, ProfileError> {
        self.config_on(self.store()?.store())
    }

    /// The same with another store than it says.
    pub fn config_on(&self, store: impl Store) -> Result<Config, ProfileError> {
        Ok(build::config(&self.spec, Extent::Login, &self.folder, &self.environment)?.store(store))
    }

    /// Enough of it to find what a store holds of the login, not to log in: neither `user_key` nor `ca_file` is read.
    pub fn records_on(&self, store: impl Store) -> Result<Config, ProfileError> {
        Ok(build::config(&self.spec, Extent::Records, &self.folder, &self.environment)?.store(store))
    }

    /// Enough of it to see what it would ask servers for: not even the client certificate is read, which its records are
    /// named by. All that there is of a [`redacted`](crate::redacted) one.
    ///
    /// ```
    /// let text = "[profiles.x]\ndialect = 'basic-form'\ntoken_url = 'https://auth.example/token'\nclient_id = 'me'\n\
    ///             client_auth = 'tls'\nclient_certificate = 'no-such-file.pem'";
    /// let profile = hallpass_profile::Profiles::parse(text, "hallpass.toml")?.get("x")?;
    /// assert!(profile.config().is_err());
    /// assert_eq!(profile.unbound()?.dialect().key().dialect(), "basic-form");
    /// # Ok::<(), hallpass_profile::ProfileError>(())
    /// ```
    pub fn unbound(&self) -> Result<Config, ProfileError> {
        build::config(&self.spec, Extent::Requests, &self.folder, &self.environment)
    }

    /// What works but is unwise, in file order: secrets where others can read them, settings that do nothing.
    ///
    /// Looks at the permissions of files on Unix, never into them.
    pub fn warnings(&self) -> Vec<Problem> {
        let secrets = self.spec.login.secrets.iter().map(|(name, at)| (self.spec.login.key_of(name), at));
        let secrets = secrets.chain(self.spec.common.client_key.iter().map(|at| ("client_key", at)));
        let user_key = self.spec.login.user_key().map(|at| ("user_key", at));
        let store = self.spec.common.store.iter().flat_map(|store| store.value.secrets());
        let exposed = secrets.chain(user_key).chain(store).filter_map(|(key, at)| self.exposed(key, at));
        let exposed = exposed.chain(self.exposed_with_its_key()).chain(self.exposed_in_proxy());
        let mut remarks: Vec<_> = exposed.chain(self.spec.idle.iter().cloned()).collect();
        remarks.sort_by_key(|remark| remark.line);
        remarks.into_iter().map(|remark| self.spec.problem(remark)).collect()
    }

    fn exposed(&self, key: &str, at: &At<Value>) -> Option<Remark> {
        let value = match &at.value {
            Value::Literal(_) => {
                let mode = open_to_others(&self.spec.path)?;
                let open = stands_open(mode);
                format!("`{key}` {open}: chmod 600 the file, or name an env, a file or a command instead")
            }
            Value::File(path) => format!("`{key}` is in {}", self.exposed_file(path)?),
            Value::Env(_) | Value::Command(_) | Value::Keyring(..) => return None,
        };
        Some(Remark { line: at.line, value })
    }

    /// A client certificate without a `client_key` is in one file with its key.
    fn exposed_with_its_key(&self) -> impl Iterator<Item = Remark> {
        let common = &self.spec.common;
        let own = common.client_certificate.as_ref().filter(|_| common.client_key.is_none());
        let stores = common.store.as_ref().and_then(|store| store.value.with_its_key());
        own.into_iter().chain(stores).filter_map(|at| {
            let value = format!("the key of `client_certificate` is in {}", self.exposed_file(&at.value)?);
            Some(Remark { line: at.line, value })
        })
    }

    /// What stands before the host of a proxy may be a password, and has no other place.
    fn exposed_in_proxy(&self) -> Option<Remark> {
        let at = self.spec.common.proxy.as_ref()?;
        let (_, rest) = at.value.expose().split_once("://")?;
        rest.split('/').next().filter(|authority| authority.contains('@'))?;
        let mode = open_to_others(&self.spec.path)?;
        let value = format!("the password of `proxy` {}: chmod 600 the file", stands_open(mode));
        Some(Remark { line: at.line, value })
    }

    fn exposed_file(&self, path: &Path) -> Option<String> {
        let path = self.environment.place(&self.folder, path);
        let mode = open_to_others(&path)?;
        Some(format!("{}, which others may read (mode {mode:o}): chmod 600 it", path.display()))
    }
}

fn stands_open(mode: u32) -> String {
    format!("stands in a file that others may read (mode {mode:o})")
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Profile");
        out.field("path", &self.spec.path).field("name", &self.spec.name).field("dialect", &self.dialect());
        out.finish_non_exhaustive()
    }
}
