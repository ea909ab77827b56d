//! The life of a token: had once for all who want it, kept, replaced. Each step is verified like a scene's.

use core::time::Duration;
use std::panic::resume_unwind;
use std::sync::mpsc;
use std::thread;

use hallpass_blocking::{Ahead, Client, Want};
use hallpass_core::lifecycle::Revision;
use hallpass_core::{Error, Grant};
use hallpass_store::{Memory, Store, StoreError};
use hallpass_testserver::TestServer;
use http::StatusCode;

use super::scene::get;
use super::scenes::Scene;
use super::stage::{Stage, only};
use super::table::{Mark, Row};
use crate::failure::Failure;

/// What may happen to a token, in the order in which it is shown.
pub(super) const STEPS: [&str; 6] = ["herd", "memory", "401", "403", "ahead", "inline"];

const CALLERS: usize = 1_000;

/// How old the token is made before it is renewed ahead: of its hour, five minutes are left.
const AGED: Duration = Duration::from_mins(55);

/// Plays every step in a dialect whose tokens live for an hour; `forbidden` is a path that they do not open.
pub(super) fn play(scene: &Scene, stage: &mut Stage<'_>, forbidden: &str) -> Result<Row<{ STEPS.len() }>, Failure> {
    let row = |marks| Row { name: scene.name, marks };
    let store = Memory::new();
    let client = Client::new(scene.config()?.store(store.clone()))?;
    let (herd, Some(first)) = herd(scene, stage, &client)? else { return Ok(row([Mark::Failed; STEPS.len()])) };
    let memory = memory(stage, &client, &first)?;
    let healed = healed(scene, stage, &client, &first)?;
    let forbidden = forbids(stage, &client, forbidden)?;
    let (ahead, store) = ahead(scene, stage, &store)?;
    let inline = inline(scene, stage, &store)?;
    Ok(row([herd, memory, healed, forbidden, ahead, inline]))
}

fn herd(scene: &Scene, stage: &mut Stage<'_>, client: &Client) -> Result<(Mark, Option<Grant>), Failure> {
    let why = "1,000 callers want a token at once, and nobody has one. One logs in, and all others wait.";
    let server = stage.server();
    let (answers, exchanges) = stage.step("herd", why, || callers(client, server))?;
    let grants: Result<Vec<_>, _> = answers.into_iter().collect();
    let grants = stage.fine(grants)?.unwrap_or_default();
    let login = only(&exchanges, scene.authenticate.0);
    let good = grants.len() == CALLERS && login.is_some_and(|login| grants.iter().all(|grant| login.gave(grant)));
    let mark = stage.outcome(good, "all 1,000 have the same token, and the server saw one request")?;
    Ok((mark, grants.into_iter().next()))
}

/// Nobody is answered before everybody has come to ask. Where threads are scarce, the rest comes later.
fn callers(client: &Client, server: &TestServer) -> Vec<Result<Grant, Error>> {
    let (come, coming) = mpsc::channel();
    thread::scope(|scope| {
        let caller = |_| {
            let come = come.clone();
            let ask = move || {
                let _ = come.send(());
                client.token()
            };
            thread::Builder::new().spawn_scoped(scope, ask).ok()
        };
        let early = server.with_provider(|_| {
            let early: Vec<_> = (0..CALLERS).map_while(caller).collect();
            coming.iter().take(early.len()).for_each(drop);
            early
        });
        let late = (early.len()..CALLERS).map(|_| client.token());
        let early = early.into_iter().map(|caller| caller.join().unwrap_or_else(|panic| resume_unwind(panic)));
        early.chain(late).collect()
    })
}

fn memory(stage: &mut Stage<'_>, client: &Client, first: &Grant) -> Result<Mark, Failure> {
    let why = "Whoever asks while the token is fresh has it from memory.";
    let (result, exchanges) = stage.step("memory", why, || client.token())?;
    let same = stage.fine(result)?.is_some_and(|grant| grant.id() == first.id());
    stage.outcome(same && exchanges.is_empty(), "the same token, and no request")
}

