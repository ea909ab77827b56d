//! What a form login asks for a token with.

use hallpass_core::dialect::{GrantType, TokenExchange};
use hallpass_core::secret::{ACTOR_TOKEN, ASSERTION, SUBJECT_TOKEN};
use toml::de::DeValue;

use super::client::PRIVATE_KEY;
use super::login::json;
use crate::reader::{At, Reader, text};
use crate::value::Value;

/// A grant, and what it needs beside the client.
pub(crate) struct GrantSpec {
    pub(crate) kind: GrantType,
    /// By the names that they are asked for by.
    pub(crate) secrets: Vec<(&'static str, At<Value>)>,
    pub(crate) subject: Option<String>,
    /// What a signed assertion says beside.
    pub(crate) claims: Vec<At<(String, serde_json::Value)>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    ClientCredentials,
    JwtBearer,
    TokenExchange,
    RefreshToken,
}

const WAYS: &[(&str, Way)] = &[
    ("client-credentials", Way::ClientCredentials),
    ("jwt-bearer", Way::JwtBearer),
    ("token-exchange", Way::TokenExchange),
    ("refresh-token", Way::RefreshToken),
];

const OF_EXCHANGE: [&str; 5] =
    [SUBJECT_TOKEN, "subject_token_type", ACTOR_TOKEN, "actor_token_type", "requested_token_type"];

impl Way {
    /// Nothing where nobody knows which one is meant: what it needs cannot be said then.
    pub(crate) fn read(reader: &mut Reader<'_, '_>) -> Option<Self> {
        let chosen = reader.choice("grant", WAYS).map(|at| at.value);
        if reader.has("grant") { chosen } else { Some(Self::ClientCredentials) }
    }
}

impl GrantSpec {
    /// Every key is read before the first `?`, so that each mistake is found.
    pub(crate) fn read(reader: &mut Reader<'_, '_>, way: Option<Way>) -> Option<Self> {
        let subject = reader.text("subject").map(|at| at.value);
        let claims = reader.entries("claims", json);
        let assertion = reader.value(ASSERTION);
        let [subject_token, actor_token] = [SUBJECT_TOKEN, ACTOR_TOKEN].map(|key| reader.value(key));
        let kinds = ["subject_token_type", "actor_token_type", "requested_token_type"];
        let [subject_type, actor_type, requested_type] = kinds.map(|key| reader.read(key, token_type));
        let way = way?;
        strangers(reader, way);
        let (grant_type, secrets) = match way {
            Way::ClientCredentials => (GrantType::ClientCredentials, Vec::new()),
            Way::JwtBearer => {
                if !reader.has(ASSERTION) && !reader.has(PRIVATE_KEY) {
                    reader.fail(reader.line, "`private_key` is missing, or a ready `assertion`");
                }
                // A ready one does not say here whom it is about, and nobody is to be handed another's token.
                if reader.has(ASSERTION) {
                    reader.needed("subject", subject.clone());
                    reader.fail_at(
                        "claims",
                        "stand in a signed assertion only: leave them out, or the ready `assertion`",
                    );
                }
                let said = claims.iter().map(|at| (at.value.0.clone(), at.value.1.to_string())).collect();
                let grant_type = GrantType::JwtBearer { subject: subject.clone(), claims: said };
                (grant_type, assertion.map(|at| (ASSERTION, at)).into_iter().collect())
            }
            Way::RefreshToken => {
                let subject = reader.needed("subject", subject.clone())?;
                (GrantType::RefreshToken { subject }, Vec::new())
            }
            Way::TokenExchange => {
                let whose = reader.needed("subject", subject.clone());
                let subject_token = reader.needed(SUBJECT_TOKEN, subject_token);
                let subject_type = reader.needed("subject_token_type", subject_type);
                if reader.has(ACTOR_TOKEN) != reader.has("actor_token_type") {
                    reader.fail(reader.line, "`actor_token` and `actor_token_type` go together: give both or neither");
                }
                let exchange = TokenExchange::new(whose?, subject_type?.value);
                let exchange = actor_type.into_iter().map(|at| at.value).fold(exchange, TokenExchange::actor);
                let exchange = requested_type.into_iter().map(|at| at.value).fold(exchange, TokenExchange::requested);
                let actor = actor_token.map(|at| (ACTOR_TOKEN, at));
                (
                    GrantType::TokenExchange(exchange),
                    [(SUBJECT_TOKEN, subject_token?)].into_iter().chain(actor).collect(),
                )
            }
        };
        Some(Self { kind: grant_type, secrets, subject, claims })
    }
}

/// Settings of another grant than the chosen one.
fn strangers(reader: &mut Reader<'_, '_>, way: Way) {
    let mut belong = |keys: &[&str], to: &str| {
        for key in keys {
            reader.fail_at(key, &format!("belongs to grant = \"{to}\": leave it out, or change `grant`"));
        }
    };
    if way != Way::TokenExchange {
        belong(&OF_EXCHANGE, "token-exchange");
    }
    if way != Way::JwtBearer {
        belong(&[ASSERTION, "claims"], "jwt-bearer");
    }
    if way == Way::ClientCredentials {
        belong(&["subject"], "jwt-bearer");
    }
}

/// A URI, or one of the names of RFC 8693 section 3.
fn token_type(value: &DeValue<'_>) -> Result<String, String> {
    const NAMES: [&str; 6] = ["access_token", "refresh_token", "id_token", "saml1", "saml2", "jwt"];
    let kind = text(value)?;
    match kind.as_str() {
        name if NAMES.contains(&name) => Ok(format!("urn:ietf:params:oauth:token-type:{name}")),
        uri if uri.contains(':') => Ok(kind),
        _ => Err(format!("must be a URI, or one of {}", NAMES.join(", "))),
    }
}
