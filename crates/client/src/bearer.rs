//! Where a token may be sent.

use hallpass_core::{Grant, Misuse, Origin};
use http::{HeaderMap, Uri, header};

use crate::Config;

/// Refuses a target that may not have the token: its origin must be listed, and must be safe to talk to.
pub fn admit(config: &Config, uri: &Uri) -> Result<Origin, Misuse> {
    let origin = Origin::of(uri).map_err(|why| Misuse::Url { what: "the request's URL".into(), why })?;
    config.egress_rules().admit(&origin)?;
    if config.origins().contains(&origin) {
        return Ok(origin);
    }
    let listed: Vec<_> = config.origins().iter().map(Origin::to_string).collect();
    let listed = if listed.is_empty() { "no origin yet".to_owned() } else { listed.join(", ") };
    Err(Misuse::UnlistedOrigin { origin: origin.to_string(), listed })
}

/// Puts the token into a request's headers, in the place of any other authorization.
pub fn attach(grant: &Grant, headers: &mut HeaderMap) {
    headers.insert(header::AUTHORIZATION, grant.authorization().clone());
}
