//! The command line.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

use crate::failure::ErrorStyle;

macro_rules! examples {
    () => {
        "\
Examples:
  hallpass demo                           see it all at work
  hallpass check ducky                    does the profile `ducky` work?
  hallpass request ducky ping/protected   call its API
  curl -H \"$(hallpass token ducky --format header)\" \\
       https://api.ducky.eco/v3/ping/protected"
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
  dialect = \"auth0-json\"         # or basic-form, user-key, password-form
  token_url = \"https://ducky-prod.eu.auth0.com/oauth/token\"
  audience = \"ducky-api-prod\"
  client_id = { env = \"DUCKY_CLIENT_ID\" }
  client_secret = { command = [\"pass\", \"show\", \"ducky\"] }   # or { file = \"…\" }
  api_url = \"https://api.ducky.eco/v3/\"   # the token may go to its origin only
  check_path = \"ping/protected\"

Exit codes, and the `kind` that --errors json gives:
  0               fine
  2  usage        the command line, the profile or a secret's source is wrong
  3  denied       the credentials or the token were refused
  4  forbidden    the API answered 403
  5  unreachable  no answer, or one that may pass: 408, 425, 429, 5xx
  6  malformed    an answer that makes no sense
  7  store        the store failed
  1  other        anything else"
);

/// The options that may stand before or after the subcommand.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Globals {
    /// The file with the profiles
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Where what a login gains is kept; only `memory` exists so far, which ends with the command
    #[arg(long, global = true, value_name = "STORE", default_value = "memory", value_parser = store)]
    pub(crate) store: Store,
    /// How errors are printed: a line for people, or one JSON object for programs
    #[arg(long, global = true, value_enum, value_name = "STYLE", default_value_t)]
    pub(crate) errors: ErrorStyle,
    /// Say on stderr what is being done
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
}

/// A store, by name.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Store {
    /// Gone when the command ends.
    Memory,
}

fn store(name: &str) -> Result<Store, &'static str> {
    match name {
        "memory" => Ok(Store::Memory),
        _ => Err("only `memory` exists so far"),
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show all four dialects and the life of a token, at work against a server on this machine
    Demo,
    /// Log in and print the access token
    #[command(after_help = TOKEN_EXAMPLES)]
    Token(Token),
    /// Log in, call the profile's `check_path`, and say what is wrong if it fails
    Check {
        /// The profile's name
        profile: String,
    },
    /// Register the user of a user-key profile and print the `user_key`, which the server gives only once
    Register {
        /// The profile's name
        profile: String,
    },
    /// Call an API with the token; the body of the answer goes to stdout as it is
    #[command(after_help = REQUEST_EXAMPLES)]
    Request(Request),
    /// Run a test server that speaks all four dialects, and print profiles for it
    #[command(after_help = SERVE_EXAMPLES)]
    Serve(Serve),
    /// List the profiles
    Profiles,
}

const TOKEN_EXAMPLES: &str = "\
Examples:
  curl -H \"$(hallpass token ducky --format header)\" \\
       https://api.ducky.eco/v3/ping/protected
  eval \"$(hallpass token ducky --format env)\"   exports HALLPASS_TOKEN
  hallpass token ducky --format json            with the time at which it expires";

/// `hallpass token`.
#[derive(Debug, clap::Args)]
pub(crate) struct Token {
    /// The profile's name
    pub(crate) profile: String,
    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// How a token is printed.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(crate) enum Format {
    /// The token and nothing else
    #[default]
    Raw,
    /// `Authorization: Bearer …`, as curl's -H takes it
    Header,
    /// An object with `access_token`, `token_type`, `expires_at`, `expires_in`, `source`
    Json,
    /// `export HALLPASS_TOKEN='…'`, for eval in a POSIX shell
    Env,
}

const REQUEST_EXAMPLES: &str = "\
Examples:
  hallpass request ducky ping/protected
  hallpass request ducky items -d '{\"name\":\"x\"}' \\
           -H 'content-type: application/json'
  hallpass request ducky items/7 -X DELETE
  generate | hallpass request ducky items -d - -o answer.json

A relative URL lies below the profile's api_url. The token goes only to the
origins that the profile lists: any other is refused before anything is sent.
No redirect is followed. A call that is answered 401 is sent once more, with a
new token.

Exit codes: 0 for 2xx and 3xx, 3 for 401, 4 for 403, 5 for 408, 425, 429 and
5xx, 6 for any other 4xx.";

/// `hallpass request`.
#[derive(Debug, clap::Args)]
pub(crate) struct Request {
    /// The profile's name
    pub(crate) profile: String,
    /// Where to: a path below the profile's `api_url`, or a whole URL
    pub(crate) url: String,
    /// The method; GET, or POST with -d
    #[arg(short = 'X', long, value_name = "METHOD")]
    pub(crate) method: Option<String>,
    /// A header; may be given several times
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE")]
    pub(crate) headers: Vec<String>,
    /// The body: the text itself, @FILE, or - for stdin. No content type is guessed: give it with -H
    #[arg(short, long, value_name = "BODY", allow_hyphen_values = true)]
    pub(crate) data: Option<String>,
    /// Print the answer's status and headers before its body
    #[arg(short, long)]
    pub(crate) include: bool,
    /// Write to this file instead of stdout
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Do not log in and send no token; any https origin may be called then
    #[arg(long)]
    pub(crate) no_auth: bool,
}

const SERVE_EXAMPLES: &str = "\
Examples:
  hallpass serve > hallpass.toml &             what it prints is a profile file
  hallpass check auth0-json
  hallpass serve --tls --listen 127.0.0.1:8443   https, by a throw-away authority";

/// `hallpass serve`.
#[derive(Debug, clap::Args)]
pub(crate) struct Serve {
    /// Where to listen; port 0 takes any free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// Serve https, by a certificate of a throw-away authority
    #[arg(long)]
    pub(crate) tls: bool,
    /// Where to write the authority's certificate
    #[arg(long, value_name = "FILE", default_value = "hallpass-ca.pem", requires = "tls")]
    pub(crate) ca_out: PathBuf,
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
