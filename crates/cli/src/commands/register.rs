//! `hallpass register`: the `user_key` into the store, and on stdout at once, since the server gives it only once.

use super::login::Login;
use crate::args::Globals;
use crate::failure::Failure;
use crate::output;

pub(super) fn run(globals: &Globals, name: &str) -> Result<(), Failure> {
    Login::with(globals, name, |login| {
        let key = login.client()?.register().map_err(|error| login.explain(error))?;
        let kept = login.is_kept();
        if !output::print_bytes(format!("{}\n", key.expose()).as_bytes())? && !kept {
            return Err(Failure::other(
                "the user was registered, but nobody read the user_key from stdout, it is not kept, and the server gives \
                 it only once: ask whoever runs the server for it",
            ));
        }
        let note = if kept {
            format!("this user_key is kept in the store ({}): `hallpass token {name}` uses it", login.store)
        } else {
            format!(
                "keep this user_key, the server gives it only once: give it to `hallpass import {name}`, or put \
                 `user_key = \"…\"` (or a {{ file = … }} or {{ command = … }} that gives it) into the profile"
            )
        };
        super::note(globals, &note);
        Ok(())
    })
}
