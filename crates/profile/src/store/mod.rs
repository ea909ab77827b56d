//! Where what a login gains is kept.

mod spec;

use core::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hallpass_core::Secret;
use hallpass_store::record::Seal;
use hallpass_store::{File, Memory, Store};

use spec::RedisSpec;
pub(crate) use spec::StoreSpec;

use crate::reader::{At, Remark};
use crate::spec::Spec;
use crate::value::Value;
#[cfg(feature = "redis")]
use crate::value::pem;
use crate::{Environment, ProfileError};

/// Where what a login gains is kept: what `store` says in a profile, or the command's `--store`.
///
/// ```
/// use hallpass_profile::StoreSetting;
///
/// let setting: StoreSetting = "memory".parse()?;
/// assert_eq!(setting.open(|_| {})?.to_string(), "memory");
/// assert!("redsi://user:s3cret@host".parse::<StoreSetting>().is_err_and(|error| !error.to_string().contains("s3cret")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct StoreSetting {
    spec: StoreSpec,
    folder: PathBuf,
    environment: Environment,
    /// The profile that says so, and on which line.
    from: Option<At<Arc<Spec>>>,
}

/// A store to use. `Display` says where it is, without a password.
#[derive(Clone)]
pub struct OpenStore {
    store: Arc<dyn Store>,
    kind: &'static str,
    place: Option<String>,
}

impl OpenStore {
    /// The store.
    pub fn store(&self) -> Arc<dyn Store> {
        self.store.clone()
    }

    /// `memory`, `file`, `keyring` or `redis`.
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// The folder, or the server's URL without user and password.
    pub fn place(&self) -> Option<&str> {
        self.place.as_deref()
    }
}

impl fmt::Display for OpenStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "{} {place}", self.kind),
            None => f.write_str(self.kind),
        }
    }
}

impl fmt::Debug for OpenStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OpenStore({self})")
    }
}

impl StoreSetting {
    /// In this process, until it ends: what a program gets whose profile does not say.
    pub fn memory() -> Self {
        Self::here(StoreSpec::Memory)
    }

    /// In the user's own folder: what the command gets whose profile does not say.
    pub fn file() -> Self {
        Self::here(StoreSpec::File { folder: None, keys: Vec::new() })
    }

    pub(crate) fn of(at: &At<StoreSpec>, spec: &Arc<Spec>, folder: &Path, environment: &Environment) -> Self {
        let from = Some(At { line: at.line, value: spec.clone() });
        Self { spec: at.value.clone(), folder: folder.to_owned(), environment: environment.clone(), from }
    }

    fn here(spec: StoreSpec) -> Self {
        Self { spec, folder: PathBuf::new(), environment: Environment::process(), from: None }
    }

    /// Makes the store. Its own secrets are asked for now, once; nothing is read, written or connected yet.
    ///
    /// `tell` hears what the store mends by itself, for the user to know.
    pub fn open(&self, tell: impl Fn(&str) + Send + Sync + 'static) -> Result<OpenStore, ProfileError> {
        match &self.spec {
            StoreSpec::Memory => Ok(OpenStore { store: Arc::new(Memory::new()), kind: "memory", place: None }),
            StoreSpec::File { folder, keys } => self.open_file(folder.as_deref(), keys, tell),
            StoreSpec::Keyring => self.open_keyring(tell),
            StoreSpec::Redis(redis) => self.open_redis(redis, tell),
        }
    }

    /// A value, or the problem on its line.
    fn resolve(&self, key: &str, at: &At<Value>) -> Result<Secret, ProfileError> {
        let found = at.value.resolve(&self.folder, &self.environment);
        found.map_err(|why| self.problem(at.line, &format!("`{key}`: {why}")))
    }

    fn problem(&self, line: usize, why: &str) -> ProfileError {
        match &self.from {
            Some(from) => from.value.problem(Remark { line, value: format!("`store`: {why}") }).into(),
            None => ProfileError::Store { why: why.to_owned() },
        }
    }

    /// The line that a mistake in the whole stands on.
    fn line(&self) -> usize {
        self.from.as_ref().map_or(0, |from| from.line)
    }
}

impl StoreSetting {
    /// The user's own.
    fn own_folder(&self) -> Result<PathBuf, ProfileError> {
        self.environment.state_folder().map_err(|why| self.problem(self.line(), &why))
    }

    /// Keys to seal records with, if there are any.
    fn seal(&self, keys: &[At<Value>]) -> Result<Option<Seal>, ProfileError> {
        let Some(first) = keys.first() else { return Ok(None) };
        let secrets = keys.iter().map(|key| self.resolve("keys", key)).collect::<Result<Vec<_>, _>>()?;
        let seal = Seal::new(&secrets);
        seal.map(Some).map_err(|why| self.problem(first.line, &format!("`keys`: {why}")))
    }

