//! A login, and everything a client is built from.

use core::fmt;
use core::time::Duration;
use std::sync::Arc;

use hallpass_core::dialect::{Dialect, Held};
use hallpass_core::{EgressRules, Endpoint, Misuse, Origin, Secret, UserKey};
use hallpass_store::{Memory, Store};
use rustls_pki_types::CertificateDer;

use crate::{Roots, SecretSource, tls};

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
#[derive(Clone)]
pub struct Config {
    dialect: Arc<dyn Dialect>,
    secrets: Arc<dyn SecretSource>,
    store: Arc<dyn Store>,
    held: Held,
    rules: EgressRules,
    default_life: Option<Duration>,
    api_url: Option<Endpoint>,
    origins: Vec<Origin>,
    roots: Roots,
    extra_ca: Vec<CertificateDer<'static>>,
    proxy: Option<Proxy>,
}

impl Config {
    /// A login in `dialect`, with secrets from `secrets`. What it gains is kept in memory until a store is set.
    pub fn new(dialect: impl Dialect + 'static, secrets: impl SecretSource + 'static) -> Self {
        Self {
            dialect: Arc::new(dialect),
            secrets: Arc::new(secrets),
            store: Arc::new(Memory::new()),
            held: Held::default(),
            rules: EgressRules::default(),
            default_life: None,
            api_url: None,
            origins: Vec::new(),
            roots: Roots::default(),
            extra_ca: Vec::new(),
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
        self.held.user_key = Some(key);
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

    /// The total time for one send, resolving and reading included. Default 30 s.
    #[must_use = "the configuration is handed back, not changed in place"]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.rules.timeout = timeout.clamp(SHORTEST, LONGEST);
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

    /// The life of a token for which neither the server nor the dialect states one.
    #[must_use = "the configuration is handed back, not changed in place"]
    pub fn default_life(mut self, life: Duration) -> Self {
        self.default_life = Some(life);
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

    /// Reaches https servers through this HTTP proxy, by CONNECT: the proxy sees names, never what is said.
    /// Plain http never goes through it, also not to a host of `allow_http`: it would see all that is said. No proxy is
    /// taken from the environment.
    pub fn proxy(mut self, url: &str) -> Result<Self, Misuse> {
        self.proxy = Some(Proxy::parse(url)?);
        Ok(self)
    }

    /// The dialect.
    pub fn dialect(&self) -> &dyn Dialect {
        &*self.dialect
    }

    /// Where secrets come from.
    pub fn secret_source(&self) -> &Arc<dyn SecretSource> {
        &self.secrets
    }

    /// Where gains are kept.
    pub fn shared_store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// What the user brought along.
    pub fn held(&self) -> &Held {
        &self.held
    }

    /// Where requests may go, and what they may cost.
    pub fn egress_rules(&self) -> &EgressRules {
        &self.rules
    }

    /// The life of tokens for which nobody states one.
    pub fn assumed_life(&self) -> Option<Duration> {
        self.default_life
    }

    /// The API's base URL.
    pub fn api_base(&self) -> Option<&Endpoint> {
        self.api_url.as_ref()
    }

    /// Where the token may go.
    pub fn origins(&self) -> &[Origin] {
        &self.origins
    }

    /// Every certificate to trust.
    pub fn trusted(&self) -> Result<Vec<CertificateDer<'static>>, Misuse> {
        tls::trusted(self.roots, &self.extra_ca)
    }

    /// The proxy for https.
    pub fn https_proxy(&self) -> Option<&Proxy> {
        self.proxy.as_ref()
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Config");
        out.field("key", &self.dialect.key()).field("rules", &self.rules).field("origins", &self.origins);
        out.field("proxy", &self.proxy).finish_non_exhaustive()
    }
}

/// An HTTP proxy, and the credentials for it.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    origin: Origin,
    credentials: Option<(String, Secret)>,
}

impl Proxy {
    /// Reads `http://[user:password@]host[:port]`.
    fn parse(url: &str) -> Result<Self, Misuse> {
        let refuse = |why| Misuse::Url { what: "proxy".into(), why };
        let (scheme, rest) = url.split_once("://").ok_or(refuse(hallpass_core::BadUrl::NotAbsolute))?;
        if !scheme.eq_ignore_ascii_case("http") {
            let why = "only HTTP proxies (http://host:port) are supported";
            return Err(Misuse::Value { what: "proxy".into(), why: why.into() });
        }
        let authority = rest.split('/').next().unwrap_or_default();
        let (credentials, host) = match authority.rsplit_once('@') {
            Some((credentials, host)) => (Some(credentials), host),
            None => (None, authority),
        };
        let credentials = credentials.map(|pair| {
            let (user, password) = pair.split_once(':').unwrap_or((pair, ""));
            (decoded(user), Secret::new(decoded(password)))
        });
        let origin = Origin::parse(&format!("http://{host}")).map_err(refuse)?;
        Ok(Self { origin, credentials })
    }

    /// Where it listens.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// User and password, percent-decoded.
    pub fn credentials(&self) -> Option<(&str, &Secret)> {
        self.credentials.as_ref().map(|(user, password)| (user.as_str(), password))
    }
}

/// Percent-decoded, as far as it is percent-encoded UTF-8.
fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8().map_or_else(|_| text.to_owned(), Into::into)
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({}{})", self.origin, if self.credentials.is_some() { " with credentials" } else { "" })
    }
}
