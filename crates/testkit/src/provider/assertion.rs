//! Clients that sign (RFC 7523): what an assertion claims is checked here; whose signature it bears, by whoever knows keys.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{Request, StatusCode, header};
use serde_json::Value;
use time::UtcDateTime;

use super::Provider;
use super::body::{Form, invalid_request};
use super::bounded::Bounded;
use super::client::{self, Known};
use super::reply::{Reply, oauth_error};

/// Whether a JWT bears the signature of the key whose public half is given.
pub type VerifySignature = fn(jwt: &str, public_key: &str) -> bool;

/// The longest that an assertion may be good for.
const LONGEST: i64 = 300;

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What is known of assertions: who verifies them, and which were used.
#[derive(Debug, Clone)]
pub(super) struct Assertions {
    pub(super) verify: Option<VerifySignature>,
    used: Bounded<String, ()>,
}

impl Assertions {
    pub(super) fn new(remember: usize) -> Self {
        Self { verify: None, used: Bounded::new(remember) }
    }
}

/// Who is asking, by any of the ways of RFC 6749 2.3 and RFC 7523 2.2. `None` if the request names no client at all.
pub(super) fn client(
    provider: &mut Provider,
    now: UtcDateTime,
    request: &Request<Vec<u8>>,
    form: &Form,
) -> Result<Option<Known>, Reply> {
    let Some(assertion) = form.get("client_assertion") else {
        return client::authenticate(&provider.config, request.headers(), form);
    };
    if request.headers().contains_key(header::AUTHORIZATION) || form.get("client_secret").is_some() {
        return Err(invalid_request("the client authenticated in more than one way"));
    }
    if form.required("client_assertion_type")? != JWT_BEARER {
        return Err(invalid_request("another client_assertion_type"));
    }
    let refused = |why| oauth_error(StatusCode::UNAUTHORIZED, "invalid_client", why);
    let Asserted { issuer: id, subject } = check(provider, now, request, assertion).map_err(refused)?;
    if subject != id {
        return Err(refused("it speaks of somebody else"));
    }
    if form.get("client_id").is_some_and(|other| other != id) {
        return Err(refused("the client_id is not the assertion's subject"));
    }
    Ok(Some(Known { id, confidential: true }))
}

/// Who says something, and of whom.
pub(super) struct Asserted {
    pub(super) issuer: String,
    pub(super) subject: String,
}

/// What an assertion says, if it holds: issued by a client, for this server, now, and for the first time.
pub(super) fn check(
    provider: &mut Provider,
    now: UtcDateTime,
    request: &Request<Vec<u8>>,
    assertion: &str,
) -> Result<Asserted, &'static str> {
    let claims = claims(assertion).ok_or("this is no JWT")?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let (issuer, subject) = (text("iss").ok_or("no iss")?, text("sub").ok_or("no sub")?);
    let client = provider.config.clients.iter().find(|client| client.id == issuer).ok_or("an unknown issuer")?;
    let key = client.public_key.as_deref().ok_or("this client does not sign")?;
    let verify = provider.assertions.verify.ok_or("nobody here can verify")?;
    if !verify(assertion, key) {
        return Err("the signature does not hold");
    }
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let here = |scheme: &str| format!("{scheme}://{host}{}", request.uri().path());
    let audience = text("aud").ok_or("no aud")?;
    if audience != here("https") && audience != here("http") && provider.config.issuer.as_deref() != Some(audience) {
        return Err("it is for another audience");
    }
    let seconds = now.unix_timestamp();
    let ends = claims.get("exp").and_then(Value::as_i64).ok_or("no exp")?;
    if ends <= seconds || ends > seconds.saturating_add(LONGEST) {
        return Err("it has ended, or is good for too long");
    }
    let name = format!("{issuer} {}", text("jti").ok_or("no jti")?);
    let asserted = Asserted { issuer: issuer.to_owned(), subject: subject.to_owned() };
    match provider.assertions.used.insert(name, ()) {
        None => Ok(asserted),
        Some(()) => Err("it was used before"),
    }
}

fn claims(jwt: &str) -> Option<serde_json::Map<String, Value>> {
    let payload = jwt.split('.').nth(1)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}
