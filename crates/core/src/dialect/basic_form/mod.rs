//! Basic form: client credentials as a Basic header and a form body (RFC 6749 section 4.4).

mod authenticate;
mod grant_type;
mod refresh;

pub use grant_type::{GrantType, TokenExchange};
use http::StatusCode;

use super::extras::{ExtraHeaders, free};
use super::{Ambiguity, ClientAuth, Dialect, Exchange, ExchangeKind, Gain, Goal, Held, Key, Refusal, reading};
use crate::error::Misuse;
use crate::http::{Endpoint, Reply, Request};
use crate::secret::{CLIENT_SECRET, Secrets};
use crate::time::Now;

/// The parameters that the dialect writes itself.
const PARAMETERS: [&str; 15] = [
    "grant_type",
    "scope",
    "audience",
    "resource",
    "client_id",
    "client_secret",
    "client_assertion_type",
    "client_assertion",
    "refresh_token",
    "assertion",
    "subject_token",
    "subject_token_type",
    "actor_token",
    "actor_token_type",
    "requested_token_type",
];

/// The client credentials grant of RFC 6749, and the refresh of what it gave; or another [`GrantType`].
///
/// ```
/// use hallpass_core::dialect::{BasicForm, ClientAuth};
/// use hallpass_core::wire::basic::BasicEncoding;
/// use hallpass_core::Endpoint;
///
/// let url = Endpoint::parse("https://auth.example.com/oauth/v2/token")?;
/// let dialect = BasicForm::new(url, "my-client")
///     .client_auth(ClientAuth::Basic(BasicEncoding::Form))
///     .scope("read write")
///     .extra("tenant", "eu")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// What is held, and what each answer makes of it:
///
#[doc = include_str!("graph.md")]
#[derive(Clone)]
pub struct BasicForm {
    endpoint: Endpoint,
    client_id: String,
    client_auth: ClientAuth,
    grant_type: GrantType,
    /// The secrets that an authentication needs: the grant's, then the client's.
    needs: Vec<&'static str>,
    scope: Option<String>,
    audience: Option<String>,
    resource: Option<String>,
    extra: Vec<(String, String)>,
    headers: ExtraHeaders,
    on_lost_refresh: Ambiguity,
}

impl BasicForm {
    /// The name that profiles use.
    pub const NAME: &str = "basic-form";

    /// A login of `client_id` by Basic header, escaped minimally.
    pub fn new(token_url: Endpoint, client_id: impl Into<String>) -> Self {
        Self {
            endpoint: token_url,
            client_id: client_id.into(),
            client_auth: ClientAuth::default(),
            grant_type: GrantType::default(),
            needs: vec![CLIENT_SECRET],
            scope: None,
            audience: None,
            resource: None,
            extra: Vec::new(),
            headers: ExtraHeaders::default(),
            on_lost_refresh: Ambiguity::Authenticate,
        }
    }

    /// Where id and secret go.
    #[must_use = "the dialect is handed back, not changed in place"]
    pub fn client_auth(mut self, client_auth: ClientAuth) -> Self {
        self.client_auth = client_auth;
        self.needing()
    }

    /// What the token is asked for with.
    #[must_use = "the dialect is handed back, not changed in place"]
    pub fn grant_type(mut self, grant_type: GrantType) -> Self {
        self.grant_type = grant_type;
        self.needing()
    }

    fn needing(mut self) -> Self {
        self.needs = self.grant_type.needs().iter().copied().chain(self.client_auth.secret()).collect();
        self
    }

