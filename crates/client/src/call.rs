//! Calls to an API: where the token may go, and how a call fails.

use core::time::Duration;

use hallpass_core::error::{Place, Unreachable};
use hallpass_core::{Error, Grant, Misuse, Origin, Retry, SendError};
use http::{HeaderMap, Uri, header};

use crate::Config;

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
    headers.insert(header::AUTHORIZATION, grant.authorization().clone());
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
