//! Any description of a dialect: taken or refused, and if taken, sent as it says.

mod description;

use core::time::Duration;
use std::sync::LazyLock;

use arbitrary::{Result, Unstructured};
use hallpass_core::dialect::declared::{BodyFormat, Declared, Described, Description, Place, Source, Text};
use hallpass_core::dialect::{Dialect, Exchange, ExchangeKind, Goal, Held};
use hallpass_core::wire::json::{Object, as_text};
use hallpass_core::{Body, Now, RefreshToken, Reply, Request, Secrets, UserKey, UtcDateTime};
use hallpass_testkit::canary::Canaries;
use http::{HeaderMap, StatusCode};

/// What nobody may see: every source but the ids.
fn hidden() -> impl Iterator<Item = Source> {
    let shown = [Source::ClientId, Source::UserId, Source::Username];
    Source::ALL.iter().copied().filter(move |source| !shown.contains(source))
}

/// What such a source gives. Letters and digits alone, so that no writer changes them.
fn value(source: Source) -> String {
    format!("canary{}7", source.name().replace('_', ""))
}

/// Describes a dialect, and runs each of its exchanges.
pub fn declared(data: &[u8]) {
    let mut u = Unstructured::new(data);
    let Ok(description) = description::description(&mut u) else { return };
    if CANARIES.seen_in(&format!("{description:?}")).is_some() {
        // The fuzzer has found the secrets' spelling, and describes them.
        return;
    }
    let dialect = match Declared::new(description.clone()) {
        Ok(dialect) => dialect,
        Err(flaw) => {
            assert!(!flaw.to_string().is_empty(), "{flaw:?}");
            return;
        }
    };
    let _ = check(&mut u, &description, &dialect);
}

fn check(u: &mut Unstructured<'_>, description: &Description, dialect: &Declared) -> Result<()> {
    assert_eq!(format!("{:?}", dialect.key()), format!("{:?}", dialect.key()));
    let held = Held {
        user_key: Some(UserKey::new(value(Source::UserKey))),
        refresh_token: u.arbitrary::<bool>()?.then(|| RefreshToken::new(value(Source::RefreshToken))),
    };
    let unregistered = Held { user_key: None, ..held.clone() };
    for exchange in
        [dialect.next(&held, Goal::Token), dialect.next(&unregistered, Goal::Register)].into_iter().flatten()
    {
        let step = description.step(exchange.kind).expect("only what is described is done");
        match dialect.request(exchange, &held, &secrets(), now()) {
            Ok(request) => sent(description, step, &request),
            Err(misuse) => CANARIES.assert_unseen("a misuse", &format!("{misuse} {misuse:?}")),
        }
        let gain = dialect.read(exchange, &reply(u)?);
        CANARIES.assert_unseen("a gain", &format!("{gain:?}"));
        asked(dialect, exchange, step);
    }
    Ok(())
}

/// It asks for the secrets that it sends, and for no other.
fn asked(dialect: &Declared, exchange: Exchange, step: &Described) {
    for source in hidden() {
        let used = step.sources().any(|known| known == source) && source.is_secret();
        assert_eq!(dialect.needs(exchange).contains(&source.name()), used, "{}", source.name());
    }
    assert!(exchange.kind != ExchangeKind::Refresh || step.sources().any(|source| source == Source::RefreshToken));
}

/// Every part stands where it should, and a credential in the URL only where the description admits it.
fn sent(description: &Description, step: &Described, request: &Request) {
    assert_eq!(request.method, step.method);
    assert_eq!(request.endpoint.origin(), step.endpoint.origin());
    CANARIES.assert_unseen("a request", &format!("{request:?}"));
    let url = request.endpoint.to_url();
    if !step.leaks_in_url {
        CANARIES.assert_unseen("a URL", &url);
    }
    let body = core::str::from_utf8(request.body.expose()).expect("text");
    let form: Vec<(String, String)> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    if step.body == BodyFormat::Json {
        serde_json::from_str::<serde_json::Map<_, _>>(body).unwrap_or_else(|error| panic!("{error}: {body}"));
    }
    let query: Vec<(String, String)> = url
        .split_once('?')
        .map(|(_, query)| form_urlencoded::parse(query.as_bytes()).into_owned().collect())
        .unwrap_or_default();
    for part in &step.parts {
        let text = match &part.text {
            Text::Fixed(value) => value.as_str().map(str::to_owned),
            Text::From(source) => Some(given(description, *source)),
            Text::After(scheme, source) => Some(format!("{scheme} {}", given(description, *source))),
            other => panic!("a text of a kind that no rule here knows: {other:?}"),
        };
        match &part.place {
            Place::Body(pointer) if step.body == BodyFormat::Json => {
                let object = Object::parse(body).expect("an object");
                let raw = pointer.find(&object).expect("no member twice");
                if let Some(text) = text {
                    assert_eq!(raw.and_then(as_text).as_deref(), Some(&*text), "{} in {body}", part.place);
                }
            }
            Place::Body(_) => {
                let text = text.expect("a form has texts alone");
                assert!(form.iter().any(|(_, value)| *value == text), "{} in {body}", part.place);
            }
            Place::Header(name) => {
                let value = &request.headers[name];
                assert!(value.is_sensitive());
                assert_eq!(value.as_bytes(), text.expect("a header is a text").as_bytes());
            }
            Place::Query(name) => {
                let text = text.expect("a query is a text");
                assert!(query.contains(&(name.clone(), text)), "{} in {url}", part.place);
            }
            other => panic!("a place that no rule here knows: {other}"),
        }
    }
}

fn given(description: &Description, source: Source) -> String {
    let ids = &description.ids;
    let id = match source {
        Source::ClientId => &ids.client_id,
        Source::UserId => &ids.user_id,
        Source::Username => &ids.username,
        other => return value(other),
    };
    id.clone().expect("checked: what it sends is given")
}

static CANARIES: LazyLock<Canaries> = LazyLock::new(|| {
    let values: Vec<_> = hidden().map(value).collect();
    Canaries::new(values.iter().map(String::as_str))
});

fn secrets() -> Secrets {
    hidden().fold(Secrets::default(), |secrets, source| secrets.with(source.name(), value(source)))
}

fn reply(u: &mut Unstructured<'_>) -> Result<Reply> {
    let status = *u.choose(&[200, 200, 201, 302, 400, 401, 429, 503])?;
    let status = StatusCode::from_u16(status).expect("a status");
    let length = u.len().min(u.arbitrary::<u8>()?.into());
    let body = Body::new(u.bytes(length.min(u.len()))?.to_vec());
    Ok(Reply { status, headers: HeaderMap::new(), body, cut: false, received: now() })
}

fn now() -> Now {
    Now { mono: Duration::from_secs(1), wall: UtcDateTime::UNIX_EPOCH }
}
