//! Why a server did not start.

use std::io;
use std::net::SocketAddr;

/// Why a server did not start. Nothing is left running.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address could not be listened on.
    #[error("cannot listen on {address}: {source}; take another address, or port 0 for any free port")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The system gave no thread, or no event queue for it.
    #[error("cannot start the server's thread: {0}; is a limit on processes and threads reached (`ulimit -u`)?")]
    Thread(#[source] io::Error),
    /// A program could not be started.
    #[error("cannot start `{program}`: {source}; `{install}` installs it")]
    Program {
        /// The program.
        program: &'static str,
        /// What installs it on Debian and its kin.
        install: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// A program ended instead of serving.
    #[error("`{program}` ended before it was ready:\n{said}")]
    Ended {
        /// The program.
        program: &'static str,
        /// What it said.
        said: String,
    },
    /// There is no folder for a program's files.
    #[error("cannot make a folder for the server: {0}")]
    Folder(#[source] io::Error),
}
