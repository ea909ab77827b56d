//! Profiles as the tests write them.

#![allow(dead_code, reason = "each test file uses its own share of it")]

use hallpass_profile::{Environment, Profile, ProfileError, Profiles};

/// What must never show.
pub(crate) const CANARY: &str = "canary-7f3a";

/// The lines that each dialect needs, without a secret in them.
pub(crate) const NEEDED: [(&str, &str); 5] = [
    (
        "auth0-json",
        "token_url = 'https://auth.test/token'\naudience = 'api'\nclient_id = 'me'\nclient_secret = { env = 'SECRET' }\n",
    ),
    ("basic-form", "token_url = 'https://auth.test/token'\nclient_id = 'me'\nclient_secret = { env = 'SECRET' }\n"),
    ("user-key", "base_url = 'https://auth.test/'\nuser_id = 'me'\nuser_secret = { env = 'SECRET' }\n"),
    ("password-form", "token_url = 'https://auth.test/token'\nusername = 'me'\npassword = { env = 'SECRET' }\n"),
    (
        "declared",
        "username = 'me'\npassword = { env = 'SECRET' }\nauthenticate.url = 'https://auth.test/token'\n\
         authenticate.send.user = { from = 'username' }\nauthenticate.send.password = { from = 'password' }\n\
         authenticate.reply.access_token = '/token'\nrefresh.url = 'https://auth.test/token'\n\
         refresh.send.token = { from = 'refresh_token' }\n",
    ),
];

/// A profile `x`: two lines of head, then what its dialect needs, then `more`.
pub(crate) fn text(dialect: &str, more: &str) -> String {
    let (_, needed) = NEEDED.iter().find(|(name, _)| *name == dialect).expect("a built-in dialect");
    format!("[profiles.x]\ndialect = '{dialect}'\n{needed}{more}\n")
}

/// Its line in the file for the first line of `more`.
pub(crate) fn more_at(dialect: &str) -> usize {
    text(dialect, "").lines().count()
}

pub(crate) fn parse(text: &str) -> Result<Profile, ProfileError> {
    let profiles = Profiles::parse(text, "/profiles/hallpass.toml")?;
    profiles.environment(Environment::empty().set("SECRET", "s3cret").set("ID", "env-id")).get("x")
}

pub(crate) fn profile(dialect: &str, more: &str) -> Profile {
    parse(&text(dialect, more)).expect("a profile without a mistake")
}

/// The first problem's line and message.
pub(crate) fn problem(text: &str) -> (usize, String) {
    match parse(text) {
        Err(ProfileError::Invalid { problems }) => {
            let first = problems.first().expect("at least one problem");
            (first.line, first.message.clone())
        }
        other => panic!("{text}\nshould be invalid, is {other:?}"),
    }
}
