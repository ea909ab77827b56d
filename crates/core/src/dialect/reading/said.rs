//! What a refusal says, in any of the shapes that servers use.

use std::borrow::Cow;

use http::StatusCode;
use serde_json::value::RawValue;

use super::no::packed;
use super::places::Places;
use crate::error::Oddity;
use crate::http::Reply;
use crate::wire::challenge;
use crate::wire::json::{Object, as_text};
use crate::wire::pointer::Pointer;

/// Code and text of a refusal, from the body in any of its shapes, or from the challenge.
pub(super) fn said(places: &Places, reply: &Reply) -> (Option<String>, Option<String>) {
    let text = text_of(reply);
    let (mut code, mut words) = match Object::parse(&text) {
        Ok(object) => said_in(places, reply.status, &object),
        Err(_) if packed(reply).is_some() => (None, None),
        Err(Oddity::Html) => (None, Some("an HTML page".to_owned())),
        Err(Oddity::Empty) => (None, None),
        Err(_) if reply.cut => (None, None),
        Err(_) => (None, as_text(text.trim()).map(Cow::into_owned).or_else(|| plain(&text))),
    };
    for challenge in challenge::of(&reply.headers) {
        // Whatever says more than the status does.
        if code.as_deref().is_none_or(|code| code == reply.status.as_str()) {
            code = challenge.param("error").map(str::to_owned).or(code);
        }
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
const TEXTS: [&str; 14] = [
    "error_description",
    "description",
    "detail",
    "message",
    "error_message",
    "errorMessage",
    "errorSummary",
    "faultstring",
    "reason",
    "msg",
    "errmsg",
    "title",
    "details",
    "Message",
];

/// Where its code does.
const CODES: [&str; 5] = ["code", "error_code", "errorCode", "errcode", "ErrorCode"];

/// Where it does within an error that is an object.
const CODES_WITHIN: [&str; 5] = ["code", "error", "type", "errorType", "status"];

/// Whether the text of a member is about what happened, and not what was given.
pub(crate) fn is_said(member: &str) -> bool {
    ["error", "token_type"].contains(&member)
        || [&TEXTS[..], &CODES, &CODES_WITHIN].iter().any(|names| names.contains(&member))
}

/// Where all of it may stand, in an object or in the first of a list of them.
const WITHIN: [&str; 4] = ["error", "errors", "fault", DETAIL];

/// What says only which part of the request is wrong: its code is none of the refusal's.
const DETAIL: &str = "detail";

/// Where servers put the code and the text of a refusal.
pub(super) fn said_in(places: &Places, status: StatusCode, object: &Object<'_>) -> (Option<String>, Option<String>) {
    let words = |object: &Object<'_>, names: &[&'static str]| {
        names.iter().find_map(|name| scalar(object.raw(name).ok().flatten()?))
    };
    let nested = WITHIN.iter().find_map(|name| Some((*name, first_object(object.raw(name).ok().flatten()?)?)));
    let told = nested.as_ref().filter(|(name, _)| *name != DETAIL);
    // The status once more, which Google's APIs have before their code, says least.
    let telling = |object: &Object<'_>, names: &[&'static str]| {
        let mut codes = names.iter().filter_map(|name| scalar(object.raw(name).ok().flatten()?));
        codes.find(|code| code != status.as_str())
    };
    let code = words(object, &["error"])
        .or_else(|| telling(&told?.1, &CODES_WITHIN))
        .or_else(|| telling(object, &CODES))
        .or_else(|| words(object, &CODES))
        .or_else(|| words(&told?.1, &CODES_WITHIN));
    let described = |place: &Option<Pointer>| scalar(place.as_ref()?.find(object).ok().flatten()?);
    let code = described(&places.error).or(code);
    let text = described(&places.error_text)
        .or_else(|| words(object, &TEXTS))
        .or_else(|| words(&nested.as_ref()?.1, &TEXTS))
        .or_else(|| first_field(object));
    (code, text)
}

/// An object, or the first in a list of them.
fn first_object(raw: &str) -> Option<Object<'_>> {
    let list = || serde_json::from_str::<Vec<&RawValue>>(raw).ok()?.first().map(|first| first.get());
    Object::parse(raw).ok().or_else(|| Object::parse(list()?).ok())
}

/// `{field: [text]}`, as form validators answer.
fn first_field(object: &Object<'_>) -> Option<String> {
    object.members().find_map(|(name, raw)| {
        let list: Vec<String> = serde_json::from_str(raw).ok()?;
        Some(format!("{name}: {}", list.first()?))
    })
}

/// A string's content, or a number or a word as it is written.
pub(super) fn scalar(raw: &str) -> Option<String> {
    match raw.as_bytes().first()? {
        b'"' => as_text(raw).filter(|text| !text.is_empty()).map(Cow::into_owned),
        b'{' | b'[' | b'n' => None,
        _ => Some(raw.to_owned()),
    }
}

/// The body as text; bytes that are none are replaced, since the members that matter may be whole.
pub(super) fn text_of(reply: &Reply) -> Cow<'_, str> {
    let bytes = reply.body.expose();
    // Far quicker than the lossy reading, which is rarely needed.
    core::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}
