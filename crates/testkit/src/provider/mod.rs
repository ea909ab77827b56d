//! An authorization server and the API behind it, as one deterministic state machine.
//!
//! | endpoint | dialect |
//! |---|---|
//! | `POST /oauth/token` | Auth0 JSON: `client_id`, `client_secret`, `audience`, `grant_type`, optional `scope` |
//! | `POST /oauth/v2/token` | Basic form: `grant_type` is `client_credentials`, `refresh_token` or JWT bearer |
//! | `POST /register`, `/authenticate`, `/refresh` | user key |
//! | `POST /authorization` | password form: `grant_type` is `password` (or absent) or `refresh_token` |
//! | `POST /revoke` | any token of a client's own (RFC 7009) |
//! | `GET /v3/ping` | none needed |
//! | `GET /v3/ping/protected` | a valid access token of any dialect |
//! | any method, `/auth0-json/data`, `/basic-form/data`, `/user-key/data`, `/password-form/data` | a token of that dialect only |
//! | any method, `/echo` | any; answers the request's body |
//!
//! A protected endpoint answers 401 to a missing, unknown, expired or revoked token, and 403 to a token of another
//! dialect or without the scope that [`DialectConfig::required_scope`] demands, each with the challenge of RFC 6750.
//!
//! | module | what it holds |
//! |---|---|
//! | `auth0_json`, `basic_form`, `user_key`, `password_form` | the token endpoints, by dialect |
//! | `endpoint`, `grant` | their names, and what they have in common |
//! | `client`, `assertion` | how clients prove themselves, and those that sign |
//! | `revoke`, `api` | the endpoint that revokes, and the API behind the server |
//! | `tokens`, `mint`, `bounded` | what was issued and its families, token values, a map that forgets |
//! | `body`, `reply` | request bodies in, replies out |
//! | `config` | [`ProviderConfig`]: what a provider knows and allows |

mod api;
mod assertion;
mod auth0_json;
mod basic_form;
mod body;
mod bounded;
mod client;
mod config;
mod endpoint;
mod grant;
mod mint;
mod password_form;
mod reply;
mod revoke;
mod tokens;
mod user_key;

pub use assertion::VerifySignature;
pub use config::{
    BasicDecoding, Client, DialectConfig, ProviderConfig, RefreshIssue, Registered, Rotation, TokenShape, User,
};
pub use endpoint::Endpoint;

use std::collections::{BTreeMap, VecDeque};

use http::{HeaderMap, Method, Request, Response, StatusCode};
use time::UtcDateTime;

use assertion::Assertions;
use bounded::Bounded;
use reply::Answer;
use tokens::{Dialect, Tokens};
use user_key::Users;

/// The authorization server and its API. A clone is a second world that starts from the same state.
///
/// ```
/// use hallpass_testkit::provider::{Provider, ProviderConfig};
/// use std::time::Duration;
/// use time::UtcDateTime;
///
/// let mut config = ProviderConfig::default();
/// config.password_form.life = Duration::from_secs(1);
/// let mut provider = Provider::new(config);
/// let login = http::Request::post("/authorization")
///     .header("content-type", "application/x-www-form-urlencoded")
///     .body(b"username=alice&password=correct+horse+9".to_vec())?;
///
/// let now = UtcDateTime::UNIX_EPOCH;
/// let reply = provider.handle(now, &login);
/// let grant: serde_json::Value = serde_json::from_slice(reply.body())?;
/// let call = http::Request::get("/v3/ping/protected")
///     .header("authorization", format!("Bearer {}", grant["access_token"].as_str().unwrap()))
///     .body(Vec::new())?;
///
/// assert_eq!(provider.handle(now, &call).status(), 200);
/// assert_eq!(provider.handle(now + Duration::from_secs(1), &call).status(), 401);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Provider {
    config: ProviderConfig,
    tokens: Tokens,
    assertions: Assertions,
    users: Users,
    asked: BTreeMap<Endpoint, u64>,
    presented: Bounded<String, u64>,
    scripted: VecDeque<Scripted>,
}

#[derive(Debug, Clone)]
struct Scripted {
    times: usize,
    response: Response<Vec<u8>>,
}

impl Provider {
    /// A provider that has issued nothing yet.
    pub fn new(config: ProviderConfig) -> Self {
        Self {
            tokens: Tokens::new(config.seed, config.remember),
            assertions: Assertions::new(config.remember),
            users: Users::new(&config.registered, config.remember),
            asked: BTreeMap::new(),
            presented: Bounded::new(config.remember),
            scripted: VecDeque::new(),
            config,
        }
    }

    /// Answers one request, at the time `now`. Only the path counts of the URL; host and query are not looked at.
    pub fn handle(&mut self, now: UtcDateTime, request: &Request<Vec<u8>>) -> Response<Vec<u8>> {
        self.count(request);
        let mut response = match self.next_scripted() {
            Some(response) => response,
            None => self.answer(now, request).unwrap_or_else(|refusal| refusal).into_response(),
        };
        reply::date(now, &mut response);
        response
    }

    /// The settings as they stand.
    pub fn config(&self) -> &ProviderConfig {
        &self.config
    }

    /// Changes the settings for what comes next: another secret, a shorter life. What was issued stays as it was;
    /// `seed`, `remember` and `registered` are read only by [`Provider::new`].
    pub fn config_mut(&mut self) -> &mut ProviderConfig {
        &mut self.config
    }

