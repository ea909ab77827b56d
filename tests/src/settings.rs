//! A dialect's settings as vectors write them.

use std::collections::BTreeMap;
use std::str::FromStr;

use hallpass_core::dialect::{Ambiguity, ClientAuth, GrantType, TokenExchange};
use hallpass_core::wire::basic::BasicEncoding;
use serde::Deserialize;

/// A dialect, by the name that profiles use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Name {
    /// Client credentials as JSON.
    Auth0Json,
    /// Client credentials as a Basic header and a form.
    BasicForm,
    /// Username and password as a form.
    PasswordForm,
    /// Register, authenticate, refresh.
    UserKey,
}

impl Name {
    /// The life of a token whose life nobody states, in seconds; `None` is unknown.
    pub fn default_life(self) -> Option<u64> {
        (self == Self::UserKey).then_some(3600)
    }
}

/// One exchange of one dialect, written `basic-form/refresh`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exchange {
    /// The dialect.
    pub dialect: Name,
    /// Which of its exchanges.
    pub kind: Kind,
}

/// What a request is for, as the server sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A registration.
    Register,
    /// A grant for credentials.
    Authenticate,
    /// A grant for a refresh token.
    Refresh,
    /// A call of the API with a bearer token.
    Api,
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::deserialize(serde::de::value::StrDeserializer::<serde::de::value::Error>::new(text))
            .map_err(|error| error.to_string())
    }
}

impl FromStr for Exchange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (dialect, kind) = text.split_once('/').ok_or_else(|| format!("`{text}` is not dialect/exchange"))?;
        let dialect = Name::deserialize(serde::de::value::StrDeserializer::<serde::de::value::Error>::new(dialect))
            .map_err(|error| error.to_string())?;
        Ok(Self { dialect, kind: kind.parse()? })
    }
}

/// A dialect's settings, as a profile would have them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The dialect.
    pub dialect: Name,
    /// The whole URL: the token URL, or the base URL of the user key dialect. Else the mount's base and `path`.
    pub url: Option<String>,
    /// The path of the token URL, or of the base URL of the user key dialect.
    pub path: Option<String>,
    /// `client_id`, `username` or `user_id`, whichever the dialect has.
    pub id: String,
    /// The client of a password login.
    pub client: Option<String>,
    /// `minimal`, `form`, `raw`, `body`, `assertion`, `tls`, `public` or `none`.
    pub auth: Option<Auth>,
    /// The audience.
    pub audience: Option<String>,
    /// The resource.
    pub resource: Option<String>,
    /// The scopes.
    pub scope: Option<String>,
    /// The grant type that a password login states.
    pub grant_type: Option<String>,
    /// What a form login asks with, if not with the client's credentials.
    pub grant: Option<OtherGrantType>,
    /// Extra parameters.
    #[serde(default)]
    pub extra: BTreeMap<String, serde_json::Value>,
    /// Extra headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// What follows a refresh whose answer was lost.
    pub on_lost: Option<OnLost>,
    /// Whether it is the twin of the one in code, described in data. Vectors do not say so: they hold for both.
    #[serde(skip)]
    pub described: bool,
}

/// A grant type of the form dialect that is not the usual one.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum OtherGrantType {
    /// RFC 7523 section 2.1.
    JwtBearer {
        /// Whom it is about.
        subject: Option<String>,
    },
    /// RFC 8693.
    TokenExchange {
        /// The type of the token that is exchanged.
        subject_token_type: String,
        /// The type of the actor's.
        actor_token_type: Option<String>,
        /// The type that is asked for.
        requested_token_type: Option<String>,
    },
}

impl OtherGrantType {
    pub(crate) fn grant_type(&self) -> GrantType {
        match self {
            Self::JwtBearer { subject } => GrantType::JwtBearer { subject: subject.clone(), claims: Vec::new() },
            Self::TokenExchange { subject_token_type, actor_token_type, requested_token_type } => {
                let exchange = TokenExchange::new("alice", subject_token_type);
                let exchange = actor_token_type.iter().fold(exchange, TokenExchange::actor);
                GrantType::TokenExchange(requested_token_type.iter().fold(exchange, TokenExchange::requested))
            }
        }
    }
}

/// How a client proves itself.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Auth {
    /// Basic, escaped minimally.
    Minimal,
    /// Basic, form-urlencoded.
    Form,
    /// Basic, not escaped.
    Raw,
    /// In the body.
    Body,
    /// By a signed assertion.
    Assertion,
    /// By the certificate of its connection.
    Tls,
    /// Not at all, and without its id.
    None,
    /// By its id alone.
    Public,
}

/// What follows a refresh whose answer was lost.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnLost {
    /// Authenticate.
    Authenticate,
    /// Send the same token again, later.
    Resend,
    /// Report it.
    Stop,
}

/// What a login starts with.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holding {
    /// A user key.
    pub user_key: Option<String>,
    /// A refresh token.
    pub refresh_token: Option<String>,
}

impl Auth {
    pub(crate) fn client_auth(self) -> ClientAuth {
        match self {
            Self::Minimal => ClientAuth::Basic(BasicEncoding::Minimal),
            Self::Form => ClientAuth::Basic(BasicEncoding::Form),
            Self::Raw => ClientAuth::Basic(BasicEncoding::Raw),
            Self::Body => ClientAuth::Body,
            Self::Assertion => ClientAuth::Assertion,
            Self::Tls => ClientAuth::Tls,
            Self::Public => ClientAuth::Public,
            Self::None => ClientAuth::None,
        }
    }
}

impl OnLost {
    pub(crate) fn ambiguity(self) -> Ambiguity {
        match self {
            Self::Authenticate => Ambiguity::Authenticate,
            Self::Resend => Ambiguity::Resend,
            Self::Stop => Ambiguity::Stop,
        }
    }
}
