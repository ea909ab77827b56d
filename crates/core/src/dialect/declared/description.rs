//! What a user says of a dialect, as data.

use core::time::Duration;

use http::{HeaderName, Method};

use super::source::{Ids, Source};
use super::{Ambiguity, Exchange, ExchangeKind, Key, Places, Spends};
use crate::access_token::SendAs;
use crate::error::Misuse;
use crate::http::Endpoint;
use crate::wire::basic::BasicEncoding;
use crate::wire::pointer::{BadPointer, Pointer};

/// A dialect in data: up to three exchanges, who logs in, and how the API wants its token.
#[derive(Debug, Clone, Default)]
pub struct Description {
    /// How a user is made known to the server.
    pub register: Option<Described>,
    /// How credentials become a token.
    pub authenticate: Option<Described>,
    /// How a refresh token becomes a token. Without it, refresh tokens are not kept.
    pub refresh: Option<Described>,
    /// Who logs in.
    pub ids: Ids,
    /// How the API wants the access token.
    pub send_as: SendAs,
}

impl Description {
    /// One of its steps.
    pub fn step(&self, kind: ExchangeKind) -> Option<&Described> {
        match kind {
            ExchangeKind::Register => self.register.as_ref(),
            ExchangeKind::Authenticate => self.authenticate.as_ref(),
            ExchangeKind::Refresh => self.refresh.as_ref(),
        }
    }

    /// One of its steps as an exchange.
    pub(super) fn exchange(&self, kind: ExchangeKind) -> Option<Exchange> {
        let step = self.step(kind)?;
        let usual = match kind {
            ExchangeKind::Register => Exchange::register(),
            ExchangeKind::Authenticate => Exchange::authenticate(),
            ExchangeKind::Refresh => Exchange::refresh(),
        };
        let spends = step.spends.unwrap_or(usual.spends);
        let usually = match spends {
            Spends::Nothing => Ambiguity::Repeat,
            Spends::RefreshToken if self.authenticate.is_none() => Ambiguity::Stop,
            Spends::RefreshToken | Spends::Registration => usual.ambiguity,
        };
        Some(Exchange { kind, spends, ambiguity: step.on_lost.unwrap_or(usually) })
    }
}

/// One exchange: what is sent where, and where the reply has what.
#[derive(Debug, Clone)]
pub struct Described {
    /// Where it goes.
    pub endpoint: Endpoint,
    /// The method.
    pub method: Method,
    /// What the body is.
    pub body: BodyFormat,
    /// What is sent, in its order.
    pub parts: Vec<Part>,
    /// An id and a secret in a Basic header.
    pub basic: Option<BasicPair>,
    /// That a credential may stand in the URL, where servers and proxies log it.
    pub leaks_in_url: bool,
    /// Where the reply has what.
    pub reply: Places,
    /// How long a token lives if nothing in the reply says so.
    pub default_life: Option<Duration>,
    /// What is used up by sending; by default what such a step usually spends.
    pub spends: Option<Spends>,
    /// What follows a lost answer; by default what suits such a step.
    pub on_lost: Option<Ambiguity>,
    /// What to try when the server refuses it.
    pub advice: Option<String>,
}

impl Described {
    /// A POST without content whose reply is read as RFC 6749 has it.
    pub fn post(endpoint: Endpoint) -> Self {
        Self {
            endpoint,
            method: Method::POST,
            body: BodyFormat::None,
            parts: Vec::new(),
            basic: None,
            leaks_in_url: false,
            reply: Places::default(),
            default_life: None,
            spends: None,
            on_lost: None,
            advice: None,
        }
    }

    /// Every source that it uses, as often as it does.
    pub fn sources(&self) -> impl Iterator<Item = Source> {
        let parts = self.parts.iter().filter_map(|part| part.text.source());
        parts.chain(self.basic.iter().flat_map(|basic| [basic.id, basic.secret]))
    }

    /// Where it sends what comes from a source; the first of several places, and none in a Basic header.
    pub fn place_of(&self, source: Source) -> Option<&Place> {
        self.parts.iter().find(|part| part.text.source() == Some(source)).map(|part| &part.place)
    }

    /// The names of the secrets that it needs.
    pub(super) fn secrets(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self.sources().filter(|source| source.is_secret()).map(Source::name).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The key with what this step says beside ids and secrets, and with which of a reply's tokens it takes.
    pub(super) fn key(&self, kind: ExchangeKind, key: Key) -> Key {
        let name = kind.name();
        let key = key
            .with(format!("{name} url"), self.endpoint.to_url())
            .with(format!("{name} method"), self.method.as_str());
        let taken = &self.reply.access_token;
        let usual = *taken == Places::default().access_token;
        let key = if usual { key } else { key.with(format!("{name} takes"), taken.to_string()) };
        self.parts.iter().fold(key, |key, part| match &part.text {
            Text::Fixed(value) => key.with(format!("{name} {}", part.place), value.to_string()),
            Text::After(scheme, _) => key.with(format!("{name} {}", part.place), scheme),
            Text::From(_) => key,
        })
    }
}

/// What a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BodyFormat {
    /// An object (RFC 8259).
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// There is none.
    None,
}

/// A value and the place where it goes.
#[derive(Debug, Clone)]
pub struct Part {
    /// Where it goes.
    pub place: Place,
    /// What it is.
    pub text: Text,
}

impl Part {
    /// A member of the body: a name, or a JSON pointer such as `/user/email`.
    pub fn body(name: &str, text: Text) -> Result<Self, BadPointer> {
        let place = if name.starts_with('/') { Pointer::parse(name)? } else { Pointer::named(name) };
        Ok(Self { place: Place::Body(place), text })
    }

    /// A header.
    pub fn header(name: &str, text: Text) -> Result<Self, Misuse> {
        let bad =
            |_| Misuse::Value { what: format!("header {}", name.escape_debug()), why: "this is no header name".into() };
        Ok(Self { place: Place::Header(HeaderName::try_from(name).map_err(bad)?), text })
    }
}

/// Where a value goes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// Into the body.
    Body(Pointer),
    /// Into a header.
    Header(HeaderName),
    /// Into the URL's query.
    Query(String),
}

impl core::fmt::Display for Place {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Body(pointer) => write!(f, "body {pointer}"),
            Self::Header(name) => write!(f, "header {name}"),
            Self::Query(name) => write!(f, "query {name}"),
        }
    }
}

/// What is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Text {
    /// The same each time, and no secret. Anything but a string needs a JSON body.
    Fixed(serde_json::Value),
    /// An id, a secret, or what the login holds.
    From(Source),
    /// The same in a header, after a scheme (RFC 9110 section 11.1).
    After(String, Source),
}

impl Text {
    /// Where it comes from, if it is not fixed.
    pub fn source(&self) -> Option<Source> {
        match self {
            Self::Fixed(_) => None,
            Self::From(source) | Self::After(_, source) => Some(*source),
        }
    }
}

/// An id and a secret that go into `Authorization: Basic` (RFC 7617).
#[derive(Debug, Clone, Copy)]
pub struct BasicPair {
    /// Before the colon.
    pub id: Source,
    /// After it.
    pub secret: Source,
    /// How both are escaped.
    pub encoding: BasicEncoding,
}
