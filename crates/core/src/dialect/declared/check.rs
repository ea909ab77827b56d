//! What cannot work in a description, found before anything is sent.

use http::{HeaderName, HeaderValue, Method, header};

use super::{BodyFormat, Described, Description, ExchangeKind, Place, Source, Text};
use crate::dialect::{Ambiguity, Exchange, Spends};
use crate::http::{Endpoint, OF_THE_LIBRARY};
use crate::wire::escapes::unescape;
use crate::wire::is_token;

/// A mistake in a description: which step, which part of it, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{}{why}", .step.map(|step| format!("{}: ", step.name())).unwrap_or_default(), .place.as_ref().map(|place| format!("{place}: ")).unwrap_or_default())]
pub struct Flaw {
    /// The step, if it is one step's.
    pub step: Option<ExchangeKind>,
    /// The part of the step, if it is one part's.
    pub place: Option<Place>,
    /// What is wrong, and what would be right.
    pub why: String,
}

pub(super) fn check(description: &Description) -> Result<(), Flaw> {
    if description.authenticate.is_none() && description.refresh.is_none() {
        let why = "nothing says how a token is had: describe `authenticate`, `refresh` or both";
        return Err(Flaw { step: None, place: None, why: why.into() });
    }
    whose(description).map_err(|why| Flaw { step: None, place: None, why })?;
    for kind in ExchangeKind::ALL {
        if let Some(step) = description.step(kind) {
            let flaw = |(place, why)| Flaw { step: Some(kind), place, why };
            shape(step).map_err(flaw)?;
            losing(description.exchange(kind)).map_err(flaw)?;
            sources(description, kind, step).map_err(flaw)?;
        }
    }
    Ok(())
}

/// Two logins that differ in a secret or an imported token only would share one token.
fn whose(description: &Description) -> Result<(), String> {
    let ids = &description.ids;
    let imported = description.authenticate.is_none();
    if ids.tell_users_apart() || ids.client_id.is_some() && !imported {
        return Ok(());
    }
    Err("nothing says whose login it is, so that another account's would be taken for the same: set `account` to any name \
         (or `username`, if there is one)"
        .into())
}

type Complaint = (Option<Place>, String);

/// Objects are written one within the other, and no stack is endless.
const DEEPEST: usize = 32;

/// What goes where, and whether it can.
fn shape(step: &Described) -> Result<(), Complaint> {
    let whole = |why: &str| Err((None, why.to_owned()));
    if step.method.as_str().bytes().any(|byte| byte.is_ascii_lowercase()) {
        return whole("a method is written in upper case, such as \"POST\" (RFC 9110 section 9.1)");
    }
    if step.method == Method::GET && step.body != BodyFormat::None {
        return whole("a GET has no body: set `body = \"none\"`, or another method");
    }
    if matches!(step.method, Method::HEAD | Method::CONNECT | Method::TRACE) {
        return whole("no token is had with this method: POST is the usual one");
    }
    for (index, part) in step.parts.iter().enumerate() {
        let complain = |why: &str| Err((Some(part.place.clone()), why.to_owned()));
        let before = &step.parts[..index];
        match &part.place {
            Place::Body(_) if step.body == BodyFormat::None => {
                return complain("there is no body to put it in: set `body`");
            }
            Place::Body(pointer) if step.body == BodyFormat::Form && pointer.steps().count() > 1 => {
                return complain("a form has no members within members: give the name alone, or set `body = \"json\"`");
            }
            Place::Body(pointer) if pointer.steps().count() > DEEPEST => {
                return complain("no server nests this deep: give it a shorter pointer");
            }
            Place::Body(pointer) if before.iter().any(|other| overlap(&other.place, pointer)) => {
                return complain("something stands there already: give each value a place of its own");
            }
            Place::Header(_) if matches!(&part.text, Text::Fixed(text) if !fits_a_header(text)) => {
                return complain("its value has characters that no header may have");
            }
            Place::Header(name) if is_ours(name, step) => return complain("it is set already: leave it out"),
            Place::Body(_) | Place::Query(_) if matches!(part.text, Text::After(..)) => {
                return complain("only a header has a scheme: leave `scheme` out");
            }
            Place::Header(_) if matches!(&part.text, Text::After(scheme, _) if !is_token(scheme)) => {
                return complain("its scheme is one word, such as Bearer or Token");
            }
            Place::Query(_) if part.text.source().is_some() && !step.leaks_in_url => {
                return complain(
                    "a URL is no place for a credential, since servers and proxies log it: use a header or the body, or \
                     set `leaks_in_url = true` if the API offers nothing else",
                );
            }
            Place::Query(name) if asks(&step.endpoint, name) => {
                return complain("the URL has it already: leave it out of one of the two");
            }
            place @ (Place::Header(_) | Place::Query(_)) if before.iter().any(|other| other.place == *place) => {
                return complain("it stands there twice: leave one out");
            }
            _ => {}
        }
        let in_json = step.body == BodyFormat::Json && matches!(part.place, Place::Body(_));
        if matches!(&part.text, Text::Fixed(value) if !value.is_string() && !in_json) {
            return complain("only a JSON body has values that are no text: write it as a string");
        }
    }
    Ok(())
}

