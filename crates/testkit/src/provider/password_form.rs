//! `POST /authorization`: username and password in a form (RFC 6749 4.3), and refresh (RFC 6749 6).

use http::{Request, StatusCode};
use time::UtcDateTime;

use super::Provider;
use super::assertion;
use super::body::Form;
use super::grant;
use super::reply::{Answer, oauth_error};
use super::tokens::{Dialect, Refreshing, Subject};

pub(super) fn token(provider: &mut Provider, now: UtcDateTime, request: &Request<Vec<u8>>) -> Answer {
    let form = Form::parse(request)?;
    let client = assertion::client(provider, now, request, &form)?.map(|known| known.id);
    let settings = &provider.config.password_form;
    match form.get("grant_type").unwrap_or("password") {
        "password" => {
            let (username, password) = (form.required("username")?, form.required("password")?);
            let users = &provider.config.users;
            if !users.iter().any(|user| user.username == username && user.password == password) {
                let description = "the username or the password is wrong";
                return Err(oauth_error(StatusCode::BAD_REQUEST, "invalid_grant", description));
            }
            let subject = Subject {
                dialect: Dialect::PasswordForm,
                owner: username.to_owned(),
                client,
                scopes: grant::scopes(settings, form.get("scope"))?,
                audience: None,
            };
            Ok(grant::reply(provider.tokens.login(now, settings, subject)))
        }
        "refresh_token" => {
            let asked = Refreshing {
                dialect: Dialect::PasswordForm,
                client: client.as_deref(),
                token: form.required("refresh_token")?,
                scopes: form.get("scope").map(grant::words),
            };
            provider.tokens.refresh(now, settings, asked).map(grant::reply).map_err(grant::refused)
        }
        _ => Err(oauth_error(StatusCode::BAD_REQUEST, "unsupported_grant_type", "password, refresh_token")),
    }
}
