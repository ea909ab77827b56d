//! The command line.

mod commands;
mod doctor;
mod help;
mod often;
mod tools;
mod trace;

use std::env::consts::EXE_SUFFIX;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};
use hallpass_profile::Profiles;

pub(crate) use commands::{Forget, Format, Import, Report, Request, Serve, Status, Token};
pub(crate) use doctor::Doctor;
pub(crate) use tools::{Credential, Dialect, Exec, Helper, Init};
pub(crate) use trace::{Picture, Trace};

use crate::failure::{ErrorStyle, Failure};
use crate::output;

macro_rules! examples {
    () => {
        "\
Examples:
  hallpass demo                           see it all at work
  hallpass init ducky                     write a profile, by asking
  hallpass check ducky                    does the profile `ducky` work?
  hallpass request ducky ping/protected   call its API
  hallpass status                         what is kept, and how long it is good
  hallpass token ducky --format header | \\
           curl -H @- https://api.ducky.eco/v3/ping/protected
  hallpass exec ducky -- ./report.py      a program with HALLPASS_TOKEN"
    };
}

/// hallpass gets access tokens for HTTP APIs
///
/// A profile says how to log in to an API; hallpass logs in and gives you the token, or makes the call for you.
/// Profiles stand in hallpass.toml: looked for at --config, at what `HALLPASS_CONFIG` names, here, then in your
/// configuration folder.
#[derive(Debug, Parser)]
#[command(name = "hallpass", version, disable_help_subcommand = true, arg_required_else_help = false)]
#[command(after_help = examples!(), after_long_help = MORE)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) globals: Globals,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const MORE: &str = concat!(
    examples!(),
    "

