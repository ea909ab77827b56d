//! `hallpass register`: the `user_key` into the store, and on stdout at once, since the server gives it only once.

use std::sync::mpsc;

use hallpass_client::Change;
use hallpass_core::Error;

use crate::args::Globals;
use crate::failure::{Failure, Kind};
use crate::login::Login;
use crate::output;

pub(super) fn run(globals: &Globals, name: &str) -> Result<(), Failure> {
    Login::with(globals, name, |login| {
        let (tell, told) = mpsc::channel();
        let client = login.client_with(|config| {
            config.watch(move |change| {
                if let Change::Registered { unsaved } = change {
                    // Whoever does not listen has failed already.
                    let _ = tell.send(unsaved.clone());
                }
            })
        })?;
        let key = client.register().map_err(|error| failed(login, error))?;
        let lost = match told.try_recv().ok().flatten() {
            _ if login.store.kind() == "memory" => Some((Kind::Other, "it is kept nowhere".to_owned())),
            unsaved => unsaved.map(|failure| (Kind::Store, format!("it is not kept: {failure}"))),
        };
        let printed = output::print_bytes(format!("{}\n", key.expose()).as_bytes());
        let unread = match &printed {
            Ok(true) => None,
            Ok(false) => Some("nobody read the user_key from stdout".to_owned()),
            Err(failure) => Some(failure.message().to_owned()),
        };
        match (lost, unread) {
            (None, _) => output::note(
                globals,
                &format!("this user_key is kept in the store ({}): `hallpass token {name}` uses it", login.store),
            ),
            (Some((kind, why)), Some(unread)) => {
                return Err(Failure::new(
                    kind,
                    format!(
                        "the user was registered, but {unread}, {why}, and the server gives the user_key only once: ask \
                         whoever runs the server for it"
                    ),
                ));
            }
            (Some((_, why)), None) => login.warn(&format!(
                "keep this user_key, the server gives it only once and {why}: give it to `hallpass import {name}`, or put \
                 `user_key = \"…\"` (or a {{ file = … }} or {{ command = … }} that gives it) into the profile"
            )),
        }
        printed.map(drop)
    })
}

/// A registration whose answer was lost is never repeated, and whoever reads this may be the only one who ever hears of it.
fn failed(login: &Login<'_>, error: Error) -> Failure {
    let lost = match &error {
        Error::Unreachable(unreachable) => unreachable.maybe_sent && !error.retry().can_help(),
        Error::Malformed(malformed) => malformed.status.is_success(),
        _ => false,
    };
    let failure = login.explain(error);
    if !lost {
        return failure;
    }
    failure.with(&format!(
        "; the user may exist now, so it is not registered again: give its user_key to `hallpass import {}` if you have it, \
         else ask whoever runs the server",
        login.profile.name()
    ))
}
