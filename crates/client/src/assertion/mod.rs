//! Signed assertions: who a client is, said with a private key instead of a shared secret (RFC 7523).

mod jwk;
mod key;
#[cfg(test)]
mod tests;

use core::fmt;
use core::time::Duration;
use std::time::SystemTime;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use hallpass_core::{Misuse, Secret, secret};
use ring::rand::{SecureRandom, SystemRandom};
use serde_json::{Map, Value};

pub use key::{Algorithm, SigningKey};

use crate::SecretSource;

/// Longer than any exchange takes, and little time for whoever steals it.
const LIFETIME: Duration = Duration::from_mins(1);

/// A source of assertions, each signed when it is asked for and good for one send.
///
/// It is the secret of [`ClientAuth::Assertion`](hallpass_core::dialect::ClientAuth::Assertion), `private_key_jwt`: issuer and
/// subject are the client's id, and the audience is the token URL, or what the server's documentation says. It is that of
/// [`GrantType::JwtBearer`](hallpass_core::dialect::GrantType::JwtBearer) too, where the subject may be somebody else.
///
/// ```
/// use hallpass_client::{Assertion, Config, SigningKey};
/// use hallpass_core::dialect::{BasicForm, ClientAuth};
/// use hallpass_core::{Endpoint, Secret};
///
/// # let pem = Secret::new(include_str!("../../tests/keys/es256.pem"));
/// // `pem` is the text of a file that begins with -----BEGIN PRIVATE KEY-----, or a JWK.
/// let key = SigningKey::parse(&pem)?.key_id("2026-01");
/// let token_url = "https://auth.example.com/oauth/v2/token";
/// let dialect = BasicForm::new(Endpoint::parse(token_url)?, "my-client").client_auth(ClientAuth::Assertion);
/// let config = Config::new(dialect, Assertion::new(key, "my-client", token_url));
/// # let secrets = config.secret_source();
/// # assert_ne!(secrets.secret("client_assertion"), secrets.secret("client_assertion"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Assertion {
    key: SigningKey,
    issuer: String,
    subject: String,
    audience: String,
    revocation_audience: Option<String>,
    lifetime: Duration,
    claims: Map<String, Value>,
}

impl Assertion {
    /// Says that `issuer` is who it is, to `audience`.
    pub fn new(key: SigningKey, issuer: impl Into<String>, audience: impl Into<String>) -> Self {
        let issuer = issuer.into();
        let (subject, audience) = (issuer.clone(), audience.into());
        Self { key, issuer, subject, audience, revocation_audience: None, lifetime: LIFETIME, claims: Map::new() }
    }

    /// Speaks of somebody else than the issuer.
    #[must_use = "the assertion is handed back, not changed in place"]
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = subject.into();
        self
    }

    /// Speaks to this audience where a token is revoked, for servers that want their revocation URL there; see
    /// [`Revocation::own_assertion`](hallpass_core::revocation::Revocation::own_assertion).
    #[must_use = "the assertion is handed back, not changed in place"]
    pub fn revocation_audience(mut self, audience: impl Into<String>) -> Self {
        self.revocation_audience = Some(audience.into());
        self
    }

    /// How long each is good for, in whole seconds. Default one minute; at most an hour.
    #[must_use = "the assertion is handed back, not changed in place"]
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime.clamp(Duration::from_secs(1), Duration::from_hours(1));
        self
    }

    /// Says one thing more, such as Google's `scope`. The claims that this type sets stay as they are. What decides which token
    /// is given belongs into the `claims` of [`GrantType::JwtBearer`](hallpass_core::dialect::GrantType::JwtBearer), too.
    #[must_use = "the assertion is handed back, not changed in place"]
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.claims.insert(name.into(), value.into());
        self
    }

    /// Signs one, as of now.
    pub fn sign(&self) -> Result<Secret, Misuse> {
        self.sign_to(&self.audience)
    }

    /// Signs one for a revocation, as of now.
    pub fn sign_revocation(&self) -> Result<Secret, Misuse> {
        self.sign_to(self.revocation_audience.as_ref().unwrap_or(&self.audience))
    }

    fn sign_to(&self, audience: &str) -> Result<Secret, Misuse> {
        let mut id = [0; 16];
        let silent = |_| key::refused("the system gives no randomness");
        SystemRandom::new().fill(&mut id).map_err(silent)?;
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        self.sign_at(audience, now.as_secs(), &BASE64.encode(id))
    }

    fn sign_at(&self, audience: &str, now: u64, id: &str) -> Result<Secret, Misuse> {
        let mut claims = self.claims.clone();
        claims.insert("iss".into(), self.issuer.as_str().into());
        claims.insert("sub".into(), self.subject.as_str().into());
        claims.insert("aud".into(), audience.into());
        claims.insert("iat".into(), now.into());
        claims.insert("exp".into(), now.saturating_add(self.lifetime.as_secs()).into());
        claims.insert("jti".into(), id.into());
        let header = Value::Object(self.key.header()).to_string();
        let said = format!("{}.{}", BASE64.encode(header), BASE64.encode(Value::Object(claims).to_string()));
        let signature = self.key.sign(said.as_bytes())?;
        Ok(Secret::new(format!("{said}.{}", BASE64.encode(signature))).made_from(self.key.name()))
    }
}

impl SecretSource for Assertion {
    fn secret(&self, name: &str) -> Result<Secret, Misuse> {
        match name {
            secret::CLIENT_ASSERTION | secret::ASSERTION => self.sign(),
            secret::REVOCATION_ASSERTION => self.sign_revocation(),
            _ => Err(Misuse::Secret {
                name: name.into(),
                why: "a signing key is given for this login, and no more".into(),
            }),
        }
    }

    fn blocks(&self) -> bool {
        false
    }
}

impl fmt::Debug for Assertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Assertion");
        out.field("key", &self.key).field("audience", &self.audience).field("lifetime", &self.lifetime);
        out.finish_non_exhaustive()
    }
}
