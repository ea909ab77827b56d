//! `hallpass helper`: tokens in the words of other programs. One file a program; what they share is here.

pub(super) mod docker;
pub(super) mod git;
pub(super) mod kubernetes;

use core::time::Duration;
use std::io::Read;

use hallpass_client::record::Kept;
use hallpass_client::{Config, call};
use hallpass_core::lifecycle::TokenId;
use hallpass_core::{AccessToken, Endpoint, Error, Misuse};

use super::login::Login;
use crate::args::Globals;
use crate::failure::Failure;

/// No request of another program's is longer.
const MOST: u64 = 1024 * 1024;

/// How long a record stays locked at most.
const LEASE: Duration = Duration::from_secs(30);

/// What another program asks on stdin.
fn stdin() -> Result<String, Failure> {
    let mut text = String::new();
    let read = std::io::stdin().lock().take(MOST).read_to_string(&mut text);
    read.map_err(|error| Failure::usage(format!("stdin cannot be read: {error}")))?;
    Ok(text)
}

/// Whether the token may go to `url`: the rule is that of every call. One that is not listed is somebody else's to answer;
/// one that is listed but not safe is an error.
fn serves(config: &Config, url: &str) -> Result<bool, Failure> {
    let Ok(endpoint) = Endpoint::parse(url) else { return Ok(false) };
    if !config.origins().contains(endpoint.origin()) {
        return Ok(false);
    }
    call::admit(config, endpoint.uri())?;
    Ok(true)
}

/// Drops the kept token, so that the next to ask has another; only if it is `refused`, where that is known. A refresh token
/// stays. Whoever has the record locked is about to change it anyway.
fn drop_token(login: &Login<'_>, config: &Config, refused: Option<&str>) -> Result<(), Failure> {
    let refused = match refused.map(AccessToken::new) {
        // No token of ours looks like that.
        Some(None) => return Ok(()),
        token => token.flatten().map(|token| TokenId::of(&token)),
    };
    let kept = Kept::try_lock(config, &config.dialect().key(), LEASE).map_err(Error::from)?;
    match kept {
        Some(kept) => kept.drop_token(refused).map_err(Error::from)?,
        None => super::verbose(login.globals, "the token is being changed by another process"),
    }
    Ok(())
}

/// The command that another program shall run, with the profile file that was named here.
fn words(globals: &Globals, helper: &str, profile: &str) -> Result<Vec<String>, Failure> {
    let mut words = vec!["hallpass".to_owned()];
    if let Some(path) = &globals.config {
        let path = std::path::absolute(path).map_err(|error| Failure::usage(format!("--config: {error}")))?;
        let path = path.to_str().ok_or_else(|| Failure::usage("--config: the path is not UTF-8"))?;
        words.extend(["--config".to_owned(), path.to_owned()]);
    }
    words.extend(["helper", helper, profile].map(str::to_owned));
    Ok(words)
}

/// The origins that a profile answers for; without any, a helper never says a thing.
fn origins(login: &Login<'_>) -> Result<Vec<String>, Failure> {
    let (origins, name) = (login.profile.origins(), login.profile.name());
    if origins.is_empty() {
        return Err(Failure::usage(format!(
            "profile `{name}` lists no origin to give its token to: add `api_url` or `origins = [\"https://…\"]` to it"
        )));
    }
    Ok(origins)
}

fn unknown(action: &str, known: &str) -> Failure {
    Misuse::Value { what: format!("`{}`", action.escape_debug()), why: format!("the helper knows {known}") }.into()
}
