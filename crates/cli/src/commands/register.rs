//! `hallpass register`: the `user_key` on stdout at once, since the server gives it only once.

use super::Login;
use crate::args::Globals;
use crate::failure::Failure;
use crate::output;

pub(super) fn run(globals: &Globals, name: &str) -> Result<(), Failure> {
    let login = Login::open(globals, name)?;
    let key = login.client.register().map_err(|error| login.explain(error))?;
    if !output::print_bytes(format!("{}\n", key.expose()).as_bytes())? {
        return Err(Failure::other(
            "the user was registered, but nobody read the user_key from stdout, and the server gives it only once: ask \
             whoever runs the server for it",
        ));
    }
    super::note(
        globals,
        &format!(
            "keep this user_key, the server gives it only once: put `user_key = \"…\"` (or a {{ file = … }} or \
             {{ command = … }} that gives it) into profile `{name}`, since the memory store forgets it now"
        ),
    );
    Ok(())
}
