//! A login, and everything a client is built from.

mod bound;
mod proxy;
mod view;

use core::fmt;
use core::time::Duration;
use std::sync::Arc;

use hallpass_core::dialect::Dialect;
use hallpass_core::lifecycle::Policy;
use hallpass_core::revocation::Revocation;
use hallpass_core::{EgressRules, Endpoint, Misuse, Origin, UserKey};
use hallpass_store::{Memory, Store};
use rustls_pki_types::CertificateDer;

use bound::Bound;
pub use proxy::Proxy;

use crate::call::Repeat;
use crate::observe::Change;
use crate::tls::{self, Identity};
use crate::{Roots, SecretSource};

/// Who is told of changes.
type Watch = dyn Fn(&Change) + Send + Sync;

/// A waiter's patience exceeds the time that a flight may take.
const WAIT: Duration = Duration::from_secs(100);

/// Where a token is renewed ahead of its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ahead {
    /// Behind the caller, who has the old token meanwhile.
    #[default]
    Background,
    /// By the caller, for as long as it [waits](Config::wait) for a token: for commands and functions that end before anything
    /// behind them would, and for programs whose async runtime runs only inside a `block_on` for each call.
    Inline,
}

/// No time at all, and more than a clock can be moved on by, are nobody's meaning.
const SHORTEST: Duration = Duration::from_millis(1);
const LONGEST: Duration = Duration::from_hours(366 * 24);

/// What a client of either driver is built from: a plain value, checked as it is put together.
///
/// ```
/// use hallpass_client::Config;
/// use hallpass_core::dialect::Auth0Json;
/// use hallpass_core::{Endpoint, Secrets, secret};
///
/// let url = Endpoint::parse("https://ducky-prod.eu.auth0.com/oauth/token")?;
/// let dialect = Auth0Json::new(url, "client-id", "ducky-api-prod");
/// let config = Config::new(dialect, Secrets::one(secret::CLIENT_SECRET, "s3cret"))
///     .api_url("https://api.ducky.eco/v3/")?;
/// assert_eq!(config.origins().len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A setting is set by its name; what can be read of it has its name after `get_`.
#[derive(Clone)]
pub struct Config {
    dialect: Arc<Bound>,
    secrets: Arc<dyn SecretSource>,
    store: Arc<dyn Store>,
    user_key: Option<UserKey>,
    rules: EgressRules,
    policy: Policy,
    default_life: Option<Duration>,
    ahead: Ahead,
    repeat: Repeat,
    wait: Duration,
    call_timeout: Option<Duration>,
    name: String,
    watch: Option<Arc<Watch>>,
    api_url: Option<Endpoint>,
    origins: Vec<Origin>,
    roots: Roots,
    extra_ca: Vec<CertificateDer<'static>>,
    identity: Option<Identity>,
    revocation: Option<Revocation>,
    proxy: Option<Proxy>,
}

impl Config {
    /// A login in `dialect`, with secrets from `secrets`. What it gains is kept in memory until a store is set.
    pub fn new(dialect: impl Dialect + 'static, secrets: impl SecretSource + 'static) -> Self {
        Self {
            dialect: Arc::new(Bound::new(dialect)),
            secrets: Arc::new(secrets),
            store: Arc::new(Memory::new()),
            user_key: None,
            rules: EgressRules::default(),
            policy: Policy::default(),
            default_life: None,
            ahead: Ahead::default(),
            repeat: Repeat::default(),
            wait: WAIT,
            call_timeout: None,
            name: format!("process {}", std::process::id()),
            watch: None,
            api_url: None,
            origins: Vec::new(),
            roots: Roots::default(),
            extra_ca: Vec::new(),
            identity: None,
            revocation: None,
            proxy: None,
        }
    }

    /// Keeps what the login gains in `store`, which may be shared.
    #[must_use = "the configuration is handed back, not changed in place"]
    pub fn store(mut self, store: impl Store) -> Self {
        self.store = Arc::new(store);
        self
    }

    /// Starts with the `user_key` of an earlier registration.
    #[must_use = "the configuration is handed back, not changed in place"]
    pub fn user_key(mut self, key: UserKey) -> Self {
        self.user_key = Some(key);
        self
    }

    /// Names the API: the token may go to its origin. (The command takes relative URLs as below it; a client takes whole
    /// ones.)
    pub fn api_url(mut self, url: &str) -> Result<Self, Misuse> {
        let endpoint = Endpoint::parse(url).map_err(|why| Misuse::Url { what: "api_url".into(), why })?;
        self.list(endpoint.origin().clone())?;
        self.api_url = Some(endpoint);
        Ok(self)
    }

    /// Lets the token go to one more origin.
    pub fn origin(mut self, url: &str) -> Result<Self, Misuse> {
        let origin = Origin::parse(url).map_err(|why| Misuse::Url { what: "origin".into(), why })?;
        self.list(origin)?;
        Ok(self)
    }

    fn list(&mut self, origin: Origin) -> Result<(), Misuse> {
        self.rules.admit(&origin)?;
        if !self.origins.contains(&origin) {
            self.origins.push(origin);
        }
        Ok(())
    }

    /// Lets secrets and tokens travel without TLS to this host. Set it before the URLs that need it.
    #[must_use = "the configuration is handed back, not changed in place"]
    pub fn allow_http(mut self, host: impl Into<String>) -> Self {
        self.rules.allow_http.push(host.into());
        self
    }

