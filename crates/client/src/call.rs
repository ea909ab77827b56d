//! Calls to an API: where the token may go, and how a call fails.

use core::time::Duration;

use hallpass_core::error::{Place, Purpose, Unreachable};
use hallpass_core::lifecycle::Want;
use hallpass_core::wire::challenge::{self, Challenge};
use hallpass_core::{Error, Grant, Misuse, Origin, Retry, SendError, wire};
use http::{HeaderMap, HeaderName, Method, Request, StatusCode, Uri, Version, header};

use crate::pilot::Pilot;
use crate::{Config, metrics};

/// The origin of a call, if secrets may travel there at all.
pub fn target(config: &Config, uri: &Uri) -> Result<Origin, Misuse> {
    let origin = Origin::of(uri).map_err(|why| Misuse::Url { what: "the request's URL".into(), why })?;
    config.egress_rules().admit(&origin)?;
    Ok(origin)
}

/// Refuses a target that may not have the token: its origin must be listed, and must be safe to talk to.
pub fn admit(config: &Config, uri: &Uri) -> Result<(), Misuse> {
    let origin = target(config, uri)?;
    if config.lists(uri) {
        return Ok(());
    }
    let listed: Vec<_> = config.origins().iter().map(Origin::to_string).collect();
    let listed = if listed.is_empty() { "no origin".to_owned() } else { format!("{} only", listed.join(", ")) };
    Err(Misuse::UnlistedOrigin { origin: origin.to_string(), listed })
}

/// Puts the token into a call's headers, in the place of whatever stood in the header that it goes into.
pub fn attach(grant: &Grant, headers: &mut HeaderMap) {
    headers.insert(grant.header(), grant.header_value().clone());
}

/// Which calls are repeated, once and with another token, after the API answered 401.
///
/// A 401 says that the call was not applied (RFC 9110 section 15.5.2), so the default repeats all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
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

/// An API call that goes out with a token, and once more with another one if the API refuses it: the 401 rule, which is
/// the same for every client that sends such a call.
#[derive(Debug, Clone)]
pub struct Attempt {
    grant: Grant,
    repeats: bool,
    repeated: bool,
}

impl Attempt {
    /// The first attempt at a call with this method, with the token of `grant`.
    pub fn first(config: &Config, method: &Method, grant: Grant) -> Self {
        Self { grant, repeats: config.get_repeat().covers(method), repeated: false }
    }

    /// What it is sent with.
    pub fn grant(&self) -> &Grant {
        &self.grant
    }

    /// Tells the lifecycle what the API said of the token. What to ask for, if the call may be sent once more.
    pub fn answered(&self, pilot: &Pilot, status: StatusCode, headers: &HeaderMap) -> Option<Want> {
        let refused = note(pilot, &self.grant, status, headers);
        if self.repeated && status.is_success() {
            metrics::healed();
        }
        let again = refused && self.repeats && !self.repeated;
        again.then(|| Want { not: Some(self.grant.id()), ..Want::default() })
    }

    /// Goes on with the token of `another`; false if it is the one that was refused.
    pub fn again(&mut self, another: Grant) -> bool {
        self.repeated = another.id() != self.grant.id();
        self.grant = another;
        self.repeated
    }
}

/// Tells the lifecycle whether a token was taken; true if it was refused. Only a success says that it was: a gateway may
/// answer 429 or 503 before anybody looks at the token.
fn note(pilot: &Pilot, grant: &Grant, status: StatusCode, headers: &HeaderMap) -> bool {
    let refused = refuses_token(status, headers);
    if refused {
        pilot.rejected(grant.id());
    } else if status.is_success() {
        pilot.accepted(grant);
    }
    refused
}

/// The error of a caller whose patience ended before a flight did. The flight goes on.
pub fn out_of_patience() -> Error {
    let place = Place::new(Purpose::LogIn, "the token endpoint");
    let cause = "no token came within the time that the caller was ready to wait";
    Box::new(Unreachable::new(place, cause, Retry::After(Duration::ZERO))).into()
}

/// Headers that decide who is spoken to and where a message ends. They are the driver's to set, and nobody else's.
pub const FRAMING_HEADERS: &[HeaderName] =
    &[header::HOST, header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION];

/// Refuses what would decide the framing or the host of a message behind the driver's back, and a [`target`](wire::target)
/// that one HTTP library rewrites and another does not; and speaks HTTP/1.1, whatever version the request came in.
pub fn tidy<B>(request: &mut Request<B>) -> Result<(), Misuse> {
    if let Some(name) = FRAMING_HEADERS.iter().find(|name| request.headers().contains_key(*name)) {
        let why = "it is the driver's to set: leave it out";
        return Err(Misuse::Value { what: format!("the request's header {name}"), why: why.into() });
    }
    wire::target::check(request.uri()).map_err(|why| Misuse::Url { what: "the request's URL".into(), why })?;
    *request.version_mut() = Version::HTTP_11;
    Ok(())
}

/// The error of a call that got no response.
pub fn failed(origin: &Origin, uri: &Uri, error: SendError) -> Error {
    let place = Place::new(Purpose::Call, format!("{origin}{}", uri.path()));
    Box::new(Unreachable::unanswered(place, error)).into()
}