/// What is spent and what follows a lost answer, and whether it can: what was perhaps spent is not sent again as if nothing
/// was, and what a login does not do is not promised.
fn losing(exchange: Option<Exchange>) -> Result<(), Complaint> {
    let Some(Exchange { kind, spends, ambiguity }) = exchange else { return Ok(()) };
    let why = match (kind, spends, ambiguity) {
        (ExchangeKind::Register, Spends::Registration, Ambiguity::Stop)
        | (ExchangeKind::Authenticate | ExchangeKind::Refresh, Spends::Nothing, Ambiguity::Repeat | Ambiguity::Stop)
        | (
            ExchangeKind::Refresh,
            Spends::RefreshToken,
            Ambiguity::Authenticate | Ambiguity::Resend | Ambiguity::Stop,
        ) => return Ok(()),
        (ExchangeKind::Register, Spends::Registration, _) => "a registration is never repeated: leave `on_lost` out",
        (ExchangeKind::Register, ..) => "a registration is what it spends: leave `spends` out",
        (_, Spends::Registration, _) => "only `register` spends a registration: leave `spends` out",
        (ExchangeKind::Authenticate, Spends::RefreshToken, _) => {
            "only `refresh` spends a refresh token: leave `spends` out"
        }
        (_, Spends::Nothing, _) => {
            "it spends nothing, so that it is sent again when its answer is lost: leave `on_lost` out, or set \
             `on_lost = \"stop\"` if it must not be"
        }
        (ExchangeKind::Refresh, Spends::RefreshToken, _) => {
            "what was sent may have spent the refresh token: set `on_lost = \"resend\"` if the server does not rotate it, \
             \"authenticate\" or \"stop\" if it does"
        }
    };
    Err((None, why.into()))
}

/// Where each value comes from, and whether it can be there.
fn sources(description: &Description, kind: ExchangeKind, step: &Described) -> Result<(), Complaint> {
    let given = |source| description.ids.get(source).is_some();
    for source in step.sources() {
        let name = source.name();
        let why = match source {
            Source::ClientId | Source::UserId | Source::Username if !given(source) => {
                format!("it sends `{name}`, which is not given: set `{name}`")
            }
            Source::RefreshToken if kind != ExchangeKind::Refresh => {
                format!("only `refresh` can send a refresh token, and this is `{}`", kind.name())
            }
            Source::UserKey if kind == ExchangeKind::Register => {
                "a registration cannot send the key that it is to give".into()
            }
            _ => continue,
        };
        return Err((step.place_of(source).cloned(), why));
    }
    if kind == ExchangeKind::Refresh && !step.sources().any(|source| source == Source::RefreshToken) {
        return Err((None, "nothing in it sends the refresh token: add { from = \"refresh_token\" }".into()));
    }
    Ok(())
}

/// Whether one place is the other, or lies within it.
fn overlap(place: &Place, pointer: &crate::wire::pointer::Pointer) -> bool {
    let Place::Body(other) = place else { return false };
    other.steps().zip(pointer.steps()).all(|(one, two)| one == two)
}

/// Whether the URL has a parameter of this name.
fn asks(endpoint: &Endpoint, name: &str) -> bool {
    let query = endpoint.uri().query().unwrap_or_default();
    query.split('&').any(|pair| unescape(pair.split('=').next().unwrap_or_default()) == name)
}

fn is_ours(name: &HeaderName, step: &Described) -> bool {
    if *name == header::AUTHORIZATION { step.basic.is_some() } else { OF_THE_LIBRARY.contains(name) }
}

fn fits_a_header(value: &serde_json::Value) -> bool {
    value.as_str().is_none_or(|text| HeaderValue::try_from(text).is_ok())
}
