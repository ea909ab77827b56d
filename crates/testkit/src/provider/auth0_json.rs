//! `POST /oauth/token`: client credentials as JSON members, with an audience.

use http::{Request, StatusCode};
use serde_json::{Map, Value};
use time::UtcDateTime;

use super::Provider;
use super::body::{NotJson, invalid_request, json_object};
use super::config::{DialectConfig, RefreshIssue};
use super::grant;
use super::reply::{Answer, Reply, oauth_error};
use super::tokens::{Dialect, Subject};

pub(super) fn token(provider: &mut Provider, now: UtcDateTime, request: &Request<Vec<u8>>) -> Answer {
    let body = json_object(request).map_err(|error| match error {
        NotJson::ContentType => invalid_request("the content type must be application/json"),
        NotJson::Syntax => invalid_request("the body must be a JSON object"),
    })?;
    let config = &provider.config;
    let grant_type = required(&body, "grant_type")?;
    let (id, secret) = (required(&body, "client_id")?, required(&body, "client_secret")?);
    if grant_type != "client_credentials" {
        return Err(oauth_error(StatusCode::BAD_REQUEST, "unsupported_grant_type", "only client_credentials"));
    }
    if !config.clients.iter().any(|client| client.id == id && client.secret.as_deref() == Some(secret)) {
        return Err(access_denied(StatusCode::UNAUTHORIZED, "Unauthorized"));
    }
    let Some(audience) = member(&body, "audience")? else {
        return Err(access_denied(StatusCode::FORBIDDEN, "No audience parameter was provided"));
    };
    if !config.audiences.iter().any(|known| known == audience) {
        return Err(access_denied(StatusCode::FORBIDDEN, &format!("Service not enabled within domain: {audience}")));
    }
    let subject = Subject {
        dialect: Dialect::Auth0Json,
        owner: id.to_owned(),
        client: Some(id.to_owned()),
        scopes: grant::scopes(&config.auth0_json, member(&body, "scope")?)?,
        audience: Some(audience.to_owned()),
    };
    let settings = DialectConfig { refresh_token: RefreshIssue::Never, ..config.auth0_json.clone() };
    Ok(grant::reply(provider.tokens.login(now, &settings, subject)))
}

fn access_denied(status: StatusCode, description: &str) -> Reply {
    oauth_error(status, "access_denied", description)
}

fn required<'b>(body: &'b Map<String, Value>, name: &str) -> Result<&'b str, Reply> {
    member(body, name)?.ok_or_else(|| invalid_request(&format!("the member {name} is missing")))
}

fn member<'b>(body: &'b Map<String, Value>, name: &str) -> Result<Option<&'b str>, Reply> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(invalid_request(&format!("the member {name} must be a string"))),
    }
}
