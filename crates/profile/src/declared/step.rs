//! One step of a described dialect.

use hallpass_core::Endpoint;
use hallpass_core::dialect::declared::{BasicPair, BodyFormat, Described, Part, Place, Source, Text};
use hallpass_core::dialect::reading::{LifeFormat, Places};
use hallpass_core::dialect::{Ambiguity, ExchangeKind, Spends};
use hallpass_core::wire::pointer::Pointer;
use http::Method;
use toml::de::{DeTable, DeValue};

use super::Step;
use crate::keys::{nearest, of_steps};
use crate::reader::{At, Reader, text};
use crate::spec::client::encodings;
use crate::spec::login::json;

/// Reads the table of a step.
pub(super) fn step(reader: &mut Reader<'_, '_>, kind: ExchangeKind, base: Option<&Endpoint>) -> Option<Step> {
    let read = reader.within(kind.name(), &of_steps(), |inner| {
        let endpoint = endpoint(inner, base);
        let method = inner.read("method", |value| {
            let name = text(value)?;
            Method::from_bytes(name.as_bytes()).map_err(|_| "must be a method, such as \"POST\"".to_owned())
        });
        let formats = [("json", BodyFormat::Json), ("form", BodyFormat::Form), ("none", BodyFormat::None)];
        let body = inner.choice("body", &formats).map(|body| body.value);
        let usual = if inner.has("send") { BodyFormat::Json } else { BodyFormat::None };
        let parts = parts(inner);
        let places = parts.iter().map(|at| At { line: at.line, value: at.value.place.clone() }).collect();
        let described = Described {
            method: method.map_or(Method::POST, |method| method.value),
            body: body.unwrap_or(usual),
            parts: parts.into_iter().map(|at| at.value).collect(),
            basic: basic(inner),
            leaks_in_url: inner.flag("leaks_in_url").is_some_and(|leaks| leaks.value),
            reply: reply(inner),
            default_life: inner.read("default_life", crate::duration::read).map(|life| life.value),
            spends: inner.choice("spends", &Spends::ALL.map(|it| (it.name(), it))).map(|spends| spends.value),
            on_lost: inner.choice("on_lost", ON_LOST).map(|on_lost| on_lost.value),
            advice: inner.text("advice").map(|advice| advice.value),
            ..Described::post(endpoint.as_ref()?.value.clone())
        };
        Some((endpoint?, places, described))
    })?;
    let (url, places, described) = read.value;
    Some(Step { kind, line: read.line, url, places, described })
}

const ON_LOST: &[(&str, Ambiguity)] = &[
    ("repeat", Ambiguity::Repeat),
    ("authenticate", Ambiguity::Authenticate),
    ("resend", Ambiguity::Resend),
    ("stop", Ambiguity::Stop),
];

fn endpoint(reader: &mut Reader<'_, '_>, base: Option<&Endpoint>) -> Option<At<Endpoint>> {
    let url = reader.url("url");
    let path = reader.text("path");
    match (url, path, base) {
        (Some(url), None, _) => Some(url),
        (None, Some(path), Some(base)) => match base.join(&path.value) {
            Ok(value) => Some(At { line: path.line, value }),
            Err(why) => {
                reader.fail(path.line, format!("`path` is refused: {why}"));
                None
            }
        },
        (None, Some(path), None) => {
            reader.fail(
                path.line,
                "`path` lies below `base_url`, which the profile does not have: add it, or write `url`",
            );
            None
        }
        (Some(_), Some(path), _) => {
            reader.fail(path.line, "`path` and `url` both say where it goes: leave one out");
            None
        }
        (None, None, _) => {
            if !reader.has("url") && !reader.has("path") {
                reader.fail(reader.line, "`url` is missing (or `path`, below the profile's `base_url`)");
            }
            None
        }
    }
}

/// Everything that is sent, place by place, each in file order.
fn parts(reader: &mut Reader<'_, '_>) -> Vec<At<Part>> {
    let mut parts = Vec::new();
    for at in reader.entries("send", value) {
        let (name, text) = at.value;
        match Part::body(&name, text) {
            Ok(value) => parts.push(At { line: at.line, value }),
            Err(why) => reader.fail(at.line, format!("`send.{}`: {why}", crate::error::shown(&name))),
        }
    }
    for at in reader.entries("headers", value) {
        let (name, text) = at.value;
        match Part::header(&name, text) {
            Ok(value) => parts.push(At { line: at.line, value }),
            Err(why) => reader.fail(at.line, format!("`headers`: {why}")),
        }
    }
    let query = reader.entries("query", value);
    let part = |(name, text)| Part { place: Place::Query(name), text };
    parts.extend(query.into_iter().map(|at| At { line: at.line, value: part(at.value) }));
    parts
}

