//! The API behind the authorization server: open, protected, and protected for one dialect.

use http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use serde_json::json;
use time::UtcDateTime;

use super::Provider;
use super::body::invalid_request;
use super::config::DialectConfig;
use super::reply::{Answer, Reply, oauth_error};
use super::tokens::{Dialect, Subject};

pub(super) fn ping() -> Reply {
    Reply::json(StatusCode::OK, &json!({ "ping": "pong" }))
}

pub(super) fn protected_ping(provider: &Provider, now: UtcDateTime, request: &Request<Vec<u8>>) -> Answer {
    let subject = bearer(provider, now, request.headers())?;
    Ok(Reply::json(StatusCode::OK, &json!({ "ping": "pong", "owner": subject.owner })))
}

pub(super) fn echo(provider: &Provider, now: UtcDateTime, request: &Request<Vec<u8>>) -> Answer {
    bearer(provider, now, request.headers())?;
    let octets = HeaderValue::from_static("application/octet-stream");
    let content_type = request.headers().get(header::CONTENT_TYPE).cloned().unwrap_or(octets);
    Ok(Reply::new(StatusCode::OK, content_type, request.body().clone()))
}

/// Takes only a token of its own dialect, with the scope that the dialect's settings demand.
pub(super) fn data(
    provider: &Provider,
    now: UtcDateTime,
    request: &Request<Vec<u8>>,
    dialect: Dialect,
    settings: &DialectConfig,
) -> Answer {
    let subject = bearer(provider, now, request.headers())?;
    if subject.dialect != dialect {
        return Err(insufficient_scope("the token was issued in another dialect", None));
    }
    if let Some(scope) = settings.required_scope.as_ref().filter(|scope| !subject.scopes.contains(scope)) {
        return Err(insufficient_scope("the token lacks a scope", Some(scope)));
    }
    let body = json!({
        "method": request.method().as_str(),
        "owner": subject.owner,
        "dialect": subject.dialect.name(),
        "scopes": subject.scopes,
    });
    Ok(Reply::json(StatusCode::OK, &body))
}

/// RFC 6750 3: who sent no token is only told the scheme; who sent a bad one is told so.
fn bearer<'p>(provider: &'p Provider, now: UtcDateTime, headers: &HeaderMap) -> Result<&'p Subject, Reply> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().map(|value| value.to_str().unwrap_or_default());
    if values.next().is_some() {
        return Err(challenged(invalid_request("more than one Authorization header"), Some("invalid_request"), None));
    }
    let (scheme, token) = value.unwrap_or_default().split_once(' ').unwrap_or((value.unwrap_or_default(), ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        let reply = oauth_error(StatusCode::UNAUTHORIZED, "unauthorized", "an access token is required");
        return Err(challenged(reply, None, None));
    }
    if token.trim().is_empty() {
        return Err(challenged(invalid_request("no token after Bearer"), Some("invalid_request"), None));
    }
    provider.tokens.accept(now, token).map_err(|reason| {
        let reply = oauth_error(StatusCode::UNAUTHORIZED, "invalid_token", reason.text());
        challenged(reply, Some("invalid_token"), None)
    })
}

fn insufficient_scope(description: &str, scope: Option<&str>) -> Reply {
    let reply = oauth_error(StatusCode::FORBIDDEN, "insufficient_scope", description);
    challenged(reply, Some("insufficient_scope"), scope)
}

fn challenged(reply: Reply, error: Option<&str>, scope: Option<&str>) -> Reply {
    let mut challenge = String::from("Bearer realm=\"hallpass\"");
    for (name, value) in [("error", error), ("scope", scope)] {
        if let Some(value) = value {
            challenge.extend([", ", name, "=\""]);
            challenge.extend(value.chars().filter(|c| is_scope_char(*c)));
            challenge.push('"');
        }
    }
    let value = HeaderValue::try_from(challenge).expect("is_scope_char lets only visible ASCII through");
    reply.with(header::WWW_AUTHENTICATE, value)
}

/// RFC 6750 3: the characters of a scope, which need no escape inside quotes.
fn is_scope_char(c: char) -> bool {
    c.is_ascii_graphic() && c != '"' && c != '\\'
}
