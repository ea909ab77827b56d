//! `POST /oauth/v2/token`: client credentials by Basic or in the form (RFC 6749 4.4), and refresh (RFC 6749 6).

use http::{Request, StatusCode};
use time::UtcDateTime;

use super::Provider;
use super::assertion::{self, Asserted};
use super::body::Form;
use super::client::{self, Known};
use super::grant;
use super::reply::{Answer, oauth_error};
use super::tokens::{Dialect, Refreshing, Subject};

pub(super) fn token(provider: &mut Provider, now: UtcDateTime, request: &Request<Vec<u8>>) -> Answer {
    let form = Form::parse(request)?;
    let known = assertion::client(provider, now, request, &form)?;
    if form.required("grant_type")? == JWT_BEARER {
        return about_somebody(provider, now, request, &form);
    }
    let settings = &provider.config.basic_form;
    let client = known.ok_or_else(client::invalid_client)?;
    match form.required("grant_type")? {
        "client_credentials" => {
            let subject = subject(&client, &form, grant::scopes(settings, form.get("scope"))?)?;
            Ok(grant::reply(provider.tokens.login(now, settings, subject)))
        }
        "refresh_token" => {
            let asked = Refreshing {
                dialect: Dialect::BasicForm,
                client: Some(&client.id),
                token: form.required("refresh_token")?,
                scopes: form.get("scope").map(grant::words),
            };
            provider.tokens.refresh(now, settings, asked).map(grant::reply).map_err(grant::refused)
        }
        _ => Err(oauth_error(StatusCode::BAD_REQUEST, "unsupported_grant_type", "client_credentials, refresh_token")),
    }
}

const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// RFC 7523 2.1: the assertion says who asks, so the client need not.
fn about_somebody(provider: &mut Provider, now: UtcDateTime, request: &Request<Vec<u8>>, form: &Form) -> Answer {
    let refused = |why| oauth_error(StatusCode::BAD_REQUEST, "invalid_grant", why);
    let Asserted { issuer, subject } =
        assertion::check(provider, now, request, form.required("assertion")?).map_err(refused)?;
    let settings = &provider.config.basic_form;
    let subject = Subject {
        dialect: Dialect::BasicForm,
        owner: subject,
        client: Some(issuer),
        scopes: grant::scopes(settings, form.get("scope"))?,
        audience: form.get("audience").or_else(|| form.get("resource")).map(str::to_owned),
    };
    Ok(grant::reply(provider.tokens.login(now, settings, subject)))
}

fn subject(client: &Known, form: &Form, scopes: Vec<String>) -> Result<Subject, super::reply::Reply> {
    if !client.confidential {
        let description = "a public client has no credentials to be granted for";
        return Err(oauth_error(StatusCode::BAD_REQUEST, "unauthorized_client", description));
    }
    Ok(Subject {
        dialect: Dialect::BasicForm,
        owner: client.id.clone(),
        client: Some(client.id.clone()),
        scopes,
        audience: form.get("audience").or_else(|| form.get("resource")).map(str::to_owned),
    })
}
