//! The options of each subcommand.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;

pub(super) const DEMO: &str = "\
Examples:
  hallpass demo
  (umask 077; hallpass serve > hallpass.toml) &   the same server, to play with";

pub(super) const CHECK: &str = "\
Examples:
  hallpass check ducky
  hallpass check ducky -v               with every step of the login
  hallpass check ducky --errors json    for programs

It uses the kept token while that is good, and says so: `hallpass doctor ducky`
tries the credentials.

Exit codes: 0 fine, 2 usage, 3 the credentials (login) or the token (401) were
refused, 4 a permission is missing (403), 5 unreachable or passing, 6 an answer
that makes no sense, 7 the store failed.";

pub(super) const PROFILES: &str = "\
Examples:
  hallpass profiles
  hallpass --config other.toml profiles

Exit codes: 0 fine, 2 the file or a profile in it is wrong.";

pub(super) const TOKEN: &str = "\
Examples:
  hallpass token ducky --format header | \\
           curl -H @- https://api.ducky.eco/v3/ping/protected
  eval \"$(hallpass token ducky --format env)\"   exports HALLPASS_TOKEN
  hallpass token ducky --format json            with the time at which it expires
  hallpass token ducky --min-life 10m           for a job that runs so long

The token comes from the store while it is good: no request, no secret. In the
last fifth of its life it is renewed, and if that fails the old one is printed.
A store that fails is a warning on stderr, as long as a token can be had.

Exit codes: 0 fine, 2 usage, 3 denied, 5 unreachable, 6 malformed, 7 the store
failed and nothing could be had without it.";

/// `hallpass token`.
#[derive(Debug, clap::Args)]
pub(crate) struct Token {
    /// The profile's name
    pub(crate) profile: String,
    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
    /// Get a new one, whatever is kept
    #[arg(long)]
    pub(crate) force: bool,
    /// Get a new one unless the kept one lives so much longer: 90, 90s, 10m, 1h; no more than a new one would
    #[arg(long, value_name = "DURATION", value_parser = hallpass_profile::parse_duration)]
    pub(crate) min_life: Option<Duration>,
}

/// How a token is printed.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(crate) enum Format {
    /// The token and nothing else
    #[default]
    Raw,
    /// `Authorization: Bearer …`, or what else the API wants, as curl's -H takes it
    Header,
    /// An object with `access_token`, `token_type`, `expires_at`, `expires_in`, `source`
    Json,
    /// `export HALLPASS_TOKEN='…'`, for eval in a POSIX shell
    Env,
}

pub(super) const REQUEST: &str = "\
Examples:
  hallpass request ducky ping/protected
  hallpass request ducky items -d '{\"name\":\"x\"}' \\
           -H 'content-type: application/json'
  hallpass request ducky items/7 -X DELETE
  generate | hallpass request ducky items -d - -o answer.json

A relative URL lies below the profile's api_url. The token goes only to the
origins that the profile lists: any other is refused before anything is sent.
No redirect is followed. A call that is answered 401 is sent once more, with a
new token. The profile's `call_timeout` is for the whole call, the body of the
answer included.

Exit codes: 0 for 2xx and 3xx, 3 for 401, 4 for 403, 5 for 408, 425, 429, 5xx
and no answer, 6 for any other 4xx. A POST or PATCH whose answer was lost or is
5xx, but for a 503 with Retry-After, may have been done: the error says so, and
its `retry` is false.";

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
    /// A header, but not the one that the token goes into, or @FILE with one a line; may be given several times. Other
    /// users of the machine can see arguments, and no file of yours
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE")]
    pub(crate) headers: Vec<String>,
    /// The body: the text itself, @FILE, or - for stdin; at most 256 MiB. No content type is guessed: give it with -H
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

pub(super) const SERVE: &str = "\
Examples:
  (umask 077; hallpass serve > hallpass.toml) &
  hallpass check auth0-json
  hallpass serve --tls --listen 127.0.0.1:8443   https, by a throw-away authority

