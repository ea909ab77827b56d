//! The `hallpass` command: API access tokens for the shell, and for scripts in any language.
//!
//! ```sh
//! hallpass demo                          # the dialects and the life of a token, on this machine
//! hallpass check ducky                   # does the profile `ducky` of hallpass.toml work?
//! hallpass token ducky                   # the token, which is kept: only the first one logs in
//! hallpass status                        # what is kept, where, and how long it is good
//! hallpass request ducky ping/protected  # log in, and call the API
//! hallpass exec ducky -- ./report.py     # a program with HALLPASS_TOKEN in its environment
//! ```
//!
//! stdout gets what was asked for and nothing else; all that goes wrong is on stderr, in words or as one JSON object, and
//! the exit code says whose fault it is. `hallpass --help` has the list.
//!
//! The feature `keyring` brings the system's keyring, as a source of secrets and for the key that files are sealed with.
//!
//! | module | what it holds |
//! |---|---|
//! | `args` | the command line |
//! | `commands` | one file a subcommand |
//! | `login` | a profile and its store, ready to be used |
//! | `demo_server` | what the server of `demo` and `serve` knows |
//! | `failure` | what can go wrong, its exit code and how it is printed: the one place for that |
//! | `ask` | questions at a terminal |
//! | `answer` | what an API's answer means to whoever runs the command |
//! | `lost` | a call whose answer was lost |
//! | `watched` | a store, which tokens came out of it, and how it failed |
//! | `instance` | the name that this process leaves on its marks |
//! | `target` | which URL a call goes to |
//! | `effects` | what `-v` shows of a login, and when the spinner turns |
//! | `spinner` | a sign of life on a terminal, for waits that last |
//! | `signal` | signals that were ignored from the start, and a limit on files that ends nothing |
//! | `spending` | signals that wait until what is spent is saved |
//! | `private` | files that only their user may read, replaced at once |
//! | `written` | a file for an answer, opened before anything is sent |
//! | `output` | stdout and stderr, which may be closed at any time |

mod answer;
mod args;
mod ask;
mod commands;
mod demo_server;
mod effects;
mod failure;
mod instance;
mod login;
mod lost;
mod output;
mod private;
mod signal;
#[cfg_attr(not(unix), path = "no_spending.rs")]
mod spending;
mod spinner;
mod target;
mod watched;
mod written;

use std::process::ExitCode;

use commands::complete::{self, ASK};
use failure::ErrorStyle;

fn main() -> ExitCode {
    let line = args::command_line();
    if let Some((_, words)) =
        line.split_first().and_then(|(_, words)| words.split_first()).filter(|(first, _)| *first == ASK)
    {
        complete::run(words);
        return ExitCode::SUCCESS;
    }
    let args = match args::read(&line) {
        Ok(args) => args,
        Err(error) if !error.use_stderr() => {
            return match output::print_styled(&error.render().ansi().to_string()) {
                Ok(()) => ExitCode::SUCCESS,
                Err(failure) => failure.report(ErrorStyle::Text),
            };
        }
        Err(error) => return failure::Failure::from(error).report(args::style_of(line)),
    };
    effects::listen(&args.globals);
    match commands::run(&args) {
        Ok(code) => code,
        Err(failure) => failure.report(args.globals.errors),
    }
}