    /// Lets clients sign ([`Client::signing`]): `verify` says whether a signature holds. Without it, none does.
    pub fn verify_signatures(&mut self, verify: VerifySignature) {
        self.assertions.verify = Some(verify);
    }

    /// Revokes an access token, or the whole family of a refresh token. False if the token is unknown.
    pub fn revoke(&mut self, token: &str) -> bool {
        self.tokens.revoke(token)
    }

    /// Revokes every access token issued so far. Refresh tokens stay good.
    pub fn revoke_all(&mut self) {
        self.tokens.revoke_access();
    }

    /// Answers the next `times` requests, whatever they ask for, with this reply instead of doing what they ask.
    /// They count in [`token_requests`](Self::token_requests) and [`presented`](Self::presented) all the same.
    /// Called again before those are used up, it queues behind them.
    ///
    /// ```
    /// use hallpass_testkit::provider::{Provider, ProviderConfig};
    /// use http::{HeaderMap, HeaderValue, StatusCode};
    /// use time::UtcDateTime;
    ///
    /// let mut provider = Provider::new(ProviderConfig::default());
    /// let headers = HeaderMap::from_iter([(http::header::RETRY_AFTER, HeaderValue::from_static("5"))]);
    /// provider.fail_next(1, StatusCode::SERVICE_UNAVAILABLE, headers, "busy");
    ///
    /// let ping = http::Request::get("/v3/ping").body(Vec::new())?;
    /// assert_eq!(provider.handle(UtcDateTime::UNIX_EPOCH, &ping).status(), 503);
    /// assert_eq!(provider.handle(UtcDateTime::UNIX_EPOCH, &ping).status(), 200);
    /// # Ok::<(), http::Error>(())
    /// ```
    pub fn fail_next(&mut self, times: usize, status: StatusCode, headers: HeaderMap, body: impl Into<Vec<u8>>) {
        let mut response = Response::new(body.into());
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        self.scripted.push_back(Scripted { times, response });
    }

    /// How many requests a token endpoint has had, refused and scripted ones included.
    pub fn token_requests(&self, endpoint: Endpoint) -> u64 {
        self.asked.get(&endpoint).copied().unwrap_or_default()
    }

    /// How often a refresh token was presented at any token endpoint, whether or not it was accepted.
    pub fn presented(&self, refresh_token: &str) -> u64 {
        self.presented.get(&refresh_token.to_owned()).copied().unwrap_or_default()
    }

    /// Every refresh token that was ever presented, and how often.
    pub fn all_presented(&self) -> impl Iterator<Item = (&str, u64)> {
        self.presented.iter().map(|(token, times)| (token.as_str(), *times))
    }

    /// Whether the family that this refresh token belongs to was revoked.
    pub fn family_revoked(&self, refresh_token: &str) -> bool {
        self.tokens.family_revoked(refresh_token)
    }

    /// How many families were revoked, by reuse or by [`revoke`](Self::revoke).
    pub fn revoked_families(&self) -> u64 {
        self.tokens.revoked_families()
    }

    fn count(&mut self, request: &Request<Vec<u8>>) {
        let Some(endpoint) = Endpoint::at(request.uri().path()) else { return };
        *self.asked.entry(endpoint).or_default() += 1;
        if let Some(token) = body::presented_refresh_token(request) {
            let before = self.presented(&token);
            self.presented.insert(token, before + 1);
        }
    }

    fn next_scripted(&mut self) -> Option<Response<Vec<u8>>> {
        while let Some(next) = self.scripted.front_mut() {
            if next.times > 0 {
                next.times -= 1;
                return Some(next.response.clone());
            }
            self.scripted.pop_front();
        }
        None
    }

    fn answer(&mut self, now: UtcDateTime, request: &Request<Vec<u8>>) -> Answer {
        let path = request.uri().path();
        if let Some(endpoint) = Endpoint::at(path) {
            let answer = self.token_endpoint(now, request, endpoint);
            return answer.map(reply::Reply::unstored).map_err(reply::Reply::unstored);
        }
        let data = |dialect, settings| api::data(self, now, request, dialect, settings);
        match path {
            "/revoke" => revoke::token(self, now, request),
            "/v3/ping" | "/v3/ping/protected" if !matches!(*request.method(), Method::GET | Method::HEAD) => {
                Err(reply::method_not_allowed("GET, HEAD"))
            }
            "/v3/ping" => Ok(api::ping()),
            "/v3/ping/protected" => api::protected_ping(self, now, request),
            "/echo" => api::echo(self, now, request),
            "/auth0-json/data" => data(Dialect::Auth0Json, &self.config.auth0_json),
            "/basic-form/data" => data(Dialect::BasicForm, &self.config.basic_form),
            "/user-key/data" => data(Dialect::UserKey, &self.config.user_key),
            "/password-form/data" => data(Dialect::PasswordForm, &self.config.password_form),
            _ => Err(reply::not_found()),
        }
    }

    fn token_endpoint(&mut self, now: UtcDateTime, request: &Request<Vec<u8>>, endpoint: Endpoint) -> Answer {
        if request.method() != Method::POST {
            return Err(reply::method_not_allowed("POST"));
        }
        match endpoint {
            Endpoint::Auth0Json => auth0_json::token(self, now, request),
            Endpoint::BasicForm => basic_form::token(self, now, request),
            Endpoint::Register => user_key::register(self, request),
            Endpoint::Authenticate => user_key::authenticate(self, now, request),
            Endpoint::Refresh => user_key::refresh(self, now, request),
            Endpoint::PasswordForm => password_form::token(self, now, request),
        }
    }
}
