//! Where the server is.

use core::fmt;
use std::path::PathBuf;

/// Host and port, or a socket's path; and the database there.
#[derive(Clone)]
pub(super) struct Address {
    pub(super) place: Place,
    pub(super) database: i64,
}

#[derive(Clone)]
pub(super) enum Place {
    Tcp { host: String, port: u16, tls: bool },
    Unix(PathBuf),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Tcp { host, port, tls } => {
                let scheme = if *tls { "rediss" } else { "redis" };
                let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
                write!(f, "{scheme}://{host}:{port}/{}", self.database)
            }
            Place::Unix(path) => write!(f, "redis+unix://{}?db={}", path.display(), self.database),
        }
    }
}
