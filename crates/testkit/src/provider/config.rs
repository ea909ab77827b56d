//! What a provider knows and allows.

use std::time::Duration;

/// Everything that can be set about a [`Provider`](super::Provider).
///
/// The default knows `demo-client` with the secret `demo-secret`, the client `public-client` without a secret, the
/// user `alice` with the password `correct horse 9`, and the audience `demo-api`. Nobody is registered with the
/// user key dialect: `POST /register` is open to all.
///
/// ```
/// use hallpass_testkit::provider::{Client, ProviderConfig, Rotation};
/// use std::time::Duration;
///
/// let mut config = ProviderConfig { clients: vec![Client::new("reports", "s3cret")], ..ProviderConfig::default() };
/// config.user_key.life = Duration::from_secs(2);
/// config.user_key.rotation = Rotation::Strict;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderConfig {
    /// Where the token values come from. Two providers with the same seed, asked the same, answer the same.
    pub seed: u64,
    /// Who may use the Auth0 JSON and the Basic form endpoints, and may name itself at the password form endpoint.
    pub clients: Vec<Client>,
    /// Who may log in at the password form endpoint.
    pub users: Vec<User>,
    /// What assertions may be for beside the URL that they are sent to.
    pub issuer: Option<String>,
    /// The audiences that the Auth0 JSON endpoint gives tokens for.
    pub audiences: Vec<String>,
    /// Who is registered with the user key dialect from the start.
    pub registered: Vec<Registered>,
    /// How the Basic form and the password form endpoint read an id and a secret out of `Authorization: Basic`.
    pub basic_decoding: BasicDecoding,
    /// `POST /oauth/token`. It gives no refresh token, whatever is set here.
    pub auth0_json: DialectConfig,
    /// `POST /oauth/v2/token`.
    pub basic_form: DialectConfig,
    /// `POST /register`, `/authenticate` and `/refresh`.
    pub user_key: DialectConfig,
    /// `POST /authorization`.
    pub password_form: DialectConfig,
    /// How many entries of each kind (access tokens, refresh tokens, users) are remembered. The oldest are forgotten
    /// first, so that a provider that runs for months does not grow.
    pub remember: usize,
}

impl Default for ProviderConfig {
    fn default() -> Self {
        let hour = DialectConfig::default();
        Self {
            seed: 0,
            clients: vec![Client::new("demo-client", "demo-secret"), Client::public("public-client")],
            users: vec![User { username: "alice".into(), password: "correct horse 9".into() }],
            issuer: None,
            audiences: vec!["demo-api".into()],
            registered: Vec::new(),
            basic_decoding: BasicDecoding::Form,
            auth0_json: DialectConfig { life: Duration::from_hours(24), ..hour.clone() },
            basic_form: DialectConfig { shape: TokenShape::Jwt, ..hour.clone() },
            user_key: DialectConfig { refresh_token: RefreshIssue::First, rotation: Rotation::Off, ..hour.clone() },
            password_form: hour,
            remember: 10_000,
        }
    }
}

/// What can be set for each dialect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DialectConfig {
    /// How long an access token lives: 1 hour, and 24 hours for Auth0 JSON. `expires_in` tells the whole seconds.
    pub life: Duration,
    /// What an access token looks like: opaque, and a JWT for Basic form.
    pub shape: TokenShape,
    /// When a refresh token is given: never, and on the first authentication for user key.
    pub refresh_token: RefreshIssue,
    /// How long a refresh token lives: 30 days.
    pub refresh_life: Duration,
    /// What becomes of a refresh token that was used: [`Rotation::Strict`], and [`Rotation::Off`] for user key.
    pub rotation: Rotation,
    /// The scopes of a token for which none were asked for: none.
    pub default_scopes: Vec<String>,
    /// The scopes that may be asked for; `None` allows all. Any other is answered with `invalid_scope`.
    pub allowed_scopes: Option<Vec<String>>,
    /// The scope that the dialect's data endpoint demands: none.
    pub required_scope: Option<String>,
}

impl Default for DialectConfig {
    fn default() -> Self {
        Self {
            life: Duration::from_hours(1),
            shape: TokenShape::Opaque,
            refresh_token: RefreshIssue::Never,
            refresh_life: Duration::from_hours(30 * 24),
            rotation: Rotation::Strict,
            default_scopes: Vec::new(),
            allowed_scopes: None,
            required_scope: None,
        }
    }
}

/// A client known to the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// The client id.
    pub id: String,
    /// The client secret, or `None` for a public client (RFC 6749 2.1).
    pub secret: Option<String>,
    /// The public half of the key that it signs assertions with, in whatever form
    /// [`Provider::verify_signatures`](super::Provider::verify_signatures) takes.
    pub public_key: Option<String>,
}

impl Client {
    /// A confidential client.
    pub fn new(id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self { id: id.into(), secret: Some(secret.into()), public_key: None }
    }

    /// A client without a secret, which may only name itself.
    pub fn public(id: impl Into<String>) -> Self {
        Self { id: id.into(), secret: None, public_key: None }
    }

    /// A client that proves itself by its signature (RFC 7523).
    pub fn signing(id: impl Into<String>, public_key: impl Into<String>) -> Self {
        Self { id: id.into(), secret: None, public_key: Some(public_key.into()) }
    }
}

/// A user of the password form dialect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The name to log in with.
    pub username: String,
    /// The password that goes with it.
    pub password: String,
}

/// A user of the user key dialect, after registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// The name that was registered.
    pub user_id: String,
    /// The secret that was registered.
    pub user_secret: String,
    /// The key that registration answered.
    pub user_key: String,
}

/// How a server reads the two halves of `Authorization: Basic`. Servers differ, and RFC 6749 2.3.1 is not always read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BasicDecoding {
    /// As RFC 6749 2.3.1 has it: percent-decoded, and `+` means a blank.
    Form,
    /// Percent-decoded only; `+` is itself.
    Percent,
    /// As RFC 7617 has it: taken as they came.
    Raw,
}

/// What an access token looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenShape {
    /// A string without a meaning to the client.
    Opaque,
    /// Header, payload with `iat` and `exp`, and a signature that verifies against nothing.
    Jwt,
}

/// When a login is answered with a refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefreshIssue {
    /// At every login.
    Always,
    /// At the first login of each owner, and never again.
    First,
    /// Never.
    Never,
}

/// What becomes of a refresh token once it has been used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rotation {
    /// It stays good, and a refresh is answered without a new one.
    Off,
    /// A new one replaces it. Using the old one again revokes the whole family (RFC 9700 4.14.2).
    Strict,
    /// A new one replaces it, yet the old one stays good for this long after its first use. Later use revokes the
    /// whole family.
    Grace(Duration),
}
