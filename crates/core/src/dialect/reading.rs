//! How a reply is judged, the same for every dialect (RFC 6749 sections 5.1 and 5.2, and what servers were seen to do).

use core::time::Duration;
use std::borrow::Cow;

use http::{StatusCode, header};

use super::{Gain, Granted, Refusal};
use crate::error::Oddity;
use crate::http::{Origin, Reply};
use crate::secret::{AccessToken, RefreshToken, UserKey};
use crate::wire::json::{Object, as_text};
use crate::wire::{challenge, date, jwt, life};

/// Reads a token reply. `default_life` is the dialect's own, for servers that never say.
///
/// ```
/// use core::time::Duration;
/// use hallpass_core::dialect::{Gain, reading};
/// use hallpass_core::{Body, Now, Reply, UtcDateTime};
///
/// let reply = Reply {
///     status: http::StatusCode::OK,
///     headers: http::HeaderMap::new(),
///     body: Body::new(br#"{"access_token":"abc","expires_in":"3600"}"#.to_vec()),
///     cut: false,
///     received: Now { mono: Duration::ZERO, wall: UtcDateTime::UNIX_EPOCH },
/// };
/// let Ok(Gain::Granted(granted)) = reading::token(&reply, None) else { panic!("a token") };
/// assert_eq!(granted.life, Some(Duration::from_secs(3600)));
/// ```
pub fn token(reply: &Reply, default_life: Option<Duration>) -> Result<Gain, Refusal> {
    succeeded(reply, |object| {
        if let Some(raw) = object.raw("token_type")? {
            let kind = as_text(raw).unwrap_or(Cow::Borrowed("no string"));
            if !kind.is_empty() && !kind.eq_ignore_ascii_case("bearer") {
                return Err(Oddity::TokenType(kind.into_owned()));
            }
        }
        let text = needed(object, "access_token")?;
        let access_token = AccessToken::new(&text).ok_or(Oddity::BadCharacters("access_token"))?;
        let stated = object.raw("expires_in")?.and_then(|raw| match as_text(raw) {
            Some(text) => life::seconds(&text),
            None => life::seconds(raw),
        });
        let claimed = if jwt::is_one(&text) { jwt::life(&text, date::reply_date(reply)) } else { None };
        let life = match (stated, claimed) {
            (Some(stated), Some(claimed)) => Some(stated.min(claimed)),
            (stated, claimed) => stated.or(claimed).or(default_life),
        };
        // One with bytes that are no text would come back to the server as something else.
        let whole = |token: &Cow<'_, str>| !token.is_empty() && !token.contains(char::REPLACEMENT_CHARACTER);
        let refresh_token = object.text("refresh_token")?.filter(whole).map(RefreshToken::new);
        Ok(Gain::Granted(Granted { access_token, refresh_token, life }))
    })
}

/// Reads a registration's reply (seed 003).
pub fn user_key(reply: &Reply) -> Result<Gain, Refusal> {
    succeeded(reply, |object| {
        // It comes only once, so a key that is a number is better kept than lost.
        let key = object
            .raw("user_key")?
            .filter(|raw| !matches!(*raw, "true" | "false"))
            .and_then(scalar)
            .ok_or(Oddity::Missing("user_key"))?;
        Ok(Gain::UserKey(UserKey::new(key)))
    })
}

fn needed<'a>(object: &Object<'a>, name: &'static str) -> Result<Cow<'a, str>, Oddity> {
    object.text(name)?.filter(|text| !text.is_empty()).ok_or(Oddity::Missing(name))
}

