//! `hallpass forget`: nothing is held any more, as far as this store goes.

use hallpass_core::lifecycle::Record;

use super::login::Login;
use crate::args::{Forget, Globals};
use crate::failure::Failure;
use crate::output;

pub(super) fn run(globals: &Globals, args: &Forget) -> Result<(), Failure> {
    Login::with(globals, &args.profile, |login| {
        let client = login.librarian()?;
        let registers = client.config().dialect().identity().is_some();
        if args.user_key && !registers {
            let (name, dialect) = (login.profile.name(), login.profile.dialect());
            return Err(Failure::usage(format!(
                "--user-key: profile `{name}` speaks {dialect}, which has no user_key"
            )));
        }
        let mut gone = client.forget()?.map(|record| parts(&record)).unwrap_or_default();
        if args.user_key {
            gone.extend(client.forget_registration()?.map(|record| parts(&record)).unwrap_or_default());
        }
        let what = if gone.is_empty() { "nothing was held".to_owned() } else { format!("forgot {}", gone.join(", ")) };
        let kept = if registers && !args.user_key { "; a user_key stays, --user-key forgets that too" } else { "" };
        output::print(&format!("{}: {what}{kept}\n", login.profile.name()))
    })
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