What it prints is a profile file with secrets in it. One that others may write is
refused, and one that others may read is warned of: hence the umask.";

/// `hallpass serve`.
#[derive(Debug, clap::Args)]
pub(crate) struct Serve {
    /// Where to listen; port 0 takes any free one
    #[arg(long, value_name = "ADDRESS", value_parser = address, default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// Serve https, by a certificate of a throw-away authority
    #[arg(long)]
    pub(crate) tls: bool,
    /// Where to write the authority's certificate
    #[arg(long, value_name = "FILE", default_value = "hallpass-ca.pem", requires = "tls")]
    pub(crate) ca_out: PathBuf,
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        let port = text.rsplit_once(':').map_or("8080", |(_, port)| port);
        let port: u16 = port.parse().unwrap_or(8080);
        format!("it must be an IP address and a port, not a name: try 127.0.0.1:{port}, or [::1]:{port}")
    })
}

pub(super) const REGISTER: &str = "\
Examples:
  hallpass register sensors
  hallpass --store file:/var/lib/sensors register sensors

A registration is sent once. If its answer is lost, the next start says so and
sends nothing: the user may exist then. `hallpass import` keeps a user_key that
you get in another way.

Exit codes: 0 fine, 2 usage, 3 denied or sent before, 5 unreachable, 6 malformed,
7 the store failed before anything was sent.";

pub(super) const STATUS: &str = "\
Examples:
  hallpass status
  hallpass status ducky --format json

It locks nothing, changes nothing and asks for no secret but the store's own.
Without a name it looks into no profile of a ./hallpass.toml, which may name
programs to run: their names are printed, and --format json leaves them out.

Exit codes: 0 fine, also if nothing is held; 2 usage; 7 a store cannot be read.";

/// `hallpass status`.
#[derive(Debug, clap::Args)]
pub(crate) struct Status {
    /// The profile's name; all of them without one
    pub(crate) profile: Option<String>,
    /// How to print it; as JSON it is an object, or a list of them without PROFILE
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Report,
}

/// How a report is printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Report {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

pub(super) const FORGET: &str = "\
Examples:
  hallpass forget ducky
  hallpass forget sensors --user-key

What was found damaged and moved aside, as `hallpass status` tells, goes too.
Tokens are forgotten here, not revoked at the server: one that somebody has in
hand stays good to its end. With --revoke they are revoked first, at the
profile's revocation_url (RFC 7009); if that fails, nothing is forgotten.

Exit codes: 0 fine, also if nothing was held; 2 usage; 7 the store failed; with
--revoke also 3 denied, 5 unreachable, 6 malformed.";

/// `hallpass forget`.
#[derive(Debug, clap::Args)]
pub(crate) struct Forget {
    /// The profile's name
    pub(crate) profile: String,
    /// Forget the `user_key` of a registration too, which the server does not give again
    #[arg(long)]
    pub(crate) user_key: bool,
    /// Revoke the tokens at the server before they are forgotten
    #[arg(long)]
    pub(crate) revoke: bool,
    /// Forget a record that cannot be read too, since the key that it was sealed with is lost
    #[arg(long)]
    pub(crate) force: bool,
}

pub(super) const IMPORT: &str = "\
Examples:
  pass show sensors-key | hallpass import sensors
  hallpass import messages < refresh-token.txt

At a terminal it is asked for, and not shown.
It takes the place of one that was lost, as `hallpass status` tells, and with
--force of one that is good. One line end at its end is cut.

Exit codes: 0 fine, 2 usage or one is held already, 7 the store failed.";

/// `hallpass import`.
#[derive(Debug, clap::Args)]
pub(crate) struct Import {
    /// The profile's name
    pub(crate) profile: String,
    /// It is a refresh token, also where a `user_key` could be meant
    #[arg(long)]
    pub(crate) refresh_token: bool,
    /// Replace one that is held and was not lost
    #[arg(long)]
    pub(crate) force: bool,
}
