//! The options of `hallpass trace`.

use std::path::PathBuf;

use clap::ValueEnum;

pub(super) const TRACE: &str = "\
Examples:
  hallpass trace ducky                     one login, effect by effect
  hallpass trace ducky --format mermaid    the same as a picture, for Markdown
  hallpass trace ducky --save login.jsonl  a file that a bug report can carry
  hallpass trace --replay login.jsonl      does the machine do the same again?

A trace has placeholders for ids, secrets and tokens; hosts and paths stay as
they are. The login is made in memory: with --kept it begins with what the
profile's store holds, such as the user_key of a registration, and keeps what
it gains, as `hallpass token` does. A --store that is named is used so, too.

Exit codes: 0 fine; else that of the login, as `hallpass token` has it; with
--replay 1 if the machine does something else, 2 if the file is no trace.";

/// `hallpass trace`.
#[derive(Debug, clap::Args)]
pub(crate) struct Trace {
    /// The profile's name
    #[arg(conflicts_with = "replay")]
    pub(crate) profile: Option<String>,
    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Picture,
    /// Write the trace to this file too
    #[arg(long, value_name = "FILE", conflicts_with = "replay")]
    pub(crate) save: Option<PathBuf>,
    /// Begin with what the profile's store holds, and keep what the login gains, as with a --store that is named
    #[arg(long, conflicts_with = "replay")]
    pub(crate) kept: bool,
    /// Let the machine do again what this trace tells, and say where it differs; a pipe, such as /dev/stdin, is read to
    /// its end
    #[arg(long, value_name = "FILE")]
    pub(crate) replay: Option<PathBuf>,
}

/// How a trace is printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Picture {
    /// A line for each effect
    #[default]
    Text,
    /// A Mermaid sequence diagram
    Mermaid,
    /// The trace itself: lines of JSON
    Json,
}
