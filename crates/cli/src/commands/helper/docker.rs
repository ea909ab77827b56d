//! docker's credential helper protocol: a server's URL on stdin, an object on stdout, and known words where there is none.

use std::collections::BTreeMap;
use std::process::ExitCode;

use serde::Serialize;

use crate::args::{Credential, Globals};
use crate::commands::login::Login;
use crate::failure::Failure;
use crate::output;

/// What docker takes for "ask somebody else", on stdout and with exit code 1.
const NOT_FOUND: &str = "credentials not found in native keychain\n";

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Credentials<'a> {
    #[serde(rename = "ServerURL")]
    server: &'a str,
    username: &'a str,
    secret: &'a str,
}

pub(in crate::commands) fn run(globals: &Globals, args: &Credential) -> Result<ExitCode, Failure> {
    Login::with(globals, &args.profile, |login| {
        match args.action.as_deref() {
            None => config(globals, login)?,
            Some("get") => return get(login, &args.username),
            Some("list") => list(login, &args.username)?,
            Some("erase") => erase(login)?,
            // `docker login` says it after a login that worked; a token is not for keeping in a second place.
            Some("store") => drop(super::stdin()?),
            Some(other) => return Err(super::unknown(other, "get, store, erase and list")),
        }
        Ok(ExitCode::SUCCESS)
    })
}

fn get(login: &Login<'_>, username: &str) -> Result<ExitCode, Failure> {
    let asked = super::stdin()?;
    let server = asked.trim();
    if !super::serves(&login.records()?, &url(server))? {
        output::print(NOT_FOUND)?;
        return Ok(ExitCode::FAILURE);
    }
    let grant = login.grant(None, false)?;
    print(&Credentials { server, username, secret: grant.access_token().expose() })?;
    Ok(ExitCode::SUCCESS)
}

fn erase(login: &Login<'_>) -> Result<(), Failure> {
    let config = login.records()?;
    if super::serves(&config, &url(super::stdin()?.trim()))? { super::drop_token(login, &config, None) } else { Ok(()) }
}

fn list(login: &Login<'_>, username: &str) -> Result<(), Failure> {
    let servers: BTreeMap<_, _> = login.profile.origins().into_iter().map(|origin| (origin, username)).collect();
    print(&servers)
}

fn config(globals: &Globals, login: &Login<'_>) -> Result<(), Failure> {
    let name = login.profile.name();
    let host = |origin: &String| origin.split_once("://").map_or(origin.clone(), |(_, host)| host.to_owned());
    let helpers: BTreeMap<_, _> = super::origins(login)?.iter().map(|origin| (host(origin), name)).collect();
    print(&BTreeMap::from([("credHelpers", helpers)]))?;
    crate::commands::note(
        globals,
        &format!(
            "docker calls `docker-credential-{name}`: make a link of that name to hallpass, in a folder of the PATH: \
             ln -s \"$(command -v hallpass)\" ~/.local/bin/docker-credential-{name}"
        ),
    );
    Ok(())
}

/// docker names a registry by its host, and only its own hub by a URL.
fn url(server: &str) -> String {
    if server.contains("://") { server.to_owned() } else { format!("https://{server}") }
}

fn print(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string(value).map_err(|error| Failure::other(error.to_string()))?;
    output::print(&(text + "\n"))
}
