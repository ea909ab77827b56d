//! `hallpass helper`: tokens in the words of other programs. One file a program; what they share is here.
//!
//! The other program may run in any folder, as git does in a checkout of a stranger's: no helper reads `./hallpass.toml`.

pub(super) mod docker;
pub(super) mod git;
pub(super) mod kubernetes;

use core::time::Duration;
use std::io::Read;

use hallpass_client::record::Kept;
use hallpass_client::{Config, call};
use hallpass_core::lifecycle::TokenId;
use hallpass_core::{AccessToken, Endpoint, Error, Misuse};
use hallpass_profile::{ProfileError, Profiles};

use crate::args::Globals;
use crate::failure::Failure;
use crate::login::Login;
use crate::output;

/// No request of another program's is longer.
const MOST: u64 = 1024 * 1024;

/// How long a record stays locked at most.
const LEASE: Duration = Duration::from_secs(30);

/// Does the work with a profile of the file that was named, or of the user's own.
fn with<T>(globals: &Globals, name: &str, work: impl FnOnce(&Login<'_>) -> Result<T, Failure>) -> Result<T, Failure> {
    let profiles = Profiles::find_own(globals.config.as_deref()).map_err(not_here)?;
    Login::of(globals, profiles.get(name).map_err(not_here)?, work)
}

fn not_here(error: ProfileError) -> Failure {
    let nowhere = matches!(error, ProfileError::NotFound { .. } | ProfileError::Unknown { .. });
    let more = "; a helper does not read ./hallpass.toml, which a stranger may have put there: let its line say \
                `--config FILE`, as --print-config does";
    Failure::from(error).with(if nowhere { more } else { "" })
}

/// What another program asks on stdin. What is not UTF-8, as a path in a URL may be, decides nothing: no host is like that.
fn stdin() -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().take(MOST).read_to_end(&mut bytes);
    read.map_err(|error| Failure::usage(format!("stdin cannot be read: {error}")))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Whether the token may go to `url`: the rule is that of every call. One that is not listed is somebody else's to answer;
/// one that is listed but not safe is an error.
fn serves(login: &Login<'_>, config: &Config, url: &str) -> Result<bool, Failure> {
    let name = login.profile.name();
    let silent = |why: &str| {
        let asked = output::plain(url.trim_end());
        output::verbose(login.globals, &format!("asked about {asked}: {why}; nothing is answered"));
        Ok(false)
    };
    match Endpoint::parse(url) {
        Err(why) => silent(&why.to_string()),
        Ok(endpoint) if !config.origins().contains(endpoint.origin()) => {
            silent(&format!("it is not among the origins of profile {name}"))
        }
        Ok(endpoint) => call::admit(config, endpoint.uri()).map(|()| true).map_err(Failure::from),
    }
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
        None => output::verbose(login.globals, "the token is being changed by another process"),
    }
    Ok(())
}

/// The command that another program shall run, with the profile file unless that is found from every folder.
fn words(profiles: &Profiles, helper: &str, profile: &str) -> Result<Vec<String>, Failure> {
    let mut words = vec!["hallpass".to_owned()];
    if !profiles.is_own() {
        let wrong = |why: &str| Failure::usage(format!("{}: {why}", profiles.path().display()));
        let path = std::path::absolute(profiles.path()).map_err(|error| wrong(&error.to_string()))?;
        let path = path.to_str().ok_or_else(|| wrong("the path is not UTF-8"))?;
        words.extend(["--config".to_owned(), path.to_owned()]);
    }
    words.extend(["helper", helper, profile].map(str::to_owned));
    Ok(words)
}

/// The same on one line, as a shell reads it.
fn line(profiles: &Profiles, helper: &str, profile: &str) -> Result<String, Failure> {
    let words = words(profiles, helper, profile)?;
    shlex::try_join(words.iter().map(String::as_str)).map_err(|error| Failure::usage(error.to_string()))
}

/// What lines for another program's configuration are made of: the profile file, and the origins that the profile answers
/// for; without any, a helper never says a thing.
fn described(globals: &Globals, name: &str) -> Result<(Profiles, Vec<String>), Failure> {
    if globals.store.is_some() {
        let why = "--store: what --print-config prints does not have it: write `store` into the profile";
        return Err(Failure::usage(why));
    }
    let profiles = globals.profiles()?;
    let origins = profiles.get(name)?.origins();
    if origins.is_empty() {
        return Err(Failure::usage(format!(
            "profile `{name}` lists no origin to give its token to: add `api_url` or `origins = [\"https://…\"]` to it"
        )));
    }
    Ok((profiles, origins))
}

fn unknown(action: &str, known: &str) -> Failure {
    Misuse::Value { what: format!("`{}`", action.escape_debug()), why: format!("the helper knows {known}") }.into()
}
