//! User key: register once, authenticate, then refresh; all JSON.

mod authenticate;
mod refresh;
mod register;

use core::time::Duration;

use http::StatusCode;

use super::extras::ExtraHeaders;
use super::{Ambiguity, Dialect, Exchange, ExchangeKind, Gain, Goal, Held, Key, Refusal, reading};
use crate::error::Misuse;
use crate::http::{BadUrl, Endpoint, Reply, Request};
use crate::secret::{Secrets, USER_SECRET};
use crate::time::Now;
use crate::wire::json::{self, Member};

/// The life of an access token, which this API states in its documentation only.
const LIFE: Duration = Duration::from_hours(1);

/// A user who registers, authenticates with the `user_key` that came of it, and refreshes.
///
/// What is held decides: a refresh token is used before the user key, and only an explicit registration registers.
///
/// ```
/// use hallpass_core::dialect::{Dialect, ExchangeKind, Goal, Held, UserKeyLogin};
/// use hallpass_core::{Endpoint, UserKey};
///
/// let dialect = UserKeyLogin::new(&Endpoint::parse("https://sensors.example.com/")?, "alice")?;
/// assert!(dialect.next(&Held::default(), Goal::Token).is_err());
/// let held = Held { user_key: Some(UserKey::new("k")), ..Held::default() };
/// assert_eq!(dialect.next(&held, Goal::Token)?.kind, ExchangeKind::Authenticate);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// What is held, and what each answer makes of it:
///
#[doc = include_str!("graph.md")]
#[derive(Clone)]
pub struct UserKeyLogin {
    base: Endpoint,
    register: Endpoint,
    authenticate: Endpoint,
    refresh: Endpoint,
    user_id: String,
    headers: ExtraHeaders,
    on_lost_refresh: Ambiguity,
}

impl UserKeyLogin {
    /// The name that profiles use.
    pub const NAME: &str = "user-key";

    /// A login of `user_id`; the three endpoints lie below `base_url`.
    pub fn new(base_url: &Endpoint, user_id: impl Into<String>) -> Result<Self, BadUrl> {
        Ok(Self {
            base: base_url.join("")?,
            register: base_url.join("register")?,
            authenticate: base_url.join("authenticate")?,
            refresh: base_url.join("refresh")?,
            user_id: user_id.into(),
            headers: ExtraHeaders::default(),
            on_lost_refresh: Ambiguity::Authenticate,
        })
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

    fn post<'a, const N: usize>(&self, to: &Endpoint, members: [(&'a str, &'a str); N]) -> Request {
        let members = members.into_iter().map(|(name, text)| (name, Member::Text(text)));
        self.headers.apply(Request::post(to.clone(), json::CONTENT_TYPE, json::write(members)))
    }
}

impl Dialect for UserKeyLogin {
    fn key(&self) -> Key {
        self.headers.key(Key::new(Self::NAME, &self.base).with("user_id", &self.user_id))
    }

    fn identity(&self) -> Option<Key> {
        Some(Key::new("user-key registration", &self.base).with("user_id", &self.user_id))
    }

    fn next(&self, held: &Held, goal: Goal) -> Result<Exchange, Misuse> {
        match (goal, held) {
            (Goal::Register, Held { user_key: Some(_), .. }) => Err(Misuse::AlreadyRegistered),
            (Goal::Register, _) => Ok(Exchange::register()),
            (Goal::Token, Held { refresh_token: Some(_), .. }) => Ok(Exchange::refresh().on_lost(self.on_lost_refresh)),
            (Goal::Token, Held { user_key: Some(_), .. }) => Ok(Exchange::authenticate()),
            (Goal::Token, _) => Err(Misuse::NotRegistered),
        }
    }

    fn needs(&self, exchange: Exchange) -> &'static [&'static str] {
        match exchange.kind {
            ExchangeKind::Refresh => &[],
            ExchangeKind::Register | ExchangeKind::Authenticate => &[USER_SECRET],
        }
    }

    fn request(&self, exchange: Exchange, held: &Held, secrets: &Secrets, _now: Now) -> Result<Request, Misuse> {
        match exchange.kind {
            ExchangeKind::Register => register::request(self, secrets),
            ExchangeKind::Authenticate => authenticate::request(self, held, secrets),
            ExchangeKind::Refresh => held.needs_refresh_token().map(|token| refresh::request(self, token)),
        }
    }

    fn read(&self, exchange: Exchange, reply: &Reply) -> Result<Gain, Refusal> {
        match exchange.kind {
            ExchangeKind::Register => reading::user_key(reply),
            ExchangeKind::Authenticate | ExchangeKind::Refresh => reading::token(reply, Some(LIFE)),
        }
    }

    fn advice(&self, exchange: Exchange, status: StatusCode, _secrets: &Secrets) -> Option<String> {
        let taken = exchange.kind == ExchangeKind::Register && matches!(status.as_u16(), 400 | 409 | 422);
        let advice = "The user may exist already: then give its user_key, or register another user_id";
        taken.then(|| advice.into())
    }
}
