//! `POST /register`, `/authenticate` and `/refresh`: JSON in and out, no `token_type`, no `expires_in`.

use http::{Request, StatusCode};
use serde_json::{Map, Value, json};
use time::UtcDateTime;

use super::Provider;
use super::body::{NotJson, json_object};
use super::bounded::Bounded;
use super::config::Registered;
use super::reply::{Answer, Reply, detail};
use super::tokens::{Dialect, Issued, Refreshing, Subject};

/// Who is registered, by `user_key`.
#[derive(Debug, Clone)]
pub(super) struct Users(Bounded<String, Registered>);

impl Users {
    pub(super) fn new(registered: &[Registered], remember: usize) -> Self {
        let mut users = Bounded::new(remember.max(registered.len()));
        for user in registered {
            users.insert(user.user_key.clone(), user.clone());
        }
        Self(users)
    }
}

pub(super) fn register(provider: &mut Provider, request: &Request<Vec<u8>>) -> Answer {
    let body = object(request)?;
    let (user_id, user_secret) = (required(&body, "user_id")?, required(&body, "user_secret")?);
    if provider.users.0.iter().any(|(_, user)| user.user_id == user_id) {
        return Err(field_error("user_id", "A user with that username already exists."));
    }
    let user_key = provider.tokens.mint().opaque("uk");
    let user = Registered { user_id: user_id.into(), user_secret: user_secret.into(), user_key: user_key.clone() };
    provider.users.0.insert(user_key.clone(), user);
    // More than the documentation promises, as real servers answer: a client has to look past it.
    Ok(Reply::json(StatusCode::CREATED, &json!({ "user_id": user_id, "user_key": user_key })))
}

pub(super) fn authenticate(provider: &mut Provider, now: UtcDateTime, request: &Request<Vec<u8>>) -> Answer {
    let body = object(request)?;
    let (user_key, user_secret) = (required(&body, "user_key")?, required(&body, "user_secret")?);
    let Some(user) = provider.users.0.get(&user_key.to_owned()).filter(|user| user.user_secret == user_secret) else {
        let text = "No active account found with the given credentials";
        return Err(detail(StatusCode::UNAUTHORIZED, "no_active_account", text));
    };
    let settings = &provider.config.user_key;
    let subject = Subject {
        dialect: Dialect::UserKey,
        owner: user.user_id.clone(),
        client: None,
        scopes: settings.default_scopes.clone(),
        audience: None,
    };
    Ok(reply(provider.tokens.login(now, settings, subject)))
}

pub(super) fn refresh(provider: &mut Provider, now: UtcDateTime, request: &Request<Vec<u8>>) -> Answer {
    let body = object(request)?;
    let token = required(&body, "refresh_token")?;
    let asked = Refreshing { dialect: Dialect::UserKey, client: None, token, scopes: None };
    let issued = provider.tokens.refresh(now, &provider.config.user_key, asked);
    issued.map(reply).map_err(|reason| detail(StatusCode::UNAUTHORIZED, "token_not_valid", reason.text()))
}

fn reply(issued: Issued) -> Reply {
    let mut body = json!({ "access_token": issued.access_token });
    if let Some(refresh_token) = issued.refresh_token {
        body["refresh_token"] = refresh_token.into();
    }
    Reply::json(StatusCode::OK, &body)
}

fn object(request: &Request<Vec<u8>>) -> Result<Map<String, Value>, Reply> {
    json_object(request).map_err(|error| match error {
        NotJson::ContentType => {
            detail(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "The body must be application/json.")
        }
        NotJson::Syntax => detail(StatusCode::BAD_REQUEST, "parse_error", "The body must be a JSON object."),
    })
}

fn required<'b>(body: &'b Map<String, Value>, name: &'static str) -> Result<&'b str, Reply> {
    match body.get(name) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text),
        Some(Value::String(_)) => Err(field_error(name, "This field may not be blank.")),
        Some(Value::Null) | None => Err(field_error(name, "This field is required.")),
        Some(_) => Err(field_error(name, "Not a valid string.")),
    }
}

fn field_error(field: &'static str, text: &str) -> Reply {
    Reply::json(StatusCode::BAD_REQUEST, &json!({ field: [text] }))
}