/// Reads the object of a 2xx reply, and refuses every other reply for what it is.
fn succeeded(reply: &Reply, read: impl FnOnce(&Object<'_>) -> Result<Gain, Oddity>) -> Result<Gain, Refusal> {
    let malformed = |oddity| Refusal::malformed(reply.status, oddity);
    match reply.status.as_u16() {
        200..=299 => {}
        300..=399 => return Err(malformed(redirect(reply))),
        408 | 425 | 429 | 500..=599 => {
            let (code, text) = said(reply);
            return Err(Refusal::passing(reply.status, date::retry_after(reply), code, text));
        }
        400..=499 => {
            let (code, text) = said(reply);
            return Err(Refusal::denied(reply.status, code, text));
        }
        _ => return Err(malformed(Oddity::Status)),
    }
    if reply.cut {
        return Err(malformed(Oddity::TooLarge));
    }
    if let Some(coding) = coding(reply) {
        return Err(malformed(Oddity::Encoded(coding.to_owned())));
    }
    let text = text_of(reply);
    let object = Object::parse(&text).map_err(malformed)?;
    // GitHub answers refusals with 200.
    let error = object.raw("error").map_err(malformed)?;
    if error.is_some_and(|raw| !says_none(raw)) {
        let (code, text) = said_in(&object);
        return Err(Refusal::denied(reply.status, code, text));
    }
    read(&object).map_err(malformed)
}

/// `"error": 0` and the like mean "no error" at some servers.
fn says_none(raw: &str) -> bool {
    match raw.as_bytes() {
        [b'{' | b'[', inner @ .., _] => inner.trim_ascii().is_empty(),
        _ => matches!(raw, "false" | "\"\"") || raw.parse() == Ok(0.0),
    }
}

/// The body as text; bytes that are none are replaced, since the members that matter may be whole.
fn text_of(reply: &Reply) -> Cow<'_, str> {
    let bytes = reply.body.expose();
    // Far quicker than the lossy reading, which is rarely needed.
    core::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// A content coding other than `identity`.
fn coding(reply: &Reply) -> Option<&str> {
    let coding = reply.headers.get(header::CONTENT_ENCODING)?.to_str().unwrap_or("unreadable").trim();
    (!coding.is_empty() && !coding.eq_ignore_ascii_case("identity")).then_some(coding)
}

fn redirect(reply: &Reply) -> Oddity {
    let to = reply.header(header::LOCATION);
    match reply.status {
        StatusCode::NOT_MODIFIED => Oddity::Status,
        // A path that the server made up may hold anything; the origin is what tells where it wanted us.
        _ => Oddity::Redirect(to.and_then(|to| Origin::parse(to).ok()).map(|origin| origin.to_string())),
    }
}

/// Code and text of a refusal, from the body in any of its shapes, or from the challenge.
fn said(reply: &Reply) -> (Option<String>, Option<String>) {
    let text = text_of(reply);
    let (mut code, mut words) = match Object::parse(&text) {
        _ if coding(reply).is_some() => (None, None),
        Ok(object) => said_in(&object),
        Err(Oddity::Html) => (None, Some("an HTML page".to_owned())),
        Err(Oddity::Empty) => (None, None),
        Err(_) if reply.cut => (None, None),
        Err(_) => (None, as_text(text.trim()).map(Cow::into_owned).or_else(|| plain(&text))),
    };
    for challenge in challenge::of(&reply.headers) {
        code = code.or_else(|| challenge.param("error").map(str::to_owned));
        words = words.or_else(|| challenge.param("error_description").map(str::to_owned));
    }
    (code, words)
}

/// Bare text, as some servers answer; not JSON that we could not read.
fn plain(text: &str) -> Option<String> {
    let begins = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    (!begins.starts_with(['{', '['])).then(|| text.to_owned())
}

/// Where the text of a refusal stands, best first.
const TEXTS: [&str; 6] = ["error_description", "description", "detail", "message", "error_message", "title"];

/// Where servers put the code and the text of a refusal.
fn said_in(object: &Object<'_>) -> (Option<String>, Option<String>) {
    let words = |object: &Object<'_>, names: &[&'static str]| {
        names.iter().find_map(|name| scalar(object.raw(name).ok().flatten()?))
    };
    let error = object.raw("error").ok().flatten();
    let nested = error.and_then(|raw| Object::parse(raw).ok());
    let code = match &nested {
        Some(nested) => words(nested, &["code", "error", "type", "status"]),
        None => error.and_then(scalar),
    };
    let code = code.or_else(|| words(object, &["code", "error_code"]));
    let text = words(object, &TEXTS)
        .or_else(|| nested.as_ref().and_then(|nested| words(nested, &TEXTS)))
        .or_else(|| first_field(object));
    (code, text)
}

/// `{field: [text]}`, as form validators answer.
fn first_field(object: &Object<'_>) -> Option<String> {
    object.members().find_map(|(name, raw)| {
        let list: Vec<String> = serde_json::from_str(raw).ok()?;
        Some(format!("{name}: {}", list.first()?))
    })
}

/// A string's content, or a number or a word as it is written.
fn scalar(raw: &str) -> Option<String> {
    match raw.as_bytes().first()? {
        b'"' => as_text(raw).filter(|text| !text.is_empty()).map(Cow::into_owned),
        b'{' | b'[' | b'n' => None,
        _ => Some(raw.to_owned()),
    }
}
