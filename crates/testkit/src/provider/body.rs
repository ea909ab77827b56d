//! Request bodies: a form, or a JSON object.

use std::collections::BTreeMap;

use http::{HeaderMap, Request, StatusCode, header};
use serde_json::{Map, Value};

use super::reply::{Reply, oauth_error};

/// A form whose parameters each came once.
#[derive(Debug)]
pub(super) struct Form(BTreeMap<String, String>);

impl Form {
    pub(super) fn parse(request: &Request<Vec<u8>>) -> Result<Self, Reply> {
        if !is_content_type(request.headers(), "application/x-www-form-urlencoded") {
            return Err(invalid_request("the content type must be application/x-www-form-urlencoded"));
        }
        let mut parameters = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(request.body()) {
            // RFC 6749 3.2: a parameter must not come twice.
            if parameters.insert(name.into_owned(), value.into_owned()).is_some() {
                return Err(invalid_request("a parameter was given twice"));
            }
        }
        // The same section: a parameter without a value counts as absent.
        parameters.retain(|_, value| !value.is_empty());
        Ok(Self(parameters))
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub(super) fn required(&self, name: &str) -> Result<&str, Reply> {
        self.get(name).ok_or_else(|| invalid_request(&format!("the parameter {name} is missing")))
    }
}

/// Why a body is no JSON object.
pub(super) enum NotJson {
    ContentType,
    Syntax,
}

pub(super) fn json_object(request: &Request<Vec<u8>>) -> Result<Map<String, Value>, NotJson> {
    if !is_content_type(request.headers(), "application/json") {
        return Err(NotJson::ContentType);
    }
    serde_json::from_slice(request.body()).map_err(|_| NotJson::Syntax)
}

pub(super) fn invalid_request(description: &str) -> Reply {
    oauth_error(StatusCode::BAD_REQUEST, "invalid_request", description)
}

/// The refresh token in a request's body, whatever the body is and whether or not it will be accepted.
pub(super) fn presented_refresh_token(request: &Request<Vec<u8>>) -> Option<String> {
    if let Ok(object) = json_object(request) {
        return object.get("refresh_token")?.as_str().map(str::to_owned);
    }
    let mut parameters = form_urlencoded::parse(request.body());
    parameters.find(|(name, _)| name == "refresh_token").map(|(_, value)| value.into_owned())
}

fn is_content_type(headers: &HeaderMap, wanted: &str) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case(wanted)
}
