//! A refused request in the other spellings that servers want, each with the setting that sends it.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hallpass_core::wire::basic::{self, BasicEncoding};
use hallpass_core::{Body, Request, Secret, Secrets, secret};
use http::{HeaderValue, header};

use super::report::Cause;
use super::settings::Settings;

pub(super) const FORM: &str = "application/x-www-form-urlencoded";

/// The same login, spelt in another way.
pub(super) struct Variant {
    /// What its success shows.
    pub(super) cause: Cause,
    pub(super) request: Request,
}

/// Whether it has a Basic header.
pub(super) fn is_basic(request: &Request) -> bool {
    request.headers.get(header::AUTHORIZATION).is_some_and(|value| value.as_bytes().starts_with(b"Basic "))
}

/// The Basic encodings that would have sent something else, each another thing.
pub(super) fn encodings(request: &Request, secrets: &Secrets) -> Vec<(BasicEncoding, HeaderValue)> {
    let Some((id, secret)) = basic_client(request, secrets) else { return Vec::new() };
    let sent = request.headers.get(header::AUTHORIZATION);
    let mut out: Vec<(_, HeaderValue)> = Vec::new();
    for &encoding in BasicEncoding::ALL {
        let Ok(value) = basic::authorization(&id, secret, encoding) else { continue };
        if Some(&value) != sent && out.iter().all(|(_, other)| *other != value) {
            out.push((encoding, value));
        }
    }
    out
}

/// Every other spelling, the likeliest first.
pub(super) fn of(request: &Request, secrets: &Secrets, settings: Settings<'_>) -> Vec<Variant> {
    let mut out: Vec<_> = encodings(request, secrets)
        .into_iter()
        .map(|(encoding, value)| {
            let set = settings.encoding(&[encoding.name()]);
            let cause = Cause::new("basic-encoding", "the server reads the Basic header in another way", set);
            Variant { cause, request: request.clone().header(header::AUTHORIZATION, value) }
        })
        .collect();
    out.extend(in_the_form(request, secrets, settings));
    out.extend(in_a_header(request, secrets, settings));
    out.extend(as_form(request, settings));
    out.extend(as_json(request, settings));
    out
}

/// Id and secret of the Basic header: the id is what makes the very header that was sent.
fn basic_client<'s>(request: &Request, secrets: &'s Secrets) -> Option<(String, &'s Secret)> {
    let sent = request.headers.get(header::AUTHORIZATION)?;
    let pair = BASE64_STANDARD.decode(sent.as_bytes().strip_prefix(b"Basic ")?).ok()?;
    let (id, _) = str::from_utf8(&pair).ok()?.split_once(':')?;
    // Of a form, the percents only.
    let value = format!("x={}", id.replace('+', "%2B").replace('&', "%26"));
    let decoded = form_urlencoded::parse(value.as_bytes()).next()?.1.into_owned();
    let secret = secrets.get(secret::CLIENT_SECRET)?;
    let sent_by = |id: &str, it| basic::authorization(id, secret, it).is_ok_and(|value| value == *sent);
    let makes = |id: &str| BasicEncoding::ALL.iter().any(|it| sent_by(id, *it));
    [decoded, id.to_owned()].into_iter().find(|id| makes(id)).map(|id| (id, secret))
}

fn in_the_form(request: &Request, secrets: &Secrets, settings: Settings<'_>) -> Option<Variant> {
    let (id, secret) = basic_client(request, secrets).filter(|_| is(request, FORM))?;
    let mut form = pairs(request);
    form.extend([("client_id".to_owned(), id), ("client_secret".to_owned(), secret.expose().to_owned())]);
    let mut request = with_form(request, form);
    request.headers.remove(header::AUTHORIZATION);
    let what = "the server wants id and secret in the form, not in a Basic header";
    Some(Variant { cause: Cause::new("client-auth", what, settings.in_the_form()), request })
}

fn in_a_header(request: &Request, secrets: &Secrets, settings: Settings<'_>) -> Option<Variant> {
    let secret = secrets.get(secret::CLIENT_SECRET).filter(|_| is(request, FORM) && !is_basic(request))?;
    let (client, rest): (Vec<_>, Vec<_>) =
        pairs(request).into_iter().partition(|(name, _)| matches!(name.as_str(), "client_id" | "client_secret"));
    let id = client.iter().find(|(name, _)| name == "client_id")?;
    let value = basic::authorization(&id.1, secret, BasicEncoding::default()).ok()?;
    let request = with_form(request, rest).header(header::AUTHORIZATION, value);
    let what = "the server wants id and secret in a Basic header, not in the form";
    Some(Variant { cause: Cause::new("client-auth", what, settings.in_a_header()), request })
}

fn as_form(request: &Request, settings: Settings<'_>) -> Option<Variant> {
    let object: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(request.body.expose()).ok().filter(|_| is(request, "application/json"))?;
    let text = |(name, value): (String, serde_json::Value)| value.as_str().map(|text| (name, text.to_owned()));
    let request = with_form(request, object.into_iter().filter_map(text).collect());
    let cause = Cause::new("json-to-form", "the endpoint wants a form, not JSON", settings.form());
    Some(Variant { cause, request })
}

fn as_json(request: &Request, settings: Settings<'_>) -> Option<Variant> {
    let pairs = Some(pairs(request)).filter(|_| is(request, FORM) && !is_basic(request))?;
    // Those grants and proofs are forms wherever they are known (RFC 7521 section 4), and each assertion is for one send.
    if pairs.iter().any(|(name, _)| matches!(name.as_str(), "assertion" | "client_assertion")) {
        return None;
    }
    let object: serde_json::Map<_, _> = pairs.into_iter().map(|(name, value)| (name, value.into())).collect();
    let mut request = request.clone();
    request.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    request.body = Body::new(serde_json::to_vec(&object).ok()?);
    let cause = Cause::new("form-to-json", "the endpoint wants JSON, not a form", settings.json());
    Some(Variant { cause, request })
}

/// Whether its body is of that kind.
pub(super) fn is(request: &Request, content_type: &str) -> bool {
    request.headers.get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(content_type.as_bytes()))
}

fn pairs(request: &Request) -> Vec<(String, String)> {
    form_urlencoded::parse(request.body.expose()).into_owned().collect()
}

fn with_form(request: &Request, pairs: Vec<(String, String)>) -> Request {
    let mut request = request.clone();
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    request.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(FORM));
    request.body = Body::new(body.into_bytes());
    request
}
