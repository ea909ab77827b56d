//! git's credential protocol (git-credential(1), gitcredentials(7)): lines of `key=value`, ended by an empty one.

use std::fmt::Write as _;

use crate::args::{Credential, Globals};
use crate::failure::Failure;
use crate::login::Login;
use crate::output;

pub(in crate::commands) fn run(globals: &Globals, args: &Credential) -> Result<(), Failure> {
    let Some(action) = args.action.as_deref() else { return config(globals, &args.profile) };
    super::with(globals, &args.profile, |login| match action {
        "get" => get(login, &args.username),
        "erase" => erase(login),
        // git: a helper that does not know an operation ignores it. There is nothing to store.
        _ => super::stdin().map(drop),
    })
}

fn get(login: &Login<'_>, username: &str) -> Result<(), Failure> {
    let asked = Asked::read()?;
    if !super::serves(login, &login.records()?, &asked.url())? {
        return Ok(());
    }
    let grant = login.grant(None, false)?;
    let username = asked.username.as_deref().unwrap_or(username);
    let mut text = format!("username={username}\npassword={}\n", grant.access_token().expose());
    if let Some(at) = grant.expires_at() {
        // A string takes whatever is written to it.
        let _ = writeln!(text, "password_expiry_utc={}", at.unix_timestamp());
    }
    output::print(&text)
}

fn erase(login: &Login<'_>) -> Result<(), Failure> {
    let asked = Asked::read()?;
    let config = login.records()?;
    if super::serves(login, &config, &asked.url())? {
        super::drop_token(login, &config, asked.password.as_deref())
    } else {
        Ok(())
    }
}

fn config(globals: &Globals, name: &str) -> Result<(), Failure> {
    let (profiles, origins) = super::described(globals, name)?;
    let command = super::line(&profiles, "git", name)?;
    // In git's configuration, a value in quotes has its quotes and backslashes escaped.
    let value = format!("!{command}").replace('\\', r"\\").replace('"', r#"\""#);
    // git gives a password to every helper to be stored. An empty one clears the list of those that stand above.
    let section = |origin: &String| format!("[credential \"{origin}\"]\n\thelper =\n\thelper = \"{value}\"\n");
    output::print(&origins.iter().map(section).collect::<String>())
}

/// What git asks about.
#[derive(Default)]
struct Asked {
    protocol: String,
    host: String,
    username: Option<String>,
    password: Option<String>,
}

impl Asked {
    fn read() -> Result<Self, Failure> {
        let text = super::stdin()?;
        let mut asked = Self::default();
        for (key, value) in text.lines().take_while(|line| !line.is_empty()).filter_map(|line| line.split_once('=')) {
            match key {
                "protocol" => value.clone_into(&mut asked.protocol),
                "host" => value.clone_into(&mut asked.host),
                "username" => asked.username = Some(value.to_owned()),
                "password" => asked.password = Some(value.to_owned()),
                // The rest, also what later versions add, decides nothing here.
                _ => {}
            }
        }
        Ok(asked)
    }

    /// What is no plain protocol and host stays no URL: git decodes `%2f` in a host, and would ask for another one then.
    fn url(&self) -> String {
        let plain =
            matches!(self.protocol.as_str(), "http" | "https") && !self.host.contains(['/', '?', '#', '@', '\\']);
        let between = if plain { "://" } else { " " };
        format!("{}{between}{}/", self.protocol, self.host)
    }
}
