//! docker's credential helper protocol: a server's URL on stdin, an object on stdout, and known words where there is none.

use std::collections::BTreeMap;
use std::process::ExitCode;

use hallpass_client::Config;
use hallpass_core::Endpoint;
use serde::Serialize;

use crate::args::{Credential, Globals};
use crate::failure::Failure;
use crate::login::Login;
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
    let Some(action) = args.action.as_deref() else {
        return config(globals, &args.profile).map(|()| ExitCode::SUCCESS);
    };
    super::with(globals, &args.profile, |login| {
        match action {
            "get" => return get(login, &args.username),
            "list" => list(login, &args.username)?,
            "erase" => erase(login)?,
            // `docker login` says it after a login that worked; a token is not for keeping in a second place.
            "store" => drop(super::stdin()?),
            other => return Err(super::unknown(other, "get, store, erase and list")),
        }
        Ok(ExitCode::SUCCESS)
    })
}

fn get(login: &Login<'_>, username: &str) -> Result<ExitCode, Failure> {
    let asked = super::stdin()?;
    let server = asked.trim();
    if !serves(login, &login.records()?, server)? {
        output::print(NOT_FOUND)?;
        return Ok(ExitCode::FAILURE);
    }
    let grant = login.grant(None, false)?;
    let credentials = Credentials { server, username, secret: grant.access_token().expose() };
    output::print(&output::json(&credentials)?)?;
    Ok(ExitCode::SUCCESS)
}

fn erase(login: &Login<'_>) -> Result<(), Failure> {
    let config = login.records()?;
    if serves(login, &config, super::stdin()?.trim())? { super::drop_token(login, &config, None) } else { Ok(()) }
}

fn list(login: &Login<'_>, username: &str) -> Result<(), Failure> {
    let servers: BTreeMap<_, _> = login.profile.origins().into_iter().map(|origin| (origin, username)).collect();
    output::print(&output::json(&servers)?)
}

fn config(globals: &Globals, name: &str) -> Result<(), Failure> {
    let (profiles, origins) = super::described(globals, name)?;
    let host = |origin: &String| origin.split_once("://").map_or(origin.clone(), |(_, host)| host.to_owned());
    let helpers: BTreeMap<_, _> = origins.iter().map(|origin| (host(origin), name)).collect();
    output::print(&output::json(&BTreeMap::from([("credHelpers", helpers)]))?)?;
    let program = format!("docker-credential-{name}");
    let how = if profiles.is_own() {
        format!("make a link of that name to hallpass: ln -s \"$(command -v hallpass)\" ~/.local/bin/{program}")
    } else {
        let line = super::line(&profiles, "docker", name)?;
        format!("write a script of that name, which names the profile file: `exec {line} \"$@\"` below `#!/bin/sh`")
    };
    output::note(globals, &format!("docker calls `{program}`; in a folder of the PATH, {how}"));
    Ok(())
}

/// docker names a registry by its host, and only its own hub by a URL. It tells nobody whether it speaks TLS to it.
fn serves(login: &Login<'_>, config: &Config, server: &str) -> Result<bool, Failure> {
    if server.contains("://") {
        return super::serves(login, config, server);
    }
    let (https, http) = (format!("https://{server}"), format!("http://{server}"));
    let listed = |url: &str| Endpoint::parse(url).is_ok_and(|at| config.origins().contains(at.origin()));
    super::serves(login, config, if !listed(&https) && listed(&http) { &http } else { &https })
}