fn healed(scene: &Scene, stage: &mut Stage<'_>, client: &Client, first: &Grant) -> Result<Mark, Failure> {
    let revoked = stage.server().with_provider(|provider| provider.revoke(first.access_token().expose()));
    let why = "The server has revoked the token. The call is repeated once, with another one.";
    let (result, exchanges) = stage.step("401", why, || get(client, &scene.data()))?;
    let response = stage.fine(result)?;
    let healed = response.as_ref().is_some_and(|response| response.status() == StatusCode::OK);
    let another = response.as_ref().and_then(|response| response.extensions().get::<Grant>());
    let good = match (&exchanges[..], another) {
        ([refused, login, repeated], Some(another)) => {
            refused.called(first, StatusCode::UNAUTHORIZED)
                && login.asked(scene.authenticate.0)
                && login.gave(another)
                && repeated.called(another, StatusCode::OK)
        }
        _ => false,
    };
    stage.outcome(revoked && healed && good, "one new token, and all that the caller sees is the 200")
}

fn forbids(stage: &mut Stage<'_>, client: &Client, path: &str) -> Result<Mark, Failure> {
    let why = "A token that is good but may not do this is another matter: a new one could not do it either.";
    let (result, exchanges) = stage.step("403", why, || get(client, path))?;
    let told = stage.fine(result)?.is_some_and(|response| response.status() == StatusCode::FORBIDDEN);
    let once = matches!(&exchanges[..], [call] if call.status() == Some(StatusCode::FORBIDDEN));
    stage.outcome(told && once, "no login, no second try; `hallpass check` tells a 401 from a 403")
}

/// While the caller asks, the server answers nobody: whoever had to wait for it would wait for ever.
fn ahead(scene: &Scene, stage: &mut Stage<'_>, store: &Memory) -> Result<(Mark, Memory), Failure> {
    let (client, store) = later(scene, store, Ahead::Background)?;
    let old = stage.fine(client.token())?;
    let server = stage.server();
    let why = "Five minutes before its end (its record was dated back) a token is served, and renewed meanwhile.";
    let (result, exchanges) = stage.step("ahead", why, || {
        let kept = server.with_provider(|_| client.token())?;
        // Waits for the flight behind the caller.
        let renewed = client.token_with(&Want { not: Some(kept.id()), ..Want::default() })?;
        Ok((kept, renewed))
    })?;
    let login = only(&exchanges, scene.authenticate.0);
    let good = match (old, stage.fine(result)?, login) {
        (Some(old), Some((kept, renewed)), Some(login)) => kept.id() == old.id() && login.gave(&renewed),
        _ => false,
    };
    let mark =
        stage.outcome(good, "the caller had the old one before the server answered; the next has the new one")?;
    Ok((mark, store))
}

fn inline(scene: &Scene, stage: &mut Stage<'_>, store: &Memory) -> Result<Mark, Failure> {
    let (client, _) = later(scene, store, Ahead::Inline)?;
    let old = stage.fine(client.token())?;
    let why = "The same where nothing may go on behind the caller, as in a command: the caller itself renews it.";
    let (result, exchanges) = stage.step("inline", why, || client.token())?;
    let login = only(&exchanges, scene.authenticate.0);
    let good = match (old, stage.fine(result)?, login) {
        (Some(old), Some(renewed), Some(login)) => old.id() != renewed.id() && login.gave(&renewed),
        _ => false,
    };
    stage.outcome(good, "the caller has the new one")
}

/// A client that starts with what another one has left, some time later.
fn later(scene: &Scene, store: &Memory, ahead: Ahead) -> Result<(Client, Memory), Failure> {
    let failed = |error: StoreError| Failure::other(error.to_string());
    let config = scene.config()?;
    let key = config.dialect().key();
    let later = Memory::new();
    let found = store.peek(&key).map_err(failed)?;
    if let (Some(found), Some(mut lock)) = (found, later.try_lock(&key, Duration::MAX).map_err(failed)?) {
        let mut record = found.record;
        record.revision = Revision(!record.revision.0);
        if let Some(grant) = &mut record.grant {
            grant.issued -= AGED;
        }
        lock.save(&record).map_err(|error| Failure::other(error.to_string()))?;
    }
    Ok((Client::new(config.store(later.clone()).ahead(ahead))?, later))
}
