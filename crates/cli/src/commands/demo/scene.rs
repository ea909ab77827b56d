//! How a scene is played, and how each of its steps is verified.

use hallpass_blocking::Client;
use hallpass_client::call::{admit, attach};
use hallpass_core::{BadUrl, Error, Grant, Misuse, UserKey};
use hallpass_testkit::provider::Endpoint as At;
use http::{StatusCode, header};

use super::scenes::Scene;
use super::show;
use super::stage::{Exchange, Stage};
use super::table::{Mark, Row};
use crate::failure::Failure;

/// Plays every step that the dialect has. Returns how they went, and a token that is good.
pub(super) fn play(scene: &Scene, stage: &mut Stage<'_>) -> Result<(Row, Option<Granted>), Failure> {
    let client = scene.client()?;
    let (registered, key) = register(scene, stage, &client)?;
    let (authenticated, first) = authenticate(scene, stage, &client)?;
    let (refreshed, second) = refresh(scene, stage, &client, first.as_ref())?;
    let grant = second.or(first);
    let called = call(scene, stage, &client, grant.as_ref())?;
    let refused = refuse(scene, stage, key)?;
    let marks = [registered, authenticated, refreshed, called, refused];
    let granted = grant.map(|grant| Granted { dialect: scene.name, client, grant });
    Ok((Row { dialect: scene.name, marks }, granted))
}

/// A token that was good at the end of its scene.
pub(super) struct Granted {
    dialect: &'static str,
    client: Client,
    grant: Grant,
}

fn register(scene: &Scene, stage: &mut Stage<'_>, client: &Client) -> Result<(Mark, Option<UserKey>), Failure> {
    let Some((at, why)) = scene.register else { return Ok((Mark::None, None)) };
    let (result, exchanges) = stage.step("register", why, || client.register())?;
    let key = fine(stage, result)?;
    let given = only(&exchanges, at).and_then(|exchange| exchange.replied("user_key"));
    let good = key.as_ref().is_some_and(|key| given.as_deref() == Some(key.expose()));
    Ok((mark(good), key))
}

fn authenticate(scene: &Scene, stage: &mut Stage<'_>, client: &Client) -> Result<(Mark, Option<Grant>), Failure> {
    let (at, why) = scene.authenticate;
    let (result, exchanges) = stage.step("authenticate", why, || client.token())?;
    let grant = fine(stage, result)?;
    let good = only(&exchanges, at).is_some_and(|exchange| {
        exchange.reply.status() == 200
            && exchange.sent("refresh_token").is_none()
            && exchange.replied("refresh_token").is_some() == scene.refresh.is_some()
    });
    Ok((mark(good && grant.is_some()), grant))
}

/// The server's clock moves past the token's life, so that a refresh is due; the refresh token must be used, and once.
fn refresh(
    scene: &Scene,
    stage: &mut Stage<'_>,
    client: &Client,
    first: Option<&Grant>,
) -> Result<(Mark, Option<Grant>), Failure> {
    let Some((at, why)) = scene.refresh else { return Ok((Mark::None, None)) };
    let server = stage.server();
    server.advance(scene.life);
    let (result, exchanges) = stage.step("refresh", why, || client.token())?;
    let grant = fine(stage, result)?;
    let used = only(&exchanges, at).and_then(|exchange| exchange.sent("refresh_token"));
    let once = used.is_some_and(|token| server.with_provider(|provider| provider.presented(&token)) == 1);
    let unharmed = server.with_provider(|provider| provider.revoked_families()) == 0;
    let is_new = |grant: &Grant| first.is_some_and(|first| first.access_token() != grant.access_token());
    Ok((mark(once && unharmed && grant.as_ref().is_some_and(is_new)), grant))
}

fn call(scene: &Scene, stage: &mut Stage<'_>, client: &Client, grant: Option<&Grant>) -> Result<Mark, Failure> {
    let Some(grant) = grant else { return Ok(Mark::Failed) };
    let (result, exchanges) = stage.step("call", "The token opens the API.", || get(client, grant, &scene.data()))?;
    let status = fine(stage, result)?;
    let right_door = exchanges.iter().all(|exchange| exchange.replied("dialect").as_deref() == Some(scene.name));
    Ok(mark(answered(&exchanges, grant, status, StatusCode::OK) && right_door))
}

