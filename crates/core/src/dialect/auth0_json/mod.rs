//! Auth0 JSON: client credentials as a JSON body, no refresh.

mod authenticate;

use http::StatusCode;

use super::extras::{ExtraHeaders, free};
use super::{Dialect, Exchange, Gain, Goal, Held, Key, Refusal, reading};
use crate::error::Misuse;
use crate::http::{Endpoint, Reply, Request};
use crate::secret::{CLIENT_SECRET, Secrets};
use crate::time::Now;

/// The client credentials grant with a JSON body, as Auth0 documents it.
///
/// ```
/// use hallpass_core::dialect::{Auth0Json, Dialect};
/// use hallpass_core::Endpoint;
///
/// let url = Endpoint::parse("https://ducky-prod.eu.auth0.com/oauth/token")?;
/// let dialect = Auth0Json::new(url, "client-id", "ducky-api-prod").scope("read");
/// assert_eq!(dialect.key().dialect(), Auth0Json::NAME);
/// # Ok::<(), hallpass_core::BadUrl>(())
/// ```
///
/// What is held, and what each answer makes of it:
///
#[doc = include_str!("graph.md")]
#[derive(Clone)]
pub struct Auth0Json {
    endpoint: Endpoint,
    client_id: String,
    audience: String,
    scope: Option<String>,
    extra: Vec<(String, serde_json::Value)>,
    headers: ExtraHeaders,
}

impl Auth0Json {
    /// The name that profiles use.
    pub const NAME: &str = "auth0-json";

    /// A login of `client_id` for the API that `audience` names.
    pub fn new(token_url: Endpoint, client_id: impl Into<String>, audience: impl Into<String>) -> Self {
        let (client_id, audience) = (client_id.into(), audience.into());
        Self {
            endpoint: token_url,
            client_id,
            audience,
            scope: None,
            extra: Vec::new(),
            headers: ExtraHeaders::default(),
        }
    }

    /// Asks for these scopes, separated by blanks.
    #[must_use = "the dialect is handed back, not changed in place"]
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scope = Some(scope.into()).filter(|scope| !scope.trim().is_empty());
        self
    }

    /// Adds a member to the body.
    pub fn extra(mut self, name: impl Into<String>, value: impl Into<serde_json::Value>) -> Result<Self, Misuse> {
        let name = name.into();
        free(&name, &authenticate::MEMBERS, self.extra.iter().map(|(known, _)| known.as_str()))?;
        self.extra.push((name, value.into()));
        Ok(self)
    }

    /// Adds a header to every request.
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, Misuse> {
        self.headers.add(name, value)?;
        Ok(self)
    }
}

impl Dialect for Auth0Json {
    fn key(&self) -> Key {
        let key = Key::new(Self::NAME, &self.endpoint)
            .with("client_id", &self.client_id)
            .with("audience", &self.audience)
            .with_scope(self.scope.as_deref());
        let key =
            self.extra.iter().fold(key, |key, (name, value)| key.with(format!("extra {name}"), value.to_string()));
        self.headers.key(key)
    }

    fn next(&self, _held: &Held, goal: Goal) -> Result<Exchange, Misuse> {
        match goal {
            Goal::Register => Err(Misuse::NoRegistration { dialect: Self::NAME.into() }),
            Goal::Token => Ok(Exchange::authenticate()),
        }
    }

    fn needs(&self, _exchange: Exchange) -> &'static [&'static str] {
        &[CLIENT_SECRET]
    }

    fn request(&self, _exchange: Exchange, _held: &Held, secrets: &Secrets, _now: Now) -> Result<Request, Misuse> {
        authenticate::request(self, secrets)
    }

    fn read(&self, _exchange: Exchange, reply: &Reply) -> Result<Gain, Refusal> {
        authenticate::read(reply)
    }

    fn advice(&self, _exchange: Exchange, status: StatusCode, _secrets: &Secrets) -> Option<String> {
        let advice = "Check the audience, and that this client may use that API";
        (status == StatusCode::FORBIDDEN).then(|| advice.into())
    }
}
