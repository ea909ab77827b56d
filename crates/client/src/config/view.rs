//! What a configuration says, for those who build from it. A setting is set by its name, and what can be read of it has
//! that name after `get_`, as those of [`std::process::Command`] are.

use core::time::Duration;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use hallpass_core::dialect::{Dialect, Goal, Held, Key};
use hallpass_core::lifecycle::{Policy, Setup};
use hallpass_core::revocation::Revocation;
use hallpass_core::{EgressRules, Endpoint, Misuse, Origin, UserKey};
use hallpass_store::Store;
use http::Uri;

use super::{Ahead, Config, Proxy};
use crate::SecretSource;
use crate::call::Repeat;
use crate::caught::caught;
use crate::observe::{self, Change};
use crate::pool::Network;
use crate::tls::{Identity, Trusted};

impl Config {
    /// The dialect.
    pub fn dialect(&self) -> &dyn Dialect {
        &*self.dialect
    }

    /// Where secrets come from.
    pub fn secret_source(&self) -> &Arc<dyn SecretSource> {
        &self.secrets
    }

    /// Where gains are kept.
    pub fn get_store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// The `user_key` of an earlier registration, if the user gave one.
    pub fn get_user_key(&self) -> Option<&UserKey> {
        self.user_key.as_ref()
    }

    /// Where requests may go, and what they may cost.
    pub fn egress_rules(&self) -> &EgressRules {
        &self.rules
    }

    /// What the lifecycle does with time and failure.
    pub fn get_policy(&self) -> &Policy {
        &self.policy
    }

    /// The life of a token whose life nobody states.
    pub fn get_default_life(&self) -> Option<Duration> {
        self.default_life
    }

    /// Where a token is renewed ahead.
    pub fn get_ahead(&self) -> Ahead {
        self.ahead
    }

    /// Which calls are repeated after a 401.
    pub fn get_repeat(&self) -> Repeat {
        self.repeat
    }

    /// How long a caller waits for a token.
    pub fn get_wait(&self) -> Duration {
        self.wait
    }

    /// The total time for one request to the API.
    pub fn get_call_timeout(&self) -> Duration {
        self.call_timeout.unwrap_or(self.rules.timeout)
    }

    /// The longest that a flight may take, if nothing but the network can delay it: its last request begins with a third
    /// of the flight's time to go. `None` where a store or a source of secrets may hang.
    ///
    /// ```
    /// use core::time::Duration;
    /// use hallpass_client::Config;
    /// use hallpass_core::dialect::BasicForm;
    /// use hallpass_core::{Endpoint, Misuse, Secret, Secrets};
    ///
    /// let dialect = BasicForm::new(Endpoint::parse("https://auth.example/token")?, "id");
    /// let at_hand = Config::new(dialect.clone(), Secrets::new());
    /// assert_eq!(at_hand.longest_flight(), Some(Duration::from_secs(90)));
    /// let asked = Config::new(dialect, |_: &str| Ok::<_, Misuse>(Secret::new("typed by a person")));
    /// assert_eq!(asked.longest_flight(), None);
    /// # Ok::<(), hallpass_core::BadUrl>(())
    /// ```
    pub fn longest_flight(&self) -> Option<Duration> {
        let hangs = self.store.blocks() || self.secrets.blocks();
        (!hangs).then(|| self.until_answered())
    }

    fn until_answered(&self) -> Duration {
        let overhang = self.rules.timeout.saturating_sub(self.policy.flight / 3);
        self.policy.flight.saturating_add(overhang)
    }

    /// How long whoever closes the login waits at most for what was sent: a flight or a registration.
    pub fn longest_close(&self) -> Duration {
        self.until_answered().max(self.rules.timeout.saturating_add(self.policy.lease_margin))
    }

    /// The name on this instance's marks.
    pub fn get_name(&self) -> &str {
        &self.name
    }

    /// What the lifecycle is made of, with a seed that no other instance has.
    pub fn setup(&self) -> Setup {
        let seed = RandomState::new().hash_one(std::process::id());
        let mut setup = Setup::new(self.dialect.clone(), seed, self.name.as_str());
        (setup.rules, setup.policy) = (self.rules.clone(), self.policy.clone());
        (setup.default_life, setup.user_key) = (self.default_life, self.user_key.clone());
        setup
    }

    /// What its connections depend on.
    pub(crate) fn network(&self) -> Network {
        let (roots, extra_ca) = (self.roots, self.extra_ca.clone());
        let (identity, proxy) = (self.identity.clone(), self.proxy.clone());
        Network {
            roots,
            extra_ca,
            identity,
            proxy,
            timeout: self.rules.timeout,
            call_timeout: self.get_call_timeout(),
            connect_timeout: self.rules.connect_timeout,
        }
    }

    /// Tells whoever watches. What came of a login is its caller's, whether or not that panics.
    pub(crate) fn tell(&self, change: &Change) {
        observe::trace(change);
        if let Some(watch) = &self.watch {
            caught(|| watch(change));
        }
    }

    /// The API's base URL.
    pub fn get_api_url(&self) -> Option<&Endpoint> {
        self.api_url.as_ref()
    }

    /// Where the token may go.
    pub fn origins(&self) -> &[Origin] {
        &self.origins
    }

    /// Whether the token may go to this URL. One that two parsers could read differently is never listed.
    pub fn lists(&self, uri: &Uri) -> bool {
        Origin::of(uri).is_ok_and(|origin| self.origins.contains(&origin))
    }

    /// Warns if no origin is listed: every call would go without a token, and nobody would say so. For whoever makes a
    /// middleware, once.
    pub fn warn_if_none_listed(&self) {
        if self.origins.is_empty() {
            tracing::warn!(target: "hallpass", "the token goes to no origin: set api_url");
        }
    }

    /// Every certificate to trust.
    pub fn trusted(&self) -> Result<Trusted, Misuse> {
        Trusted::of(self.roots, &self.extra_ca)
    }

    /// The key under which a registration of this login is kept; an error for a login that knows none.
    pub fn registration_key(&self) -> Result<Key, Misuse> {
        let dialect = self.dialect();
        match dialect.identity() {
            Some(key) => Ok(key),
            None => dialect.next(&Held::default(), Goal::Register).map(|_| dialect.key()),
        }
    }

    /// Where the login's tokens can be revoked.
    pub fn get_revocation(&self) -> Result<&Revocation, Misuse> {
        let why = "nothing says where this login's tokens can be revoked: set revocation_url, which auth0-json, basic-form \
                   and password-form have";
        self.revocation.as_ref().ok_or_else(|| Misuse::Value { what: "revocation".into(), why: why.into() })
    }

    /// The certificate to show.
    pub fn get_client_certificate(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }

    /// The proxy for https.
    pub fn get_proxy(&self) -> Option<&Proxy> {
        self.proxy.as_ref()
    }
}