    /// The total time for one request to the token server, resolving and reading its answer's body included; for one to the
    /// API as well, unless [`call_timeout`](Self::call_timeout) says otherwise. Default 30 s.
    ///
    /// Whoever shares the login in Redis waits as long, and 15 s more, for a process that was killed amid a request.
    #[must_use = "the configuration is handed back, not changed in place"]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.rules.timeout = timeout.clamp(SHORTEST, LONGEST);
        self
    }

    /// The total time for one request to the API, until its answer's body is read: long, for an export or a stream of
    /// events. Default: [`timeout`](Self::timeout).
    #[must_use = "the configuration is handed back, not changed in place"]
    pub fn call_timeout(mut self, timeout: Duration) -> Self {
        self.call_timeout = Some(timeout.clamp(SHORTEST, LONGEST));
        self
    }

    /// The time for resolving and connecting. Default 10 s.
    #[must_use = "the configuration is handed back, not changed in place"]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.rules.connect_timeout = timeout.clamp(SHORTEST, LONGEST);
        self
    }

    /// The most bytes of a token reply. Default 256 KiB.
    #[must_use = "the configuration is handed back, not changed in place"]
    pub fn reply_cap(mut self, bytes: usize) -> Self {
        self.rules.reply_cap = bytes;
        self
    }

    /// The life of a token for which neither the server nor the dialect states one. Default: until it is rejected.
    #[must_use = "the configuration is handed back, not changed in place"]
    pub fn default_life(mut self, life: Duration) -> Self {
        self.default_life = Some(life);
        self
    }

    /// Sets when to renew, how long to wait, how often to try.
    #[must_use = "the configuration is handed back, not changed in place"]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Where a token is renewed ahead. Default: behind the caller.
    #[must_use = "the configuration is handed back, not changed in place"]
    pub fn ahead(mut self, ahead: Ahead) -> Self {
        self.ahead = ahead;
        self
    }

    /// Which calls `send` repeats, once, after a 401. Default: all.
    #[must_use = "the configuration is handed back, not changed in place"]
    pub fn repeat(mut self, repeat: Repeat) -> Self {
        self.repeat = repeat;
        self
    }

    /// How long a caller waits for a token, or for its renewal where that is the caller's own ([`Ahead::Inline`]). It bounds the
    /// waiting only: the flight goes on. Default 100 s; with `Duration::MAX` a caller who blocks needs no thread beside its own.
    #[must_use = "the configuration is handed back, not changed in place"]
    pub fn wait(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }

    /// The name that this instance leaves on its marks in a shared store, such as a host's: errors tell it to whoever finds a
    /// mark. Default: the process id, which tells little where every container has the same.
    #[must_use = "the configuration is handed back, not changed in place"]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Tells `watch` of every change: a new token, a failure, a rejection. It is called where the change happens, and
    /// should be quick.
    #[must_use = "the configuration is handed back, not changed in place"]
    pub fn watch(mut self, watch: impl Fn(&Change) + Send + Sync + 'static) -> Self {
        self.watch = Some(Arc::new(watch));
        self
    }

    /// Trusts these authorities. Default: Mozilla's, built in.
    #[must_use = "the configuration is handed back, not changed in place"]
    pub fn roots(mut self, roots: Roots) -> Self {
        self.roots = roots;
        self
    }

    /// Trusts the certificates of this PEM text as well.
    pub fn ca_pem(mut self, pem: &[u8]) -> Result<Self, Misuse> {
        self.extra_ca.extend(tls::certificates(pem)?);
        Ok(self)
    }

    /// Says where the login's tokens can be revoked (RFC 7009), for a client's `revoke`.
    pub fn revocation(mut self, revocation: Revocation) -> Result<Self, Misuse> {
        self.rules.admit(revocation.endpoint().origin())?;
        self.revocation = Some(revocation);
        Ok(self)
    }

    /// Shows this certificate to every server that asks for one (RFC 8705): PEM texts of the certificate, with those that
    /// lead to its authority after it, and of its key. Both are read now; a renewed one needs a new client.
    /// Tokens may be bound to it (section 3), so what is gained is kept under [its name](Self::bound_to).
    pub fn client_certificate(mut self, chain_pem: &[u8], key_pem: &[u8]) -> Result<Self, Misuse> {
        self.identity = Some(Identity::parse(chain_pem, key_pem)?);
        self.bound_to(chain_pem)
    }

    /// Names the records as those of a login that shows this certificate, and shows none: for reading what is kept, where
    /// no key is at hand. Logins with two certificates share no token.
    pub fn bound_to(mut self, chain_pem: &[u8]) -> Result<Self, Misuse> {
        let chain = tls::client_chain(chain_pem)?;
        self.dialect = Arc::new(self.dialect.to(&chain[0]));
        Ok(self)
    }

    /// Reaches https servers through this HTTP proxy, by CONNECT: the proxy sees names, never what is said.
    /// Plain http never goes through it, also not to a host of `allow_http`: it would see all that is said. No proxy is
    /// taken from the environment.
    pub fn proxy(mut self, url: &str) -> Result<Self, Misuse> {
        self.proxy = Some(Proxy::parse(url)?);
        Ok(self)
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Config");
        out.field("key", &self.dialect.key()).field("rules", &self.rules).field("origins", &self.origins);
        out.field("proxy", &self.proxy).finish_non_exhaustive()
    }
}
