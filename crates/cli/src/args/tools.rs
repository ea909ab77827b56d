//! The options of the commands that bring tokens to other programs, and of those that set the command up.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Subcommand, ValueEnum};

pub(super) const EXEC: &str = "\
Examples:
  hallpass exec ducky -- ./report.py             reads HALLPASS_TOKEN
  hallpass exec ducky --env GITLAB_TOKEN -- glab repo list
  hallpass exec ducky --min-life 1h -- ./nightly.sh
  hallpass exec ducky --watch /run/user/1000/ducky -- ./service
  hallpass exec ducky --watch token.txt          until it is stopped

The token is in the environment, never in an argument list. Without --watch,
hallpass becomes CMD: signals reach it, and its exit code is what you see. With
--watch, HALLPASS_TOKEN_FILE names the file, signals are passed on, and a CMD
that a signal ended gives 128 + its number. The file holds the token and no
line end; it is replaced at once, mode 0600, and left behind at the end.

Exit codes: that of CMD; 126 it cannot be run, 127 it was not found. Before CMD
was run: 2 usage, 3 denied, 5 unreachable, 6 malformed, 7 the store failed.";

/// `hallpass exec`.
#[derive(Debug, clap::Args)]
pub(crate) struct Exec {
    /// The profile's name
    pub(crate) profile: String,
    /// The variable for the token; may be given several times
    #[arg(long = "env", value_name = "NAME", value_parser = variable, default_value = "HALLPASS_TOKEN")]
    pub(crate) variables: Vec<String>,
    /// Keep a fresh token in this file for as long as CMD runs, or without CMD until it is stopped
    #[arg(long, value_name = "FILE")]
    pub(crate) watch: Option<PathBuf>,
    /// Get a new one unless the kept one lives so much longer: 90, 90s, 10m, 1h; no more than a new one would
    #[arg(long, value_name = "DURATION", value_parser = hallpass_profile::parse_duration)]
    pub(crate) min_life: Option<Duration>,
    /// What to run, and its arguments
    #[arg(last = true, value_name = "CMD", required_unless_present = "watch")]
    pub(crate) command: Vec<OsString>,
}

fn variable(name: &str) -> Result<String, &'static str> {
    match name {
        "" => Err("it is empty"),
        _ if name.contains(['=', '\0']) => Err("a variable's name has no `=`"),
        _ => Ok(name.to_owned()),
    }
}

pub(super) const HELPER: &str = "\
Each answers only for the origins that the profile lists (api_url, origins),
with the kept token while that is fresh. --print-config prints the lines for
the other program's configuration.

The other program may run in a stranger's folder, so a helper does not read
./hallpass.toml: it reads the file of --config, of HALLPASS_CONFIG, or your own.
The lines of --print-config name the file with --config unless it is your own.

Examples:
  hallpass helper git ducky --print-config >> ~/.gitconfig
  hallpass helper docker ducky --print-config
  hallpass helper kubernetes ducky --print-config";

/// `hallpass helper`.
#[derive(Debug, Subcommand)]
pub(crate) enum Helper {
    /// git's credential helper
    #[command(after_help = GIT)]
    Git(Credential),
    /// docker's credential helper
    #[command(after_help = DOCKER)]
    Docker(Credential),
    /// kubectl's credential plugin: an `ExecCredential` of client.authentication.k8s.io/v1
    #[command(visible_alias = "kubectl", after_help = KUBERNETES)]
    Kubernetes {
        /// The profile's name
        profile: String,
        /// Print the lines for kubectl's configuration instead
        #[arg(long)]
        print_config: bool,
    },
}

