//! `hallpass forget`: nothing is held any more, as far as this store goes.

use hallpass_blocking::Client;
use hallpass_core::Error;
use hallpass_core::dialect::Key;
use hallpass_core::error::{StoreFailure, StoreTask};
use hallpass_core::lifecycle::Record;
use hallpass_store::{StoreTrouble, Swept};

use crate::args::{Forget, Globals};
use crate::failure::Failure;
use crate::login::Login;
use crate::output;

pub(super) fn run(globals: &Globals, args: &Forget) -> Result<(), Failure> {
    Login::with(globals, &args.profile, |login| {
        // Only to revoke does anybody have to be let in.
        let client = if args.revoke { login.client()? } else { login.records_client()? };
        let registers = client.config().dialect().identity().is_some();
        if args.user_key && !registers {
            let (name, dialect) = (login.profile.name(), login.profile.dialect());
            return Err(Failure::usage(format!(
                "--user-key: profile `{name}` speaks {dialect}, which has no user_key"
            )));
        }
        let dialect = client.config().dialect();
        let (key, identity) = (dialect.key(), dialect.identity());
        // Where there is none, what was moved aside of a registration may hold the only user key.
        let has_key = identity.as_ref().is_some_and(|key| holds_key(&client, key));
        // Before, a record that no key opens; after, what was found damaged only now.
        let sealed = [Some(key.clone()), identity.clone().filter(|_| args.user_key)];
        let mut swept = if args.force { sweep(login, &sealed, true)? } else { Vec::new() };
        let forgotten = |key: &Key, done: Result<_, Error>| done.map_err(|error| by_force(login, key, error));
        let (record, revoked) =
            if args.revoke { revoked(&client)? } else { (forgotten(&key, client.forget())?, String::new()) };
        let mut gone = record.map(|record| parts(&record)).unwrap_or_default();
        if let Some(registration) = identity.as_ref().filter(|_| args.user_key) {
            let record = forgotten(registration, client.forget_registration())?;
            gone.extend(record.map(|record| parts(&record)).unwrap_or_default());
        }
        swept.extend(sweep(login, &[Some(key), identity.filter(|_| args.user_key || has_key)], false)?);
        swept.sort();
        swept.dedup();
        gone.extend(swept.into_iter().map(|what| match what {
            Swept::Record => "a record that no key opens",
            Swept::Aside => "a damaged record that had been moved aside",
            _ => "something that could not be read",
        }));
        let what = if gone.is_empty() { "nothing was held".to_owned() } else { format!("forgot {}", gone.join(", ")) };
        let kept = if has_key && !args.user_key { "; a user_key stays, --user-key forgets that too" } else { "" };
        output::print(&format!("{}: {revoked}{what}{kept}\n", login.profile.name()))
    })
}

fn holds_key(client: &Client, registration: &Key) -> bool {
    let found = client.config().get_store().peek(registration);
    found.is_ok_and(|found| found.is_some_and(|found| found.record.held.user_key.is_some()))
}

/// Revokes first. What could not be revoked is not forgotten: it can be tried again.
fn revoked(client: &Client) -> Result<(Option<Record>, String), Failure> {
    let done = client.revoke()?;
    let tokens = if done.tokens == 1 { "1 token".to_owned() } else { format!("{} tokens", done.tokens) };
    let kinds: Vec<_> = done.stay.iter().map(|kind| format!("the {}", kind.name().replace('_', " "))).collect();
    let stay = match kinds.join(" and ") {
        kinds if kinds.is_empty() => kinds,
        kinds => format!(" (the server cannot revoke {kinds}: good to the end)"),
    };
    Ok((done.record, format!("revoked {tokens}{stay}; ")))
}

fn sweep(login: &Login<'_>, keys: &[Option<Key>], unreadable: bool) -> Result<Vec<Swept>, Failure> {
    let store = login.store.store();
    let swept = keys.iter().flatten().map(|key| store.sweep(key, unreadable)).collect::<Result<Vec<_>, _>>();
    let swept = swept.map_err(|error| Error::Store(StoreFailure::new(StoreTask::Removing, error.why)))?;
    Ok(swept.concat())
}

/// The way out where the key of a record is lost.
fn by_force(login: &Login<'_>, key: &Key, error: Error) -> Failure {
    let sealed = || login.store.store().peek(key).is_err_and(|error| error.kind == StoreTrouble::Sealed);
    let sealed = matches!(error, Error::Store(_)) && sealed();
    Failure::from(error).with(if sealed { "; a record whose key is lost is forgotten by --force" } else { "" })
}

/// What a record held, in words.
fn parts(record: &Record) -> Vec<&'static str> {
    let parts = [
        (record.grant.is_some(), "an access token"),
        (record.held.refresh_token.is_some(), "a refresh token"),
        (record.held.user_key.is_some(), "a user_key"),
        (record.spending.is_some(), "that an answer was lost"),
        (record.closed.is_some(), "that the credentials were refused"),
    ];
    parts.into_iter().filter(|(held, _)| *held).map(|(_, what)| what).collect()
}