A profile, in hallpass.toml:
  [profiles.ducky]
  dialect = \"auth0-json\"         # or basic-form, user-key, password-form, declared
  token_url = \"https://ducky-prod.eu.auth0.com/oauth/token\"
  audience = \"ducky-api-prod\"
  client_id = { env = \"DUCKY_CLIENT_ID\" }
  client_secret = { command = [\"pass\", \"show\", \"ducky\"] }   # or { file = \"…\" }
  api_url = \"https://api.ducky.eco/v3/\"   # the token may go to its origin only
  check_path = \"ping/protected\"
  store = \"rediss://redis.example.com/0\"   # left out: files in your own folder

Exit codes, and the `kind` that --errors json gives:
  0               fine
  2  usage        the command line, the profile or a secret's source is wrong
  3  denied       the credentials or the token were refused
  4  forbidden    the API answered 403
  5  unreachable  no answer, or one that may pass: 408, 425, 429, 5xx
  6  malformed    an answer that makes no sense
  7  store        the store failed, and nothing could be had without it
  1  other        anything else"
);

/// The options that may stand before or after the subcommand.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Globals {
    /// The file with the profiles
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Where what a login gains is kept: `memory`, `file`, `keyring`, `file:PATH`, `redis://…`, `rediss://…`,
    /// `redis+unix://…`; else what the profile says, else in your own folder. A relative PATH begins where you are. Other
    /// users of the machine can see arguments: a password belongs into the profile
    #[arg(long, global = true, value_name = "STORE")]
    pub(crate) store: Option<String>,
    /// How errors are printed: a line for people, or one JSON object for programs; a warning that costs something if
    /// nobody hears it is an object {"warning": …} on a line before it
    #[arg(long, global = true, value_enum, value_name = "STYLE", default_value_t)]
    pub(crate) errors: ErrorStyle,
    /// Say on stderr what is being done, each step with its duration; -vv when each begins too
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

impl Globals {
    /// The profile file that they name, or else the one that is found.
    pub(crate) fn profiles(&self) -> Result<Profiles, Failure> {
        Ok(Profiles::find(self.config.as_deref())?)
    }

    /// What is wrong with a file that has no profiles to list, if it is not just empty.
    pub(crate) fn nothing_to_list(&self, profiles: &Profiles) -> Option<Failure> {
        if profiles.names().next().is_some() {
            return None;
        }
        let problems: Vec<_> = profiles.problems().iter().map(ToString::to_string).collect();
        if problems.is_empty() {
            let path = profiles.path().display();
            output::note(self, &format!("{path} has no profiles yet; one begins with [profiles.NAME]"));
            return None;
        }
        Some(Failure::usage(problems.join("\n")))
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show all four dialects and the life of a token, at work against a server on this machine
    #[command(after_help = commands::DEMO)]
    Demo,
    /// Write a profile: from options, or by asking
    #[command(after_help = tools::INIT)]
    Init(Box<Init>),
    /// Print the access token, which is asked for only if none is kept
    #[command(after_help = commands::TOKEN)]
    Token(Token),
    /// Log in, call the profile's `check_path`, and say what is wrong if it fails
    #[command(after_help = commands::CHECK)]
    Check {
        /// The profile's name
        profile: String,
    },
    /// Say step by step what is right and what is wrong with a profile, and what to do about it
    #[command(after_help = doctor::DOCTOR)]
    Doctor(Doctor),
    /// Tell one login effect by effect without a secret, or let the machine do a told one again
    #[command(after_help = trace::TRACE)]
    Trace(Trace),
    /// Register the user of a user-key profile; the `user_key`, which the server gives only once, is kept and printed
    #[command(after_help = commands::REGISTER)]
    Register {
        /// The profile's name
        profile: String,
    },
    /// Run a program with a token in its environment
    #[command(after_help = tools::EXEC)]
    Exec(Exec),
    /// Give tokens to git, docker or kubectl, in the words that they expect
    #[command(subcommand, after_help = tools::HELPER)]
    Helper(Helper),
    /// Call an API with the token; the body of the answer goes to stdout as it is
    #[command(after_help = commands::REQUEST)]
    Request(Request),
    /// Run a test server that speaks all four dialects, and print profiles for it
    #[command(after_help = commands::SERVE)]
    Serve(Serve),
    /// List the profiles
    #[command(after_help = commands::PROFILES)]
    Profiles,
    /// Show what is held of a profile's login, where, and how long it is good; never a secret
    #[command(after_help = commands::STATUS)]
    Status(Status),
    /// Forget what is held of a profile's login
    #[command(after_help = commands::FORGET)]
    Forget(Forget),
    /// Keep a refresh token or a `user_key` that you have already, read from stdin or asked for at a terminal
    #[command(after_help = commands::IMPORT)]
    Import(Import),
    /// Print completions for a shell
    #[command(after_help = tools::COMPLETIONS)]
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write one for every command
    #[command(after_help = tools::MAN)]
    Man {
        /// Write the pages into this folder instead
        #[arg(long, value_name = "FOLDER")]
        out: Option<PathBuf>,
    },
}

/// What a command line says, or what is wrong with it, or the help that it asks for.
pub(crate) fn read(line: &[OsString]) -> Result<Args, clap::Error> {
    often::read(line).map_or_else(|| Args::try_parse_from(help::asked(line).as_deref().unwrap_or(line)), Ok)
}

/// The command line. Called as `docker-credential-NAME`, it is that of `hallpass helper docker NAME`.
pub(crate) fn command_line() -> Vec<OsString> {
    let mut args: Vec<_> = std::env::args_os().collect();
    let name = args.first().and_then(|program| Path::new(program).file_name()?.to_str()).unwrap_or_default();
    // No stem: a profile's name may have dots.
    let name = name.strip_suffix(EXE_SUFFIX).unwrap_or(name);
    if let Some(profile) = name.strip_prefix("docker-credential-").map(OsString::from) {
        args.splice(..1, ["hallpass", "helper", "docker"].map(OsString::from).into_iter().chain([profile]));
    }
    args
}

/// How errors are wanted by a command line that cannot be read.
pub(crate) fn style_of(args: impl IntoIterator<Item = OsString>) -> ErrorStyle {
    let args: Vec<_> = args.into_iter().skip(1).take_while(|arg| arg != "--").collect();
    let json = args.iter().any(|arg| arg == "--errors=json")
        || args.windows(2).any(|pair| pair[0] == "--errors" && pair[1] == "json");
    if json { ErrorStyle::Json } else { ErrorStyle::Text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        use clap::CommandFactory;
        Args::command().debug_assert();
    }

    #[test]
    fn an_unreadable_command_line_still_says_how_it_wants_errors() {
        let style = |line: &str| style_of(line.split(' ').map(OsString::from));
        assert_eq!(style("hallpass --errors json nonsense"), ErrorStyle::Json);
        assert_eq!(style("hallpass nonsense --errors=json"), ErrorStyle::Json);
        assert_eq!(style("hallpass --errors text json"), ErrorStyle::Text);
        assert_eq!(style("hallpass request -- --errors json"), ErrorStyle::Text);
    }
}
