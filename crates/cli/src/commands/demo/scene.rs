//! How a scene is played, and how each of its steps is verified.

use hallpass_blocking::{Body, Client};
use hallpass_core::{BadUrl, Error, Grant, Misuse, UserKey};
use http::{Response, StatusCode};

use super::scenes::Scene;
use super::show;
use super::stage::{Exchange, Stage, only};
use super::table::{Mark, Row};
use crate::failure::Failure;

/// The steps that a dialect may have, in the order in which they are played.
pub(super) const STEPS: [&str; 5] = ["register", "authenticate", "refresh", "call", "refuse"];

/// Plays every step that the dialect has. Returns how they went.
pub(super) fn play(scene: &Scene, stage: &mut Stage<'_>) -> Result<Row<{ STEPS.len() }>, Failure> {
    let client = scene.client()?;
    let (registered, key) = register(scene, stage, &client)?;
    let (authenticated, first) = authenticate(scene, stage, &client)?;
    let (refreshed, second) = refresh(scene, stage, &client, first.as_ref())?;
    let called = call(scene, stage, &client, second.or(first).as_ref())?;
    let refused = refuse(scene, stage, key)?;
    Ok(Row { name: scene.name, marks: [registered, authenticated, refreshed, called, refused] })
}

/// Calls the API as any program would.
pub(super) fn get(client: &Client, path: &str) -> Result<Response<Body>, Error> {
    let bad = |why| Misuse::Url { what: "the built-in server's URL".into(), why };
    let base = client.config().get_api_url().ok_or(bad(BadUrl::NotAbsolute))?;
    let mut request = http::Request::new(());
    *request.uri_mut() = base.join(path).map_err(bad)?.uri().clone();
    client.send(request)
}

fn register(scene: &Scene, stage: &mut Stage<'_>, client: &Client) -> Result<(Mark, Option<UserKey>), Failure> {
    let Some((at, why)) = scene.register else { return Ok((Mark::None, None)) };
    let (result, exchanges) = stage.step("register", why, || client.register())?;
    let key = stage.fine(result)?;
    let given = only(&exchanges, at).and_then(|exchange| exchange.replied("user_key"));
    let good = key.as_ref().is_some_and(|key| given.as_deref() == Some(key.expose()));
    Ok((Mark::of(good), key))
}

fn authenticate(scene: &Scene, stage: &mut Stage<'_>, client: &Client) -> Result<(Mark, Option<Grant>), Failure> {
    let (at, why) = scene.authenticate;
    let (result, exchanges) = stage.step("authenticate", why, || client.token())?;
    let grant = stage.fine(result)?;
    let good = only(&exchanges, at).is_some_and(|exchange| {
        exchange.status() == Some(StatusCode::OK)
            && grant.as_ref().is_some_and(|grant| exchange.gave(grant))
            && exchange.sent("refresh_token").is_none()
            && exchange.replied("refresh_token").is_some() == scene.refresh.is_some()
    });
    Ok((Mark::of(good), grant))
}

/// The refresh token must be used, and once.
fn refresh(
    scene: &Scene,
    stage: &mut Stage<'_>,
    client: &Client,
    first: Option<&Grant>,
) -> Result<(Mark, Option<Grant>), Failure> {
    let Some((at, why)) = scene.refresh else { return Ok((Mark::None, None)) };
    let server = stage.server();
    let (result, exchanges) = stage.step("refresh", why, || client.force_refresh())?;
    let grant = stage.fine(result)?;
    let used = only(&exchanges, at).and_then(|exchange| exchange.sent("refresh_token"));
    let once = used.is_some_and(|token| server.with_provider(|provider| provider.presented(&token)) == 1);
    let unharmed = server.with_provider(|provider| provider.revoked_families()) == 0;
    let is_new = |grant: &Grant| first.is_some_and(|first| first.access_token() != grant.access_token());
    Ok((Mark::of(once && unharmed && grant.as_ref().is_some_and(is_new)), grant))
}

fn call(scene: &Scene, stage: &mut Stage<'_>, client: &Client, grant: Option<&Grant>) -> Result<Mark, Failure> {
    let Some(grant) = grant else { return Ok(Mark::Failed) };
    let (result, exchanges) = stage.step("call", "The token opens the API.", || get(client, &scene.data()))?;
    let opened = stage.fine(result)?.is_some_and(|response| response.status() == StatusCode::OK);
    let right_door = match &exchanges[..] {
        [exchange] => {
            exchange.called(grant, StatusCode::OK) && exchange.replied("dialect").as_deref() == Some(scene.name)
        }
        _ => false,
    };
    Ok(Mark::of(opened && right_door))
}

/// Wrong credentials are refused once, and not tried again.
fn refuse(scene: &Scene, stage: &mut Stage<'_>, key: Option<UserKey>) -> Result<Mark, Failure> {
    let stranger = scene.stranger(key)?;
    let why = if scene.quoted {
        "A wrong secret is refused. It is not tried again, and this is what the command would say:"
    } else {
        "A wrong secret is refused, and not tried again."
    };
    let (result, exchanges) = stage.step("refuse", why, || stranger.token())?;
    let Err(error) = result else { return Ok(Mark::Failed) };
    let status = only(&exchanges, scene.authenticate.0).and_then(Exchange::status);
    let refused = status.is_some_and(|status| status.is_client_error());
    let good = refused && matches!(error, Error::Denied(_)) && !error.retry().can_help();
    if scene.quoted || !good {
        stage.print(&show::error(&error))?;
    }
    Ok(Mark::of(good))
}
