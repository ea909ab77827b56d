//! Declared: a dialect that its user describes, interpreted.

mod check;
mod description;
mod request;
mod source;

use http::StatusCode;

pub use check::Flaw;
pub use description::{BasicPair, BodyFormat, Described, Description, Part, Place, Text};
pub use source::{Ids, Source};

use super::client_auth::{ClientAuth, basic_advice};
use super::reading::Places;
use super::{Ambiguity, Dialect, Exchange, ExchangeKind, Gain, Goal, Held, Key, Refusal, Spends};
use crate::access_token::SendAs;
use crate::error::Misuse;
use crate::http::{Reply, Request};
use crate::secret::Secrets;
use crate::time::Now;

/// A dialect made of a [`Description`].
///
/// ```
/// use hallpass_core::dialect::declared::{BodyFormat, Declared, Described, Description, Ids, Part, Source, Text};
/// use hallpass_core::dialect::{Dialect, Goal, Held};
/// use hallpass_core::{Endpoint, Now, Secrets, SendAs, UtcDateTime, secret};
///
/// let login = Described {
///     body: BodyFormat::Json,
///     parts: vec![
///         Part::body("/user/email", Text::From(Source::Username))?,
///         Part::body("/user/password", Text::From(Source::Password))?,
///     ],
///     ..Described::post(Endpoint::parse("https://tracker.example.com/sessions")?)
/// };
/// let description = Description {
///     authenticate: Some(login),
///     ids: Ids { username: Some("me@example.com".into()), ..Ids::default() },
///     send_as: SendAs::new("Authorization", "Token")?,
///     ..Description::default()
/// };
/// let dialect = Declared::new(description)?;
///
/// let exchange = dialect.next(&Held::default(), Goal::Token)?;
/// assert_eq!(dialect.needs(exchange), [secret::PASSWORD]);
/// let now = Now { mono: core::time::Duration::ZERO, wall: UtcDateTime::UNIX_EPOCH };
/// let request = dialect.request(exchange, &Held::default(), &Secrets::one(secret::PASSWORD, "p"), now)?;
/// assert_eq!(request.body.expose(), br#"{"user":{"email":"me@example.com","password":"p"}}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Declared {
    description: Description,
    /// What each step needs, in the order of [`ExchangeKind::ALL`].
    needs: [Vec<&'static str>; 3],
}

impl Declared {
    /// The name that profiles use.
    pub const NAME: &str = "declared";

    /// Takes a description, or says what cannot work in it.
    pub fn new(description: Description) -> Result<Self, Flaw> {
        check::check(&description)?;
        let needs = ExchangeKind::ALL.map(|kind| description.step(kind).map(Described::secrets).unwrap_or_default());
        Ok(Self { description, needs })
    }

    fn uses(&self, kind: ExchangeKind, source: Source) -> bool {
        self.description.step(kind).is_some_and(|step| step.sources().any(|known| known == source))
    }
}

impl Dialect for Declared {
    fn key(&self) -> Key {
        let Description { authenticate, refresh, send_as, .. } = &self.description;
        let url = authenticate.as_ref().or(refresh.as_ref()).expect("checked: a token can be had").endpoint.clone();
        let key =
            Key::new(Self::NAME, &url).with("sent in", send_as.header().as_str()).with("sent as", send_as.scheme());
        let key = self.description.ids.key(key);
        [ExchangeKind::Authenticate, ExchangeKind::Refresh]
            .into_iter()
            .fold(key, |key, kind| self.description.step(kind).map_or(key.clone(), |step| step.key(kind, key)))
    }

    fn identity(&self) -> Option<Key> {
        let Description { register, authenticate, ids, .. } = &self.description;
        let keyed =
            self.uses(ExchangeKind::Authenticate, Source::UserKey) || self.uses(ExchangeKind::Refresh, Source::UserKey);
        let step = register.as_ref().or(authenticate.as_ref().filter(|_| keyed))?;
        Some(ids.key(Key::new("declared registration", &step.endpoint)))
    }

    fn next(&self, held: &Held, goal: Goal) -> Result<Exchange, Misuse> {
        if goal == Goal::Register {
            let none = || Misuse::NoRegistration { dialect: Self::NAME.into() };
            let exchange = self.description.exchange(ExchangeKind::Register).ok_or_else(none)?;
            return if held.user_key.is_some() { Err(Misuse::AlreadyRegistered) } else { Ok(exchange) };
        }
        let refresh = self.description.exchange(ExchangeKind::Refresh).filter(|_| held.refresh_token.is_some());
        let authenticate = || self.description.exchange(ExchangeKind::Authenticate);
        let exchange = refresh.or_else(authenticate).ok_or_else(Misuse::no_refresh_token)?;
        if held.user_key.is_none() && self.uses(exchange.kind, Source::UserKey) {
            return Err(Misuse::NotRegistered);
        }
        Ok(exchange)
    }

    fn needs(&self, exchange: Exchange) -> &[&'static str] {
        match exchange.kind {
            ExchangeKind::Register => &self.needs[0],
            ExchangeKind::Authenticate => &self.needs[1],
            ExchangeKind::Refresh => &self.needs[2],
        }
    }

    fn request(&self, exchange: Exchange, held: &Held, secrets: &Secrets, _now: Now) -> Result<Request, Misuse> {
        let none = || Misuse::NoRegistration { dialect: Self::NAME.into() };
        let step = self.description.step(exchange.kind).ok_or_else(none)?;
        request::request(step, &request::Values { ids: &self.description.ids, held, secrets })
    }

    fn read(&self, exchange: Exchange, reply: &Reply) -> Result<Gain, Refusal> {
        let standard = Places::default();
        let step = self.description.step(exchange.kind);
        let places = step.map_or(&standard, |step| &step.reply);
        if exchange.kind == ExchangeKind::Register {
            return places.user_key(reply);
        }
        let mut gain = places.token(reply, &self.description.send_as, step.and_then(|step| step.default_life))?;
        if let (Gain::Granted(granted), None) = (&mut gain, &self.description.refresh) {
            // Nobody said how to use one.
            granted.refresh_token = None;
        }
        Ok(gain)
    }

    fn send_as(&self) -> SendAs {
        self.description.send_as.clone()
    }

    fn advice(&self, exchange: Exchange, status: StatusCode, secrets: &Secrets) -> Option<String> {
        let step = self.description.step(exchange.kind)?;
        let nothing = Held::default();
        let values = request::Values { ids: &self.description.ids, held: &nothing, secrets };
        let basic = step.basic.as_ref().and_then(|pair| {
            let secret = secrets.get(pair.secret.name())?;
            basic_advice("basic.encoding", values.get(pair.id).ok()?, secret, pair.encoding, status)
        });
        // Of the others it is known what they mean, whatever the API.
        let theirs = matches!(status.as_u16(), 400 | 401 | 403 | 409 | 422);
        let signs = self.uses(exchange.kind, Source::ClientAssertion);
        let signed = || ClientAuth::Assertion.advice("", status, secrets).filter(|_| signs);
        basic.or_else(|| step.advice.clone().filter(|_| theirs)).or_else(signed)
    }
}
