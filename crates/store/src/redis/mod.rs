//! The store of several machines: Redis, or Valkey.
//!
//! A record is one string under `{prefix}:{version}:{{digest}}`, its lock another beside it; the braces keep both in one
//! slot of a cluster. Scripts (`lua/`) do what must be one step: a save compares the revision that it came from, a mark the
//! lease as well, and an unlock removes only its own lock. The age of a record is by the server's clock.
//!
//! Nothing is ever sent twice: what was sent and not answered is unknown, and the lifecycle knows what to do then.

mod address;
mod connection;
mod expiry;
mod link;
mod lock;
mod name;
mod reply;
mod script;
mod settings;
mod socket;
mod tls;
mod trouble;

use core::fmt;
use core::time::Duration;
use std::sync::Arc;

use ::redis::Value;
use hallpass_core::Secret;
use hallpass_core::dialect::Key;

use self::address::Place;
use self::link::Link;
use self::lock::Lock;
use self::name::Names;
use self::reply::{Bad, Found};
use self::script::{PEEK, SWEEP, THERE};
use self::settings::Settings;
use self::tls::Identity;
use self::trouble::Trouble;
use crate::record::Seal;
use crate::{Loaded, Locked, Notice, Store, StoreError, Swept};

/// Records on a Redis or Valkey server, version 6 or later, shared by every process that can reach it.
///
/// Connections are made when they are needed, and kept for the next call; each call ends within the timeout. A cheap clone
/// shares them.
///
/// A server that forgets what it has confirmed can bring a spent refresh token back: let it write ahead
/// (`appendonly yes`, `appendfsync always`), and let no replica take over that lags behind, where refresh tokens rotate.
/// One that evicts what has no end (`maxmemory-policy allkeys-…`) can lose a `user_key` that was given once. Other nodes of a
/// cluster, and sentinels, are not asked: give the address of one server, or of a proxy.
///
/// Its user needs the commands `EVAL`, `EVALSHA`, `TIME`, `TYPE`, `GET`, `SET`, `DEL` and `RENAME` on keys that begin with
/// the prefix, and `SELECT` for any database but 0.
///
/// ```no_run
/// use hallpass_core::Secret;
/// use hallpass_store::{Redis, Store};
///
/// let store = Redis::new("rediss://tokens@redis.example:6380/2")?.password(Secret::from("s3cret"));
/// # let key = hallpass_core::dialect::Key::new("x", &hallpass_core::Endpoint::parse("https://auth.example/")?);
/// assert!(store.peek(&key)?.is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Redis {
    settings: Arc<Settings>,
    link: Arc<Link>,
}

impl Redis {
    /// The server at `url`: `redis://[user:password@]host[:port][/database]`, `rediss://…` for TLS, or
    /// `redis+unix:///path[?db=…]`. Nothing is sent yet.
    ///
    /// ```
    /// use hallpass_store::Redis;
    ///
    /// let store = Redis::new("redis://user:canary@localhost/1")?;
    /// assert_eq!(format!("{store:?}"), "Redis(redis://localhost:6379/1, hallpass:*)");
    /// assert!(Redis::new("http://localhost").is_err());
    /// # Ok::<(), hallpass_store::StoreError>(())
    /// ```
    pub fn new(url: &str) -> Result<Self, StoreError> {
        Ok(Self { settings: Arc::new(Settings::new(url)?), link: Arc::default() })
    }

    /// Authenticates with this password instead of the URL's.
    #[must_use = "the store is handed back, not changed in place"]
    pub fn password(self, password: Secret) -> Self {
        self.with(|settings| settings.password = Some(password))
    }

    /// Authenticates as this user instead of the URL's. Default: the server's default user. A user needs a password; one who
    /// has none on the server (`nopass`) is let in with any.
    #[must_use = "the store is handed back, not changed in place"]
    pub fn user(self, user: impl Into<String>) -> Self {
        self.with(|settings| settings.user = Some(user.into()))
    }

    /// Begins every key with this instead of `hallpass`. Leave braces out of it: on a cluster they have a meaning.
    #[must_use = "the store is handed back, not changed in place"]
    pub fn prefix(self, prefix: impl Into<String>) -> Self {
        self.with(|settings| settings.prefix = prefix.into())
    }

