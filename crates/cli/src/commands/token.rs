//! `hallpass token`: the token on stdout, and nothing else. One that is kept and fresh costs no request and no secret.

use hallpass_client::clock::Clock;
use hallpass_core::Grant;
use hallpass_core::wire::date::rfc_3339;
use serde::Serialize;

use crate::args::{Format, Globals, Token};
use crate::failure::Failure;
use crate::login::Login;
use crate::output;

pub(super) fn run(globals: &Globals, args: &Token) -> Result<(), Failure> {
    let clock = Clock::start();
    Login::with(globals, &args.profile, |login| {
        let grant = login.grant(args.min_life, args.force)?;
        let token = grant.access_token().expose();
        let text = match args.format {
            Format::Raw => format!("{token}\n"),
            Format::Header => header(&grant) + "\n",
            Format::Json => {
                json(&grant, clock, if login.gave(grant.access_token()) { Source::Store } else { Source::Login })?
            }
            Format::Env => format!("export HALLPASS_TOKEN={}\n", quoted(token)),
        };
        output::print(&text)
    })
}

/// As the API wants it, as curl's `-H` takes it.
fn header(grant: &Grant) -> String {
    let name = grant.header();
    let name = if name == http::header::AUTHORIZATION { "Authorization" } else { name.as_str() };
    format!("{name}: {}", grant.header_value().to_str().unwrap_or_default())
}

#[derive(Serialize)]
struct Printed<'a> {
    access_token: &'a str,
    token_type: &'a str,
    expires_at: Option<String>,
    expires_in: Option<u64>,
    source: Source,
}

/// Where a token came from.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Source {
    /// The server, just now.
    Login,
    /// Where it was kept.
    Store,
}

fn json(grant: &Grant, clock: Clock, source: Source) -> Result<String, Failure> {
    let printed = Printed {
        access_token: grant.access_token().expose(),
        token_type: grant.access_token().send_as().scheme(),
        expires_at: grant.expires_at().map(rfc_3339),
        expires_in: grant.expires_in(clock.now()).map(|left| left.as_secs()),
        source,
    };
    output::json(&printed)
}

/// One word for a POSIX shell, whatever is in it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_back_what_was_quoted() {
        assert_eq!(quoted("a.b-c_d+/=="), "'a.b-c_d+/=='");
        assert_eq!(quoted("a'b$(c)`d`"), r"'a'\''b$(c)`d`'");
    }
}
