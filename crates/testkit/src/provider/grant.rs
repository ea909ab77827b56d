//! What the token endpoints have in common: scopes in, a grant out.

use http::StatusCode;
use serde_json::json;

use super::config::DialectConfig;
use super::reply::{Reply, oauth_error};
use super::tokens::{Issued, Rejected};

/// The scopes that a login gets: those it asked for, or the default.
pub(super) fn scopes(settings: &DialectConfig, asked: Option<&str>) -> Result<Vec<String>, Reply> {
    let Some(asked) = asked else { return Ok(settings.default_scopes.clone()) };
    let asked = words(asked);
    match &settings.allowed_scopes {
        Some(allowed) if asked.iter().any(|scope| !allowed.contains(scope)) => Err(invalid_scope()),
        _ => Ok(asked),
    }
}

pub(super) fn words(scope: &str) -> Vec<String> {
    scope.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// A grant as RFC 6749 5.1 has it.
pub(super) fn reply(issued: Issued) -> Reply {
    let mut body = json!({
        "access_token": issued.access_token,
        "token_type": "Bearer",
        "expires_in": issued.expires_in,
    });
    if let Some(refresh_token) = issued.refresh_token {
        body["refresh_token"] = refresh_token.into();
    }
    if !issued.scopes.is_empty() {
        body["scope"] = issued.scopes.join(" ").into();
    }
    Reply::json(StatusCode::OK, &body)
}

pub(super) fn refused(reason: Rejected) -> Reply {
    match reason {
        Rejected::WiderScope => invalid_scope(),
        _ => oauth_error(StatusCode::BAD_REQUEST, "invalid_grant", reason.text()),
    }
}

fn invalid_scope() -> Reply {
    oauth_error(StatusCode::BAD_REQUEST, "invalid_scope", Rejected::WiderScope.text())
}