    /// The time for one call, connecting and reading included. The addresses of a host share it. Default 2 s.
    #[must_use = "the store is handed back, not changed in place"]
    pub fn timeout(self, timeout: Duration) -> Self {
        self.with(|settings| settings.timeout = settings::bounded(timeout))
    }

    /// Trusts the certificates of this PEM text as well as Mozilla's, which are built in.
    pub fn ca_pem(self, pem: &[u8]) -> Result<Self, StoreError> {
        let extra = tls::certificates(pem)?;
        Ok(self.with(|settings| settings.extra_ca.extend(extra)))
    }

    /// Shows this certificate to a server that asks for one, as Redis does with TLS unless its `tls-auth-clients` is set
    /// otherwise: PEM texts of the certificate, with those that lead to its authority after it, and of its key.
    pub fn client_certificate(self, chain_pem: &[u8], key_pem: &[u8]) -> Result<Self, StoreError> {
        let identity = Arc::new(Identity::parse(chain_pem, key_pem)?);
        if !matches!(self.settings.address.place, Place::Tcp { tls: true, .. }) {
            return Err(StoreError::new("a client certificate is shown over TLS: begin the Redis URL with rediss://"));
        }
        Ok(self.with(|settings| settings.identity = Some(identity)))
    }

    /// Seals what is saved.
    #[must_use = "the store is handed back, not changed in place"]
    pub fn seal(self, seal: Seal) -> Self {
        self.with(|settings| settings.seal = Some(seal))
    }

    /// Tells `tell` what is mended. Nothing that is told needs an answer; without this it is mended in silence.
    #[must_use = "the store is handed back, not changed in place"]
    pub fn on_notice(self, tell: impl Fn(&Notice) + Send + Sync + 'static) -> Self {
        self.with(|settings| settings.tell = Some(Arc::new(tell)))
    }

    /// A clone made before keeps its settings and its connections.
    fn with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(Arc::make_mut(&mut self.settings));
        self.link = Arc::default();
        self
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redis({}, {}:*)", self.settings.address, self.settings.prefix)
    }
}

impl Store for Redis {
    fn peek(&self, key: &Key) -> Result<Option<Loaded>, StoreError> {
        let names = Names::of(&self.settings.prefix, key);
        let reply = self.link.call(&self.settings, &PEEK, &names, &[])?;
        let found = Found::read(reply).map_err(|trouble| trouble.at(&self.settings.address))?;
        match found.loaded(key, &self.settings) {
            // Whoever has the lock moves it aside.
            Err(Bad::Torn(_)) => Ok(None),
            found => found.map_err(|bad| bad.told(&self.settings, &names)),
        }
    }

    fn aside(&self, key: &Key) -> Result<Vec<String>, StoreError> {
        let names = Names::of(&self.settings.prefix, key);
        let there = self.link.call(&self.settings, &THERE, &names, &[])? == Value::Int(1);
        Ok(there.then(|| names.aside().to_owned()).into_iter().collect())
    }

    fn sweep(&self, key: &Key, unreadable: bool) -> Result<Vec<Swept>, StoreError> {
        let names = Names::of(&self.settings.prefix, key);
        let at = |trouble: Trouble| trouble.at(&self.settings.address);
        let mut sealed = Vec::new();
        if unreadable {
            let found = Found::read(self.link.call(&self.settings, &PEEK, &names, &[])?).map_err(at)?;
            if let Err(Bad::Sealed(value)) = found.loaded(key, &self.settings) {
                sealed = value;
            }
        }
        let Value::Array(counts) = self.link.call(&self.settings, &SWEEP, &names, &[&sealed])? else {
            return Err(at(Trouble::odd()).into());
        };
        let swept = [Swept::Record, Swept::Aside].into_iter().zip(counts);
        Ok(swept.filter(|(_, count)| *count == Value::Int(1)).map(|(what, _)| what).collect())
    }

    fn try_lock(&self, key: &Key, lease: Duration) -> Result<Option<Box<dyn Locked>>, StoreError> {
        let lock = Lock::take(self.clone(), key, lease)?;
        Ok(lock.map(|lock| Box::new(lock) as Box<dyn Locked>))
    }
}
