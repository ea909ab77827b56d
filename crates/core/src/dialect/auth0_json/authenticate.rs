//! `POST /oauth/token` with client id, secret, audience and grant type as JSON members.

use super::{Auth0Json, CLIENT_SECRET, Gain, Misuse, Refusal, Reply, Request, Secrets, reading};
use crate::wire::json::{self, Member};

/// The members that the dialect writes itself.
pub(super) const MEMBERS: [&str; 5] = ["client_id", "client_secret", "audience", "grant_type", "scope"];

pub(super) fn request(dialect: &Auth0Json, secrets: &Secrets) -> Result<Request, Misuse> {
    let mut members = Vec::with_capacity(MEMBERS.len() + dialect.extra.len());
    members.extend([
        ("client_id", Member::Text(&dialect.client_id)),
        ("client_secret", Member::Text(secrets.needs(CLIENT_SECRET)?.expose())),
        ("audience", Member::Text(&dialect.audience)),
        ("grant_type", Member::Text("client_credentials")),
    ]);
    members.extend(dialect.scope.as_deref().map(|scope| ("scope", Member::Text(scope))));
    members.extend(dialect.extra.iter().map(|(name, value)| (name.as_str(), Member::Value(value))));
    let request = Request::post(dialect.endpoint.clone(), json::CONTENT_TYPE, json::write(members));
    Ok(dialect.headers.apply(request))
}

/// A refresh token is no part of this grant (RFC 6749 section 4.4.3): one that comes all the same is not kept.
pub(super) fn read(reply: &Reply) -> Result<Gain, Refusal> {
    let mut gain = reading::token(reply, None)?;
    if let Gain::Granted(granted) = &mut gain {
        granted.refresh_token = None;
    }
    Ok(gain)
}
