//! The kinds of client that a fleet may have.

/// A kind of client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    /// Logs in for each call.
    Naive,
    /// Keeps its token until a minute before its end; one request for all callers of the process.
    PerProcess,
    /// hallpass, with nothing shared.
    Memory,
    /// hallpass, with one file for each host.
    File,
    /// hallpass, with one Redis for all hosts.
    Redis,
}

impl Client {
    /// Every kind.
    pub const ALL: &'static [Self] = &[Self::Naive, Self::PerProcess, Self::Memory, Self::File, Self::Redis];

    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Naive => "a login for each call",
            Self::PerProcess => "a cache in each process",
            Self::Memory => "hallpass, memory",
            Self::File => "hallpass, a file a host",
            Self::Redis => "hallpass, one Redis",
        }
    }
}