const GIT: &str = "\
In ~/.gitconfig, as --print-config prints it:
  [credential \"https://git.example.com\"]
      helper =
      helper = !hallpass helper git ducky

The empty line clears git's list: any other helper that stands above, such as
`store`, `osxkeychain` or `manager`, would keep a copy of the token, and answer
with it when it is old.

`erase`, which git says of a token that the server refused, drops that token
from the store, so that the next `get` has another. `store` keeps nothing.";

const DOCKER: &str = "\
docker calls a program docker-credential-NAME. A link of that name is the same
as `hallpass helper docker NAME`, NAME being the profile:
  ln -s \"$(command -v hallpass)\" ~/.local/bin/docker-credential-ducky

In ~/.docker/config.json, as --print-config prints it:
  { \"credHelpers\": { \"registry.example.com\": \"ducky\" } }

Where options are needed, a script of that name does it:
  #!/bin/sh
  exec hallpass --config /etc/hallpass.toml helper docker ducky \"$@\"";

const KUBERNETES: &str = "\
In ~/.kube/config, as --print-config prints it:
  users:
  - name: ducky
    user:
      exec:
        apiVersion: client.authentication.k8s.io/v1
        command: hallpass
        args: [helper, kubernetes, ducky]
        interactiveMode: IfAvailable
        provideClusterInfo: true

With provideClusterInfo, a cluster whose origin the profile does not list gets
no token.";

/// `hallpass helper git` and `docker`.
#[derive(Debug, clap::Args)]
pub(crate) struct Credential {
    /// The profile's name
    pub(crate) profile: String,
    /// What is asked for: get, store, erase (docker: list too); the other program says it
    #[arg(required_unless_present = "print_config")]
    pub(crate) action: Option<String>,
    /// The user name to answer with, where none was asked for; some servers want a certain one
    #[arg(long, value_name = "NAME", default_value = "oauth2")]
    pub(crate) username: String,
    /// Print the lines for the other program's configuration instead
    #[arg(long, conflicts_with = "action")]
    pub(crate) print_config: bool,
}

pub(super) const INIT: &str = "\
Examples:
  hallpass init                                  asks for everything
  hallpass init ducky --dialect auth0-json --audience ducky-api-prod \\
      --token-url https://ducky-prod.eu.auth0.com/oauth/token \\
      --client-id my-client --secret-command 'pass show ducky' \\
      --api-url https://api.ducky.eco/v3/ --check-path ping/protected --test
  printf %s \"$SECRET\" | hallpass init messages --dialect basic-form \\
      --token-url https://auth.example.com/oauth/v2/token \\
      --client-id my-client --secret-file messages.secret --secret-stdin

What was not given is asked for at a terminal; elsewhere it is an error that
names it. The profile goes into the file that is found as ever (--config,
HALLPASS_CONFIG, ./hallpass.toml, your configuration folder), which is made if
there is none, mode 0600. What else stands in it stays, comments too.
A dialect of your own (`declared`) is written by hand: docs/profiles.md.

Exit codes: 0 fine, 2 something is missing, wrong, or there already; with
--test also those of `hallpass check`.";

/// `hallpass init`.
#[derive(Debug, clap::Args)]
pub(crate) struct Init {
    /// The profile's name
    pub(crate) profile: Option<String>,
    /// How the API lets one log in
    #[arg(long, value_enum)]
    pub(crate) dialect: Option<Dialect>,
    #[command(flatten)]
    pub(crate) login: LoginKeys,
    #[command(flatten)]
    pub(crate) secret: SecretPlace,
    /// The API's base URL; the token may go to its origin
    #[arg(long, value_name = "URL")]
    pub(crate) api_url: Option<String>,
    /// A path below --api-url that tells whether a token works
    #[arg(long, value_name = "PATH", requires = "api_url")]
    pub(crate) check_path: Option<String>,
    /// Replace a profile of that name
    #[arg(long)]
    pub(crate) force: bool,
    /// Try it afterwards; not for user-key, whose users have to be registered first
    #[arg(long)]
    pub(crate) test: bool,
}

/// What a login says, as the profile names it.
#[derive(Debug, clap::Args)]
pub(crate) struct LoginKeys {
    /// Where tokens come from (all dialects but user-key)
    #[arg(long, value_name = "URL")]
    pub(crate) token_url: Option<String>,
    /// Below which register, authenticate and refresh lie (user-key)
    #[arg(long, value_name = "URL")]
    pub(crate) base_url: Option<String>,
    /// The API's name at the token server (auth0-json; basic-form if it wants one)
    #[arg(long, value_name = "TEXT")]
    pub(crate) audience: Option<String>,
    /// The client's id (auth0-json, basic-form; password-form if it wants one)
    #[arg(long, value_name = "TEXT")]
    pub(crate) client_id: Option<String>,
    /// The user's id (user-key)
    #[arg(long, value_name = "TEXT")]
    pub(crate) user_id: Option<String>,
    /// The user's name (password-form)
    #[arg(long, value_name = "TEXT")]
    pub(crate) username: Option<String>,
    /// `password` where the server follows OAuth 2; without it none is sent (password-form)
    #[arg(long, value_name = "TEXT")]
    pub(crate) grant_type: Option<String>,
    /// Scopes, with blanks between them
    #[arg(long, value_name = "TEXT")]
    pub(crate) scope: Option<String>,
}

/// Where the secret lives. It is never an argument itself: other users see those.
#[derive(Debug, clap::Args)]
pub(crate) struct SecretPlace {
    /// The secret is in this environment variable
    #[arg(long = "secret-env", value_name = "NAME", group = "place")]
    pub(crate) env: Option<String>,
    /// The secret is in this file; a relative path begins at the folder of the profile file
    #[arg(long = "secret-file", value_name = "PATH", group = "place")]
    pub(crate) file: Option<String>,
    /// This command prints the secret; its words as a shell has them
    #[arg(long = "secret-command", value_name = "COMMAND", group = "place")]
    pub(crate) command: Option<String>,
    /// The secret is this entry of the system's keyring
    #[cfg(feature = "keyring")]
    #[arg(long = "secret-keyring", value_name = "SERVICE/ACCOUNT", group = "place")]
    pub(crate) keyring: Option<String>,
    /// Write what stdin holds, or what is typed at a terminal, into --secret-file, mode 0600
    #[arg(long = "secret-stdin")]
    pub(crate) stdin: bool,
}

/// The dialects that need no description.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Dialect {
    /// Client id and secret as JSON, with an audience
    Auth0Json,
    /// Client id and secret as a Basic header, a form, refresh
    BasicForm,
    /// Register once, authenticate with the key, refresh
    UserKey,
    /// Username and password as a form; legacy
    PasswordForm,
}

pub(super) const COMPLETIONS: &str = "\
Examples:
  hallpass completions bash > ~/.local/share/bash-completion/completions/hallpass
  hallpass completions fish > ~/.config/fish/completions/hallpass.fish
  hallpass completions zsh > \"${fpath[1]}/_hallpass\"";

pub(super) const MAN: &str = "\
Examples:
  hallpass man | man -l -
  hallpass man --out ~/.local/share/man/man1      a page for each command too";
