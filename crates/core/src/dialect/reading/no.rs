//! What says no, and in which way.

use core::time::Duration;

use http::{StatusCode, header};

use super::Refusal;
use super::said::text_of;
use crate::dialect::refusal::Page;
use crate::error::Oddity;
use crate::http::{Origin, Reply};
use crate::wire::json::{Object, member_text};
use crate::wire::{date, life};

/// How long a server is left alone that says no more than that it is asked too often. Who counts requests counts by the minute.
const TOO_MANY: Duration = Duration::from_mins(1);

/// The server said no, unless it says that it could not look, or not so often (the codes are those of RFC 6749 section 4.1.2.1
/// and RFC 8628 section 3.5).
pub(super) fn denied(reply: &Reply, (code, text): (Option<String>, Option<String>)) -> Refusal {
    let wait = date::retry_after(reply);
    if is_of_too_many(reply.status, code.as_deref(), text.as_deref()) {
        return Refusal::passing(reply.status, wait.or(Some(TOO_MANY)), code, text);
    }
    if code.as_deref().is_some_and(|code| code.eq_ignore_ascii_case("temporarily_unavailable")) {
        return Refusal::passing(reply.status, wait, code, text);
    }
    Refusal::denied(reply.status, code, text).on_a_page(page(reply))
}

/// Whether so many requests are too many for now. With another status it may be of something else, such as a wrong password that
/// was tried too often; and what a code of RFC 6749 section 5.2 says holds.
fn is_of_too_many(status: StatusCode, code: Option<&str>, text: Option<&str>) -> bool {
    let lower = |said: Option<&str>| said.unwrap_or_default().to_ascii_lowercase();
    let (code, text) = (lower(code).replace('_', " "), lower(text));
    let has = |said: &str, words: &[&str]| words.iter().any(|word| said.contains(word));
    let by_code = has(&code, &["rate limit", "ratelimit", "too many requests", "toomanyrequests", "slow down"]);
    let is_final = ["invalid", "unauthorized client", "unsupported"].iter().any(|word| code.starts_with(word));
    let by_text = !is_final && has(&text, &["rate limit", "too many requests"]);
    matches!(status.as_u16(), 200..=299 | 400) && (by_code || by_text)
}

/// Whether what brings nothing says no in one of the ways that are not `error`: `"success": false`, or the code of `WeChat`, where
/// a negative one is of a busy server.
pub(super) fn says_no(object: &Object<'_>) -> bool {
    let raw = |name| object.raw(name).ok().flatten();
    let code = raw("errcode").and_then(|raw| life::number(member_text(raw).as_deref().unwrap_or(raw)));
    raw("success").or_else(|| raw("ok")) == Some("false") || code.is_some_and(|code| code > 0.0)
}

fn page(reply: &Reply) -> Option<Page> {
    Object::parse(&text_of(reply)).err().map(|oddity| if oddity == Oddity::Html { Page::Html } else { Page::Bare })
}

/// `"error": 0` and the like mean "no error" at some servers.
pub(super) fn says_none(raw: &str) -> bool {
    match raw.as_bytes() {
        [b'{' | b'[', inner @ .., _] => inner.trim_ascii().is_empty(),
        _ => matches!(raw, "false" | "\"\"") || raw.parse() == Ok(0.0),
    }
}

/// Why a body that is no JSON cannot be read: it has a content coding. One that is has none, whatever its header says: some
/// servers put the charset there.
pub(super) fn packed(reply: &Reply) -> Option<Oddity> {
    let coding = reply.headers.get(header::CONTENT_ENCODING)?.to_str().unwrap_or("unreadable").trim();
    (!coding.is_empty() && !coding.eq_ignore_ascii_case("identity")).then(|| Oddity::Encoded(coding.to_owned()))
}

pub(super) fn redirect(reply: &Reply) -> Oddity {
    let to = reply.header(header::LOCATION);
    match reply.status {
        StatusCode::NOT_MODIFIED => Oddity::Status,
        // A path that the server made up may hold anything; the origin is what tells where it wanted us.
        _ => Oddity::Redirect(to.and_then(|to| Origin::parse(to).ok()).map(|origin| origin.to_string())),
    }
}
