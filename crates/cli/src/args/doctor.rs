//! The options of `hallpass doctor`.

use super::Report;

pub(super) const DOCTOR: &str = "\
Examples:
  hallpass doctor ducky                  each step, what was seen, what to do
  hallpass doctor ducky --format json    the same for a program
  hallpass doctor ducky --try            send the likely remedies too

It logs in once, in memory: nothing is kept, nothing is registered, and a
refresh token that is held is neither sent nor changed. With --try a login that
is refused is sent again in up to three other spellings, which a server that
counts failed logins may not like.

Exit codes: 0 fine, also with warnings; else that of the first step that fails,
as the command would have had it.";

/// `hallpass doctor`.
#[derive(Debug, clap::Args)]
pub(crate) struct Doctor {
    /// The profile's name
    pub(crate) profile: String,
    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Report,
    /// Send a refused login in other spellings too, and say which one works
    #[arg(long = "try")]
    pub(crate) tries: bool,
}