    fn open_file(
        &self,
        folder: Option<&Path>,
        keys: &[At<Value>],
        tell: impl Fn(&str) + Send + Sync + 'static,
    ) -> Result<OpenStore, ProfileError> {
        let folder = match folder {
            Some(folder) if self.environment.lacks_home(folder) => {
                let why = "its folder begins with `~`, and this user has no home folder, or one that is given by a \
                           relative path: set HOME to a whole path, or give the folder's";
                return Err(self.problem(self.line(), why));
            }
            Some(folder) => {
                let folder = self.environment.place(&self.folder, folder);
                // It stays the same folder if the process moves to another later.
                std::path::absolute(&folder).unwrap_or(folder)
            }
            None => self.own_folder()?,
        };
        let file = File::new(folder);
        let place = Some(file.folder().display().to_string());
        let file = file.on_notice(move |notice| tell(&notice.to_string()));
        let file = self.seal(keys)?.into_iter().fold(file, File::seal);
        Ok(OpenStore { store: Arc::new(file), kind: "file", place })
    }
}

#[cfg(feature = "keyring")]
impl StoreSetting {
    /// A folder of its own: what lies unsealed beside it stays what it is.
    fn open_keyring(&self, tell: impl Fn(&str) + Send + Sync + 'static) -> Result<OpenStore, ProfileError> {
        let file = File::new(self.own_folder()?.join("keyring"));
        let place = Some(file.folder().display().to_string());
        let file = file.on_notice(move |notice| tell(&notice.to_string()));
        let file = hallpass_store::keyring::sealed(file).map_err(|why| self.problem(self.line(), &why.to_string()))?;
        Ok(OpenStore { store: Arc::new(file), kind: "keyring", place })
    }
}

#[cfg(not(feature = "keyring"))]
impl StoreSetting {
    fn open_keyring(&self, _: impl Fn(&str)) -> Result<OpenStore, ProfileError> {
        Err(self.problem(self.line(), "this build knows no keyring: enable the feature `keyring`"))
    }
}

#[cfg(feature = "redis")]
pub(crate) fn server(url: &Secret) -> Result<hallpass_store::Redis, String> {
    hallpass_store::Redis::new(url.expose()).map_err(|why| why.to_string())
}

#[cfg(feature = "redis")]
impl StoreSetting {
    fn open_redis(
        &self,
        spec: &RedisSpec,
        tell: impl Fn(&str) + Send + Sync + 'static,
    ) -> Result<OpenStore, ProfileError> {
        use hallpass_store::Redis;

        let url = self.resolve("redis", &spec.url)?;
        let mut redis = server(&url).map_err(|why| self.problem(spec.url.line, &why))?;
        if let Some(user) = &spec.user {
            redis = redis.user(self.resolve("user", user)?.expose());
        }
        if let Some(password) = &spec.password {
            redis = redis.password(self.resolve("password", password)?);
        }
        if let Some(prefix) = &spec.prefix {
            redis = redis.prefix(&prefix.value);
        }
        redis = spec.timeout.into_iter().fold(redis, Redis::timeout);
        if let Some(at) = &spec.ca_file {
            let wrong = |why: String| self.problem(at.line, &format!("`ca_file`: {why}"));
            let pem = pem(&self.environment.place(&self.folder, &at.value)).map_err(wrong)?;
            redis = redis.ca_pem(&pem).map_err(|why| wrong(why.to_string()))?;
        }
        if let Some(at) = &spec.client_certificate {
            let wrong = |why: String| self.problem(at.line, &format!("`client_certificate`: {why}"));
            let chain = pem(&self.environment.place(&self.folder, &at.value)).map_err(wrong)?;
            let key = spec.client_key.as_ref().map(|key| self.resolve("client_key", key)).transpose()?;
            let key = key.as_ref().map_or(chain.as_slice(), |key| key.expose().as_bytes());
            redis = redis.client_certificate(&chain, key).map_err(|why| wrong(why.to_string()))?;
        }
        redis = redis.on_notice(move |notice| tell(&notice.to_string()));
        redis = self.seal(&spec.keys)?.into_iter().fold(redis, Redis::seal);
        Ok(OpenStore { store: Arc::new(redis), kind: "redis", place: Some(without_user(url.expose())) })
    }
}

#[cfg(not(feature = "redis"))]
impl StoreSetting {
    fn open_redis(&self, spec: &RedisSpec, _: impl Fn(&str)) -> Result<OpenStore, ProfileError> {
        Err(self.problem(spec.url.line, "this build knows no Redis: enable the feature `redis`"))
    }
}

/// A URL without who is let in, and without its query.
#[cfg(feature = "redis")]
fn without_user(url: &str) -> String {
    let url = url.split('?').next().unwrap_or_default();
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    format!("{scheme}://{host}")
}

impl core::str::FromStr for StoreSetting {
    type Err = ProfileError;

    /// Reads `memory`, `file`, `keyring`, `file:PATH`, `redis://…`, `rediss://…` or `redis+unix://…`; a relative path begins
    /// at the working folder. The error shows nothing of the text, which may have a password in it.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        StoreSpec::parse(text, 0).map(Self::here).map_err(|why| ProfileError::Value { why: format!("it {why}") })
    }
}

impl fmt::Debug for StoreSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.spec {
            StoreSpec::Memory => "StoreSetting(memory)",
            StoreSpec::File { .. } => "StoreSetting(file)",
            StoreSpec::Keyring => "StoreSetting(keyring)",
            StoreSpec::Redis(_) => "StoreSetting(redis)",
        })
    }
}