/// A fixed value, or `{ from = "…" }`.
fn value(value: &DeValue<'_>) -> Result<Text, String> {
    match value {
        DeValue::Table(table) if table.contains_key("from") => from(table),
        other => json(other).map(Text::Fixed),
    }
}

fn from(table: &DeTable<'_>) -> Result<Text, String> {
    let get = |key: &str| table.get(key).map(toml::Spanned::get_ref);
    let source = get("from").and_then(|from| from.as_str()).ok_or("has a `from` that must be a name")?;
    let source = named(source)?;
    match (get("scheme"), table.len()) {
        (None, 1) => Ok(Text::From(source)),
        (Some(scheme), 2) => match scheme.as_str() {
            Some(scheme) => Ok(Text::After(scheme.to_owned(), source)),
            None => Err("has a `scheme` that must be a word, such as \"Bearer\"".into()),
        },
        _ => Err("has more than { from = \"…\", scheme = \"…\" }".into()),
    }
}

fn named(name: &str) -> Result<Source, String> {
    let names = || Source::ALL.iter().copied().map(Source::name);
    let found = Source::ALL.iter().copied().find(|source| source.name() == name);
    found.ok_or_else(|| match nearest(name, names()) {
        Some((near, true)) => format!("comes from an unknown place: did you mean `{near}`?"),
        _ => format!("comes from an unknown place: it must be one of {}", names().collect::<Vec<_>>().join(", ")),
    })
}

fn basic(reader: &mut Reader<'_, '_>) -> Option<BasicPair> {
    if !reader.has("basic") {
        return None;
    }
    let pair = reader.within("basic", &["id", "secret", "encoding"], |inner| {
        let from = |value: &DeValue<'_>| text(value).and_then(|name| named(&name));
        let id = inner.read("id", from).map_or(Source::ClientId, |id| id.value);
        let secret = inner.read("secret", from).map_or(Source::ClientSecret, |secret| secret.value);
        let encoding = inner.choice("encoding", &encodings()).map(|it| it.value).unwrap_or_default();
        Some(BasicPair { id, secret, encoding })
    });
    pair.map(|at| at.value)
}

const FORMATS: [(&str, LifeFormat); 4] = [
    ("seconds", LifeFormat::Seconds),
    ("milliseconds", LifeFormat::Milliseconds),
    ("unix", LifeFormat::Unix),
    ("rfc3339", LifeFormat::Rfc3339),
];

const REPLY_KEYS: &[&str] = &[
    "access_token",
    "refresh_token",
    "user_key",
    "token_type",
    "error",
    "error_text",
    "seconds",
    "milliseconds",
    "unix",
    "rfc3339",
];

/// Where it has what; what is not named stands where RFC 6749 has it.
fn reply(reader: &mut Reader<'_, '_>) -> Places {
    let mut places = Places::default();
    if !reader.has("reply") {
        return places;
    }
    reader.within("reply", REPLY_KEYS, |inner| {
        let mut at = |key: &str| {
            inner.read(key, |value| {
                text(value).and_then(|text| Pointer::parse(&text).map_err(|why| format!("is refused: {why}")))
            })
        };
        let mut set = |key: &str, place: &mut Pointer| at(key).into_iter().for_each(|found| *place = found.value);
        set("access_token", &mut places.access_token);
        set("user_key", &mut places.user_key);
        let mut set =
            |key: &str, place: &mut Option<Pointer>| at(key).into_iter().for_each(|found| *place = Some(found.value));
        set("refresh_token", &mut places.refresh_token);
        set("token_type", &mut places.token_type);
        set("error", &mut places.error);
        set("error_text", &mut places.error_text);
        let lives: Vec<_> = FORMATS.iter().filter_map(|(key, format)| Some((at(key)?, *format))).collect();
        if let [_, (second, _), ..] = lives.as_slice() {
            inner.fail(second.line, "the life is said twice: keep the one that the API sends");
        }
        if let Some((found, unit)) = lives.into_iter().next() {
            places.life = Some((found.value, unit));
        }
        Some(())
    });
    places
}
