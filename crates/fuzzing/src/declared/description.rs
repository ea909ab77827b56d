//! A description out of a fuzzer's choices.

use core::time::Duration;

use arbitrary::{Result, Unstructured};
use hallpass_core::dialect::declared::{BasicPair, BodyFormat, Described, Description, Ids, Part, Place, Source, Text};
use hallpass_core::dialect::reading::{LifeFormat, Places};
use hallpass_core::dialect::{Ambiguity, Spends};
use hallpass_core::wire::basic::BasicEncoding;
use hallpass_core::wire::pointer::Pointer;
use hallpass_core::{Endpoint, SendAs};
use http::{HeaderName, Method};

const NAMES: [&str; 10] = ["/a", "/a/b", "/a/b/0", "/a~1b/~0", "/", "//", "a", "user", "/data/token", "/data/0/token"];
const HEADERS: [&str; 6] = ["authorization", "x-api-key", "content-type", "accept", "x-user", "host"];
const TEXTS: [&str; 6] = ["", "fixed", "two words", "a=b&c", "\"quoted\"", "line\nend"];

/// A description, more often sound than not.
pub(super) fn description(u: &mut Unstructured<'_>) -> Result<Description> {
    let id =
        |u: &mut Unstructured<'_>| -> Result<Option<String>> { Ok(u.ratio(3, 4)?.then(|| "me@example.com".into())) };
    let ids = Ids { client_id: id(u)?, user_id: id(u)?, username: id(u)?, account: Some("me".into()) };
    let ways = [("Authorization", "Bearer"), ("Authorization", "Token"), ("X-Api-Key", "")];
    let (header, scheme) = *u.choose(&ways)?;
    let send_as = SendAs::new(header, scheme).expect("a way that servers have");
    let mut step = |often| -> Result<Option<Described>> { u.ratio(often, 4)?.then(|| described(u)).transpose() };
    let (authenticate, refresh, register) = (step(3)?, step(2)?, step(1)?);
    Ok(Description { register, authenticate, refresh, ids, send_as })
}

fn described(u: &mut Unstructured<'_>) -> Result<Described> {
    let urls =
        ["https://auth.example/token", "https://auth.example/token?v=1", "http://127.0.0.1:8080/", "https://b.example"];
    let endpoint = Endpoint::parse(u.choose(&urls)?).expect("a URL");
    let parts = u.int_in_range(0..=5)?;
    let parts = (0..parts).map(|_| part(u)).collect::<Result<_>>()?;
    let basic = if u.ratio(1, 4)? {
        let encoding = *u.choose(BasicEncoding::ALL)?;
        Some(BasicPair { id: source(u)?, secret: source(u)?, encoding })
    } else {
        None
    };
    let spends: Vec<_> = [None].into_iter().chain(Spends::ALL.map(Some)).collect();
    let lost =
        [None, Some(Ambiguity::Repeat), Some(Ambiguity::Authenticate), Some(Ambiguity::Resend), Some(Ambiguity::Stop)];
    Ok(Described {
        endpoint,
        method: u.choose(&[Method::POST, Method::POST, Method::GET, Method::PUT, Method::CONNECT])?.clone(),
        body: *u.choose(&[BodyFormat::Json, BodyFormat::Form, BodyFormat::None])?,
        parts,
        basic,
        leaks_in_url: u.ratio(1, 4)?,
        reply: places(u)?,
        default_life: u.ratio(1, 4)?.then_some(Duration::from_hours(1)),
        spends: *u.choose(&spends)?,
        on_lost: *u.choose(&lost)?,
        advice: None,
    })
}

fn part(u: &mut Unstructured<'_>) -> Result<Part> {
    let place = match u.int_in_range(0..=5)? {
        0..=3 => Place::Body(pointer(u)?),
        4 => Place::Header(HeaderName::from_static(u.choose(&HEADERS)?)),
        _ => Place::Query(text(u)?),
    };
    let text = match u.int_in_range(0..=7)? {
        0..=4 => Text::From(source(u)?),
        5 => Text::After((*u.choose(&["Token", "Bearer", "two words", ""])?).into(), source(u)?),
        6 => Text::Fixed(text(u)?.into()),
        _ => Text::Fixed(
            u.choose(&[serde_json::json!(7), serde_json::json!({"a": [1]}), serde_json::Value::Null])?.clone(),
        ),
    };
    Ok(Part { place, text })
}

fn pointer(u: &mut Unstructured<'_>) -> Result<Pointer> {
    let text = if u.ratio(3, 4)? { (*u.choose(&NAMES)?).to_owned() } else { format!("/{}", text(u)?) };
    Ok(Pointer::parse(&text).unwrap_or_else(|_| Pointer::named(&text)))
}

fn text(u: &mut Unstructured<'_>) -> Result<String> {
    if u.ratio(3, 4)? { Ok((*u.choose(&TEXTS)?).to_owned()) } else { Ok(u.arbitrary::<&str>()?.to_owned()) }
}

fn source(u: &mut Unstructured<'_>) -> Result<Source> {
    Ok(*u.choose(Source::ALL)?)
}

fn places(u: &mut Unstructured<'_>) -> Result<Places> {
    if u.ratio(1, 2)? {
        return Ok(Places::default());
    }
    let mut some = || -> Result<Option<Pointer>> { u.ratio(1, 2)?.then(|| pointer(u)).transpose() };
    let (refresh_token, token_type, error, error_text, life) = (some()?, some()?, some()?, some()?, some()?);
    let format = *u.choose(&[LifeFormat::Seconds, LifeFormat::Milliseconds, LifeFormat::Unix, LifeFormat::Rfc3339])?;
    let life = life.map(|place| (place, format));
    Ok(Places { access_token: pointer(u)?, refresh_token, user_key: pointer(u)?, token_type, life, error, error_text })
}
