//! stdout and stderr, either of which may be closed at any time.

use std::io::{self, ErrorKind, Write};

use crate::failure::Failure;

/// Writes to stdout at once. Whoever closed it, as `head` does, has seen enough: that is no failure.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    print_bytes(text.as_bytes()).map(|_| ())
}

/// The same with bytes; false if nobody reads any more.
pub(crate) fn print_bytes(bytes: &[u8]) -> Result<bool, Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Failure::other(format!("stdout cannot be written: {error}"))),
    }
}

/// Says something on stderr. If that is closed there is nobody to tell.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr(), "{}", plain(text));
}

/// Fit for a terminal: what others wrote into a path or a record may be anything.
pub(crate) fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}
