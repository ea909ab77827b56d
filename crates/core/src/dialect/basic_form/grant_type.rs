//! What a token is asked for with.

use super::{Exchange, Key, Misuse, Secrets};
use crate::secret::{ACTOR_TOKEN, ASSERTION, SUBJECT_TOKEN};

const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// What a token is asked for with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum GrantType {
    /// The client's own credentials (RFC 6749 section 4.4).
    #[default]
    ClientCredentials,
    /// An assertion about somebody (RFC 7523 section 2.1): the secret `assertion`.
    JwtBearer {
        /// Whom it is about, if not the client: another subject has another token.
        subject: Option<String>,
        /// What else it says that decides the token, by name, and each value as JSON: such as the `scope` that Google looks for
        /// there, `("scope", "\"mail\"")`. Not sent: tokens are shared by all who name the same.
        claims: Vec<(String, String)>,
    },
    /// Another token (RFC 8693).
    TokenExchange(TokenExchange),
    /// A refresh token that was had elsewhere, as with an authorization code, and imported (RFC 6749 section 6). Without one
    /// there is no token: the client's own credentials would bring another principal's.
    RefreshToken {
        /// Whose it is; not sent. Another subject has another token.
        subject: String,
    },
}

/// A token for another token (RFC 8693): the secret `subject_token`, and perhaps `actor_token`.
///
/// ```
/// use hallpass_core::dialect::{BasicForm, GrantType, TokenExchange};
/// use hallpass_core::Endpoint;
///
/// let url = Endpoint::parse("https://sts.example.com/v1/token")?;
/// let exchange = TokenExchange::new("alice", "urn:ietf:params:oauth:token-type:jwt");
/// let dialect = BasicForm::new(url, "my-client").grant_type(GrantType::TokenExchange(exchange)).audience("stats");
/// # Ok::<(), hallpass_core::BadUrl>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenExchange {
    subject: String,
    subject_token_type: String,
    actor_token_type: Option<String>,
    requested_token_type: Option<String>,
}

impl TokenExchange {
    /// Exchanges a token of this type, as a URI of RFC 8693 section 3. `subject` names whose it is. It is not sent: tokens
    /// are shared by all who name the same, so whoever exchanges tokens of several people must tell them apart by it.
    pub fn new(subject: impl Into<String>, subject_token_type: impl Into<String>) -> Self {
        let (subject, subject_token_type) = (subject.into(), subject_token_type.into());
        Self { subject, subject_token_type, actor_token_type: None, requested_token_type: None }
    }

    /// Sends the token of who acts for the subject too, of this type.
    #[must_use = "the exchange is handed back, not changed in place"]
    pub fn actor(mut self, actor_token_type: impl Into<String>) -> Self {
        self.actor_token_type = Some(actor_token_type.into());
        self
    }

    /// Asks for a token of this type. One that is no access token may come with the token type `N_A` (section 2.2.1).
    #[must_use = "the exchange is handed back, not changed in place"]
    pub fn requested(mut self, requested_token_type: impl Into<String>) -> Self {
        self.requested_token_type = Some(requested_token_type.into());
        self
    }
}

impl GrantType {
    /// Its URI or name, as `grant_type` has it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::ClientCredentials => "client_credentials",
            Self::JwtBearer { .. } => "urn:ietf:params:oauth:grant-type:jwt-bearer",
            Self::TokenExchange(_) => "urn:ietf:params:oauth:grant-type:token-exchange",
            Self::RefreshToken { .. } => "refresh_token",
        }
    }

    /// The names of the secrets that it needs.
    pub(super) fn needs(&self) -> &'static [&'static str] {
        match self {
            Self::ClientCredentials | Self::RefreshToken { .. } => &[],
            Self::JwtBearer { .. } => &[ASSERTION],
            Self::TokenExchange(exchange) if exchange.actor_token_type.is_some() => &[SUBJECT_TOKEN, ACTOR_TOKEN],
            Self::TokenExchange(_) => &[SUBJECT_TOKEN],
        }
    }

    /// Its parameters.
    pub(super) fn fill<'a>(&'a self, form: &mut Vec<(&'a str, &'a str)>, secrets: &'a Secrets) -> Result<(), Misuse> {
        form.push(("grant_type", self.name()));
        match self {
            Self::ClientCredentials => {}
            Self::RefreshToken { .. } => return Err(Misuse::no_refresh_token()),
            Self::JwtBearer { .. } => form.push((ASSERTION, secrets.needs(ASSERTION)?.expose())),
            Self::TokenExchange(exchange) => {
                form.push((SUBJECT_TOKEN, secrets.needs(SUBJECT_TOKEN)?.expose()));
                form.push(("subject_token_type", &exchange.subject_token_type));
                if let Some(kind) = &exchange.actor_token_type {
                    form.extend([(ACTOR_TOKEN, secrets.needs(ACTOR_TOKEN)?.expose()), ("actor_token_type", kind)]);
                }
                form.extend(exchange.requested_token_type.as_deref().map(|kind| ("requested_token_type", kind)));
            }
        }
        Ok(())
    }

    /// Which exchange brings a token where no refresh token is held.
    pub(super) fn first(&self) -> Result<Exchange, Misuse> {
        match self {
            Self::RefreshToken { .. } => Err(Misuse::no_refresh_token()),
            _ => Ok(Exchange::authenticate()),
        }
    }

    /// Whether what was asked for is no access token, so that `token_type` may be `N_A`.
    pub(super) fn asks_for_another(&self) -> bool {
        let Self::TokenExchange(exchange) = self else { return false };
        exchange.requested_token_type.as_deref().is_some_and(|kind| kind != ACCESS_TOKEN)
    }

    /// The key with all of it. The plain grant adds nothing, as it always did.
    pub(super) fn key(&self, key: Key) -> Key {
        match self {
            Self::ClientCredentials => key,
            Self::JwtBearer { subject, claims } => {
                let key = key.with("grant_type", self.name()).with_option("subject", subject.as_deref());
                claims.iter().fold(key, |key, (name, value)| key.with(format!("claim {name}"), value))
            }
            Self::RefreshToken { subject } => key.with("grant_type", self.name()).with("subject", subject),
            Self::TokenExchange(exchange) => key
                .with("grant_type", self.name())
                .with("subject", &exchange.subject)
                .with("subject_token_type", &exchange.subject_token_type)
                .with_option("actor_token_type", exchange.actor_token_type.as_deref())
                .with_option("requested_token_type", exchange.requested_token_type.as_deref()),
        }
    }
}
