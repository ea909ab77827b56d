//! `hallpass import`: what the user has already, from stdin or by asking, into the store.

use hallpass_client::Config;
use hallpass_client::record::Replace;
use hallpass_core::dialect::{BasicForm, ExchangeKind, Goal, Held};
use hallpass_core::{Error, Misuse, RefreshToken, UserKey, secret};

use crate::args::{Globals, Import};
use crate::failure::Failure;
use crate::login::Login;
use crate::{ask, output};

pub(super) fn run(globals: &Globals, args: &Import) -> Result<(), Failure> {
    Login::with(globals, &args.profile, |login| {
        let client = login.records_client()?;
        let user_key = client.config().dialect().identity().is_some() && !args.refresh_token;
        check(login, client.config(), user_key)?;
        let what = if user_key { "user_key" } else { "refresh token" };
        let text = ask::secret_of_stdin(what)?;
        if let Some(flaw) = flaw(text.expose()) {
            return Err(Failure::usage(format!("stdin gives {flaw}: that is no token or key")));
        }
        let replace = if args.force { Replace::Any } else { Replace::Lost };
        let imported = if user_key {
            client.import_user_key(UserKey::new(text.expose()), replace)
        } else {
            client.import(RefreshToken::new(text.expose()), replace)
        };
        let name = login.profile.name();
        imported.map_err(|error| match error {
            Error::Misuse(Misuse::Value { .. }) => Failure::usage(format!(
                "a {what} is held for profile `{name}`, and nothing says that it was lost: add --force to replace it"
            )),
            other => other.into(),
        })?;
        output::print(&output::plain(&format!("{name}: the {what} is kept in the store ({})\n", login.store)))?;
        if let Some(how) = without_refresh_token(login, client.config()).filter(|_| !user_key) {
            output::note(globals, &format!("when that refresh token is refused or lost, this login goes on {how}"));
        }
        Ok(())
    })
}

/// How a login authenticates without a refresh token, if it can: perhaps as somebody else than the token's owner.
fn without_refresh_token(login: &Login<'_>, config: &Config) -> Option<&'static str> {
    let dialect = config.dialect();
    let next = dialect.next(&Held { refresh_token: None, ..anything(config) }, Goal::Token).ok()?;
    let names = dialect.needs(next);
    let for_another = [secret::ASSERTION, secret::SUBJECT_TOKEN].iter().any(|name| names.contains(name));
    let client = login.profile.dialect() == BasicForm::NAME && !for_another;
    Some(if client {
        "as the client itself (`grant = \"refresh-token\"` prevents it)"
    } else {
        "with the credentials of its profile"
    })
}

/// All that a login may hold. A refresh may send the `user_key` of a registration as well.
fn anything(config: &Config) -> Held {
    let key = config.dialect().identity().map(|_| UserKey::new("any"));
    Held { user_key: key, refresh_token: Some(RefreshToken::new("any")) }
}

/// What no server gives.
fn flaw(text: &str) -> Option<&'static str> {
    let blank = |c: char| c.is_whitespace() || c == '\u{feff}';
    match () {
        () if text.chars().all(blank) => Some("nothing but blanks"),
        () if text.contains(char::is_control) => Some("a line break or another control character"),
        () => None,
    }
}

/// Nothing is read that could not be of any use.
fn check(login: &Login<'_>, config: &Config, user_key: bool) -> Result<(), Failure> {
    let (name, dialect) = (login.profile.name(), login.profile.dialect());
    if login.store.kind() == "memory" {
        return Err(Failure::usage(
            "the memory store ends with this command: name another with --store or in the profile",
        ));
    }
    if user_key && login.profile.has_user_key() {
        return Err(Failure::usage(format!(
            "profile `{name}` has a user_key of its own, which counts before one in the store: take it out of the profile"
        )));
    }
    let refreshes =
        config.dialect().next(&anything(config), Goal::Token).is_ok_and(|next| next.kind == ExchangeKind::Refresh);
    if !user_key && !refreshes {
        return Err(Failure::usage(format!(
            "profile `{name}` speaks {dialect}, which has neither refresh tokens nor a user_key: run `hallpass token {name}`"
        )));
    }
    Ok(())
}