    /// Asks for these scopes, separated by blanks (RFC 6749 section 3.3).
    #[must_use = "the dialect is handed back, not changed in place"]
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scope = Some(scope.into()).filter(|scope| !scope.trim().is_empty());
        self
    }

    /// Names the API that the token is for, where the server wants `audience`.
    #[must_use = "the dialect is handed back, not changed in place"]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = Some(audience.into());
        self
    }

    /// Names the API that the token is for, as an absolute URI without fragment (RFC 8707 section 2).
    pub fn resource(mut self, resource: impl Into<String>) -> Result<Self, Misuse> {
        let resource = resource.into();
        if !is_absolute_uri(&resource) {
            let why = "it must be an absolute URI without a fragment (RFC 8707)";
            return Err(Misuse::Value { what: "resource".into(), why: why.into() });
        }
        self.resource = Some(resource);
        Ok(self)
    }

    /// Adds a parameter to the body.
    pub fn extra(mut self, name: impl Into<String>, value: impl Into<String>) -> Result<Self, Misuse> {
        let name = name.into();
        free(&name, &PARAMETERS, self.extra.iter().map(|(known, _)| known.as_str()))?;
        self.extra.push((name, value.into()));
        Ok(self)
    }

    /// Adds a header to every request.
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, Misuse> {
        self.headers.add(name, value)?;
        Ok(self)
    }

    /// Says what to do when a refresh was sent and its answer lost. [`Ambiguity::Resend`] is for servers that do not
    /// rotate refresh tokens; the default is to authenticate.
    #[must_use = "the dialect is handed back, not changed in place"]
    pub fn on_lost_refresh(mut self, ambiguity: Ambiguity) -> Self {
        self.on_lost_refresh = ambiguity;
        self
    }

    /// Room for all that a request may hold.
    fn form<'a>(&self) -> Vec<(&'a str, &'a str)> {
        Vec::with_capacity(PARAMETERS.len() + self.extra.len())
    }

    /// Client authentication, the parameters that every request shares, and the headers.
    fn post<'a>(&'a self, mut form: Vec<(&'a str, &'a str)>, secrets: &'a Secrets) -> Result<Request, Misuse> {
        let optional = [("audience", &self.audience), ("resource", &self.resource)];
        form.extend(optional.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?))));
        form.extend(self.extra.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let request = self.client_auth.post(&self.client_id, &self.endpoint, form, secrets)?;
        Ok(self.headers.apply(request))
    }
}

impl Dialect for BasicForm {
    fn key(&self) -> Key {
        let key = ClientAuth::key(Key::new(Self::NAME, &self.endpoint), &self.client_id)
            .with_scope(self.scope.as_deref())
            .with_option("audience", self.audience.as_deref())
            .with_option("resource", self.resource.as_deref());
        let key = self.extra.iter().fold(key, |key, (name, value)| key.with(format!("extra {name}"), value));
        self.headers.key(self.grant_type.key(key))
    }

    fn next(&self, held: &Held, goal: Goal) -> Result<Exchange, Misuse> {
        match goal {
            Goal::Register => Err(Misuse::NoRegistration { dialect: Self::NAME.into() }),
            Goal::Token if held.refresh_token.is_some() => Ok(Exchange::refresh().on_lost(self.on_lost_refresh)),
            Goal::Token => self.grant_type.first(),
        }
    }

    fn needs(&self, exchange: Exchange) -> &[&'static str] {
        match exchange.kind {
            ExchangeKind::Refresh => &self.needs[self.grant_type.needs().len()..],
            _ => &self.needs,
        }
    }

    fn request(&self, exchange: Exchange, held: &Held, secrets: &Secrets, _now: Now) -> Result<Request, Misuse> {
        match exchange.kind {
            ExchangeKind::Refresh => refresh::request(self, held.needs_refresh_token()?, secrets),
            ExchangeKind::Register | ExchangeKind::Authenticate => authenticate::request(self, secrets),
        }
    }

    fn read(&self, exchange: Exchange, reply: &Reply) -> Result<Gain, Refusal> {
        if exchange.kind != ExchangeKind::Refresh && self.grant_type.asks_for_another() {
            return reading::any_token(reply);
        }
        reading::token(reply, None)
    }

    fn advice(&self, _exchange: Exchange, status: StatusCode, secrets: &Secrets) -> Option<String> {
        self.client_auth.advice(&self.client_id, status, secrets)
    }
}

/// RFC 3986 section 4.3: a scheme, a colon, no fragment.
fn is_absolute_uri(text: &str) -> bool {
    let scheme = text.split(':').next().unwrap_or_default();
    scheme.len() < text.len()
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
        && text.bytes().all(|b| b.is_ascii_graphic() && b != b'#')
}
