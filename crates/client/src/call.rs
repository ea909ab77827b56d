//! Calls to an API: where the token may go, and how a call fails.

use core::time::Duration;

use hallpass_core::error::{Place, Unreachable};
use hallpass_core::lifecycle::Want;
use hallpass_core::wire::challenge::{self, Challenge};
use hallpass_core::{Error, Grant, Misuse, Origin, Retry, SendError};
use http::{HeaderMap, HeaderName, Method, Request, Response, StatusCode, Uri, Version, header};

use crate::Config;
use crate::pilot::Pilot;

/// The origin of a call, if secrets may travel there at all.
pub fn target(config: &Config, uri: &Uri) -> Result<Origin, Misuse> {
    let origin = Origin::of(uri).map_err(|why| Misuse::Url { what: "the request's URL".into(), why })?;
    config.egress_rules().admit(&origin)?;
    Ok(origin)
}

/// Refuses a target that may not have the token: its origin must be listed, and must be safe to talk to.
pub fn admit(config: &Config, uri: &Uri) -> Result<(), Misuse> {
    let origin = target(config, uri)?;
    if config.origins().contains(&origin) {
        return Ok(());
    }
    let listed: Vec<_> = config.origins().iter().map(Origin::to_string).collect();
    let listed = if listed.is_empty() { "no origin".to_owned() } else { format!("{} only", listed.join(", ")) };
    Err(Misuse::UnlistedOrigin { origin: origin.to_string(), listed })
}

/// Puts the token into a call's headers, in the place of any other authorization.
pub fn attach(grant: &Grant, headers: &mut HeaderMap) {
    headers.insert(grant.header(), grant.authorization().clone());
}

/// Which calls are repeated, once and with another token, after the API answered 401.
///
/// A 401 says that the call was not applied (RFC 9110 section 15.5.2), so the default repeats all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Repeat {
    /// None.
    Never,
    /// Those whose method is safe (RFC 9110 section 9.2.1).
    Safe,
    /// All.
    #[default]
    Any,
}

impl Repeat {
    /// Whether a call with this method is repeated.
    pub fn covers(self, method: &Method) -> bool {
        match self {
            Self::Never => false,
            Self::Safe => method.is_safe(),
            Self::Any => true,
        }
    }
}

/// Whether a response says that its token is no good. A lacking scope is no such thing: a new token would lack it too.
fn refuses_token(status: StatusCode, headers: &HeaderMap) -> bool {
    let lacks_scope = |challenge: &Challenge| challenge.param("error") == Some("insufficient_scope");
    status == StatusCode::UNAUTHORIZED && !challenge::of(headers).iter().any(lacks_scope)
}

/// What to ask for if this response refuses its token and the call may be repeated.
pub fn another_token<B>(pilot: &Pilot, method: &Method, grant: &Grant, response: &Response<B>) -> Option<Want> {
    let refused = note(pilot, grant, response);
    let repeats = refused && pilot.config().repetition().covers(method);
    repeats.then(|| Want { not: Some(grant.id()), ..Want::default() })
}

/// Tells the lifecycle whether a token was taken; true if it was refused.
pub fn note<B>(pilot: &Pilot, grant: &Grant, response: &Response<B>) -> bool {
    let refused = refuses_token(response.status(), response.headers());
    match response.status() {
        _ if refused => pilot.rejected(grant.id()),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {}
        _ => pilot.accepted(grant),
    }
    refused
}

/// The response, with the grant that brought it in its extensions.
pub fn sent_with<B>(grant: Grant, mut response: Response<B>) -> Response<B> {
    response.extensions_mut().insert(grant);
    response
}

/// The error of a caller whose patience ended before a flight did. The flight goes on.
pub fn out_of_patience() -> Error {
    let place = Place { doing: "log in", endpoint: "the token endpoint".into() };
    let cause = "no token came within the time that the caller was ready to wait".into();
    let retry = Retry::After(Duration::ZERO);
    Box::new(Unreachable { place, cause, status: None, code: None, text: None, retry }).into()
}

/// Refuses what would decide the framing or the host of a message behind the driver's back, and dot segments, which one
/// HTTP library resolves and another does not; and speaks HTTP/1.1, whatever version the request came in.
pub fn tidy<B>(request: &mut Request<B>) -> Result<(), Misuse> {
    const OURS: [HeaderName; 4] = [header::HOST, header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION];
    if let Some(name) = OURS.iter().find(|name| request.headers().contains_key(*name)) {
        let why = "it is the driver's to set: leave it out";
        return Err(Misuse::Value { what: format!("the request's header {name}"), why: why.into() });
    }
    if request.uri().path().split('/').any(is_dots) {
        let why = "its path has a dot segment (. or ..): write the path that you mean";
        return Err(Misuse::Value { what: "the request's URL".into(), why: why.into() });
    }
    *request.version_mut() = Version::HTTP_11;
    Ok(())
}

/// `.` or `..`, plain or percent-encoded.
fn is_dots(segment: &str) -> bool {
    matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..")
}

/// The error of a call that got no response.
pub fn failed(origin: &Origin, uri: &Uri, error: SendError) -> Error {
    let place = Place { doing: "call", endpoint: format!("{origin}{}", uri.path()) };
    let (cause, retry) = match error {
        SendError::NotSent(cause) | SendError::MaybeSent(cause) => (cause, Retry::After(Duration::ZERO)),
        SendError::Untrusted(cause) => (cause, Retry::Never),
    };
    Box::new(Unreachable { place, cause, status: None, code: None, text: None, retry }).into()
}