/// Wrong credentials are refused once, and not tried again.
fn refuse(scene: &Scene, stage: &mut Stage<'_>, key: Option<UserKey>) -> Result<Mark, Failure> {
    let stranger = scene.stranger(key)?;
    let why = "A wrong secret is refused. It is not tried again, and this is what the command would say:";
    let (result, exchanges) = stage.step("refuse", why, || stranger.token())?;
    let Err(error) = result else { return Ok(Mark::Failed) };
    stage.print(&show::error(&error))?;
    let refused =
        only(&exchanges, scene.authenticate.0).is_some_and(|exchange| exchange.reply.status().is_client_error());
    Ok(mark(refused && matches!(error, Error::Denied(_)) && !error.retry().can_help()))
}

/// The API's own two ways to say no, which `hallpass check` tells apart.
pub(super) fn api_refuses(stage: &mut Stage<'_>, granted: &[Granted]) -> Result<bool, Failure> {
    let (Some(first), Some(last)) = (granted.first(), granted.last()) else { return Ok(false) };
    stage.print("\nAn API says no in two ways, and `hallpass check` tells them apart.\n")?;

    let why = "The token opens nothing, since it was revoked. A new login helps.";
    stage.server().with_provider(|provider| provider.revoke(first.grant.access_token().expose()));
    let path = format!("/{}/data", first.dialect);
    let (result, unauthorized) = stage.step("401", why, || get(&first.client, &first.grant, &path))?;
    let unauthorized = answered(&unauthorized, &first.grant, fine(stage, result)?, StatusCode::UNAUTHORIZED);

    let why = format!("The token is good, but one of {} may not do this. A new login does not help.", last.dialect);
    let (result, forbidden) = stage.step("403", &why, || get(&last.client, &last.grant, &path))?;
    let forbidden = answered(&forbidden, &last.grant, fine(stage, result)?, StatusCode::FORBIDDEN);
    Ok(unauthorized && forbidden)
}

/// Whether one call was made, with this token, and both ends agree on its status.
fn answered(exchanges: &[Exchange], grant: &Grant, got: Option<StatusCode>, expected: StatusCode) -> bool {
    match exchanges {
        [exchange] => carried(exchange, grant) && exchange.reply.status() == expected && got == Some(expected),
        _ => false,
    }
}

/// `Client::send` would log in anew for each call in this version; this sends the very token that was shown.
fn get(client: &Client, grant: &Grant, path: &str) -> Result<StatusCode, Error> {
    let bad = |why| Misuse::Url { what: "the built-in server's URL".into(), why };
    let base = client.config().api_base().ok_or(bad(BadUrl::NotAbsolute))?;
    let url = base.join(path).map_err(bad)?;
    let mut request = http::Request::new(());
    *request.uri_mut() = url.uri().clone();
    admit(client.config(), request.uri())?;
    attach(grant, request.headers_mut());
    Ok(client.send_plain(request)?.status())
}

fn carried(exchange: &Exchange, grant: &Grant) -> bool {
    exchange.request.headers.get(header::AUTHORIZATION) == Some(grant.authorization())
}

/// The one exchange that a step may have led to, if it went to the right place.
fn only(exchanges: &[Exchange], at: At) -> Option<&Exchange> {
    match exchanges {
        [exchange] if exchange.request.target == at.path() && exchange.request.method == "POST" => Some(exchange),
        _ => None,
    }
}

/// An error where there should be none is shown, and the demo goes on.
fn fine<T>(stage: &Stage<'_>, result: Result<T, Error>) -> Result<Option<T>, Failure> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) => stage.print(&show::error(&error)).map(|()| None),
    }
}

fn mark(good: bool) -> Mark {
    if good { Mark::Ok } else { Mark::Failed }
}
