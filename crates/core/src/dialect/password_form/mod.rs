//! Password form: username and password as a form.
//!
//! The resource owner password grant is legacy (RFC 9700 section 2.4): choose this dialect only for an API that
//! offers nothing else.

mod authenticate;
mod refresh;

use http::StatusCode;

use super::extras::ExtraHeaders;
use super::{Ambiguity, ClientAuth, Dialect, Exchange, ExchangeKind, Gain, Goal, Held, Key, Refusal, reading};
use crate::error::Misuse;
use crate::http::{Endpoint, Reply, Request};
use crate::secret::{PASSWORD, Secrets};
use crate::time::Now;

/// Username and password for a token, and the refresh of what they gave.
///
/// ```
/// use hallpass_core::dialect::PasswordForm;
/// use hallpass_core::Endpoint;
///
/// let url = Endpoint::parse("https://platform.example.com/authorization")?;
/// let dialect = PasswordForm::new(url, "me@example.com").grant_type("password");
/// # Ok::<(), hallpass_core::BadUrl>(())
/// ```
///
/// What is held, and what each answer makes of it:
///
#[doc = include_str!("graph.md")]
#[derive(Clone)]
pub struct PasswordForm {
    endpoint: Endpoint,
    username: String,
    grant_type: Option<String>,
    scope: Option<String>,
    client: Option<(String, ClientAuth)>,
    /// The password, and what the client needs.
    needs: Vec<&'static str>,
    headers: ExtraHeaders,
    on_lost_refresh: Ambiguity,
}

impl PasswordForm {
    /// The name that profiles use.
    pub const NAME: &str = "password-form";

    /// A login of `username` at exactly this URL.
    pub fn new(token_url: Endpoint, username: impl Into<String>) -> Self {
        Self {
            endpoint: token_url,
            username: username.into(),
            grant_type: None,
            scope: None,
            client: None,
            needs: vec![PASSWORD],
            headers: ExtraHeaders::default(),
            on_lost_refresh: Ambiguity::Authenticate,
        }
    }

    /// Sends a `grant_type` with the login, `password` for servers that follow RFC 6749 section 4.3.
    #[must_use = "the dialect is handed back, not changed in place"]
    pub fn grant_type(mut self, grant_type: impl Into<String>) -> Self {
        self.grant_type = Some(grant_type.into());
        self
    }

    /// Asks for these scopes, separated by blanks.
    #[must_use = "the dialect is handed back, not changed in place"]
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scope = Some(scope.into()).filter(|scope| !scope.trim().is_empty());
        self
    }

    /// Names the client that logs the user in, and how it proves itself.
    #[must_use = "the dialect is handed back, not changed in place"]
    pub fn client(mut self, client_id: impl Into<String>, client_auth: ClientAuth) -> Self {
        self.client = Some((client_id.into(), client_auth));
        self.needs = [PASSWORD].into_iter().chain(client_auth.secret()).collect();
        self
    }

    /// Adds a header to every request.
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, Misuse> {
        self.headers.add(name, value)?;
        Ok(self)
    }

    /// Says what to do when a refresh was sent and its answer lost; see
    /// [`BasicForm::on_lost_refresh`](super::BasicForm::on_lost_refresh).
    #[must_use = "the dialect is handed back, not changed in place"]
    pub fn on_lost_refresh(mut self, ambiguity: Ambiguity) -> Self {
        self.on_lost_refresh = ambiguity;
        self
    }

    /// Client authentication and the headers.
    fn post<'a>(&'a self, form: Vec<(&'a str, &'a str)>, secrets: &'a Secrets) -> Result<Request, Misuse> {
        let (id, auth) = self.client.as_ref().map_or(("", ClientAuth::None), |(id, auth)| (id, *auth));
        Ok(self.headers.apply(auth.post(id, &self.endpoint, form, secrets)?))
    }
}

impl Dialect for PasswordForm {
    fn key(&self) -> Key {
        let key = Key::new(Self::NAME, &self.endpoint)
            .with("username", &self.username)
            .with_option("grant_type", self.grant_type.as_deref())
            .with_scope(self.scope.as_deref());
        let key = match &self.client {
            Some((id, _)) => ClientAuth::key(key, id),
            None => key,
        };
        self.headers.key(key)
    }

    fn next(&self, held: &Held, goal: Goal) -> Result<Exchange, Misuse> {
        match goal {
            Goal::Register => Err(Misuse::NoRegistration { dialect: Self::NAME.into() }),
            Goal::Token if held.refresh_token.is_some() => Ok(Exchange::refresh().on_lost(self.on_lost_refresh)),
            Goal::Token => Ok(Exchange::authenticate()),
        }
    }

    fn needs(&self, exchange: Exchange) -> &[&'static str] {
        match exchange.kind {
            ExchangeKind::Refresh => &self.needs[1..],
            ExchangeKind::Register | ExchangeKind::Authenticate => &self.needs,
        }
    }

    fn request(&self, exchange: Exchange, held: &Held, secrets: &Secrets, _now: Now) -> Result<Request, Misuse> {
        match exchange.kind {
            ExchangeKind::Refresh => refresh::request(self, held.needs_refresh_token()?, secrets),
            ExchangeKind::Register | ExchangeKind::Authenticate => authenticate::request(self, secrets),
        }
    }

    fn read(&self, _exchange: Exchange, reply: &Reply) -> Result<Gain, Refusal> {
        reading::token(reply, None)
    }

    fn advice(&self, _exchange: Exchange, status: StatusCode, secrets: &Secrets) -> Option<String> {
        let (id, auth) = self.client.as_ref()?;
        auth.advice(id, status, secrets)
    }
}
