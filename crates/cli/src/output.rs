//! stdout and stderr, either of which may be closed at any time.

use std::io::{self, ErrorKind, Write};

use serde::Serialize;

use crate::args::Globals;
use crate::failure::{ErrorStyle, Failure};

const BOLD: &str = "\x1b[1m";
const RED: &str = "\x1b[1;31m";
const PLAIN: &str = "\x1b[0m";

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

/// The same with colours, which go only to who wants them: see `NO_COLOR` and `CLICOLOR`.
pub(crate) fn print_styled(text: &str) -> Result<(), Failure> {
    let choice = anstream::AutoStream::choice(&io::stdout());
    if choice == anstream::ColorChoice::Never {
        print(&anstream::adapter::strip_str(text).to_string())
    } else {
        print(text)
    }
}

/// A line of JSON.
pub(crate) fn json(value: &impl Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string(value).map_err(|error| Failure::other(error.to_string()))?;
    Ok(text + "\n")
}

/// Something to know beside the result. Programs that read errors as JSON want nothing else on stderr.
pub(crate) fn note(globals: &Globals, what: &str) {
    if globals.errors == ErrorStyle::Text {
        line(&format!("hallpass: {what}"));
    }
}

/// Something that costs the user if nobody hears it: programs get it too, as an object of its own before any error.
pub(crate) fn warn(globals: &Globals, what: &str) {
    warn_in(globals.errors, what);
}

pub(crate) fn warn_in(style: ErrorStyle, what: &str) {
    line(&match style {
        ErrorStyle::Text => format!("hallpass: warning: {what}"),
        ErrorStyle::Json => serde_json::json!({ "warning": what }).to_string(),
    });
}

/// Something that only who asked for it wants to know.
pub(crate) fn verbose(globals: &Globals, what: &str) {
    if globals.verbose > 0 {
        note(globals, what);
    }
}

/// Says something on stderr. If that is closed there is nobody to tell.
pub(crate) fn line(text: &str) {
    say(BOLD, text);
}

/// Says on stderr what went wrong.
pub(crate) fn error(text: &str) {
    say(RED, text);
}

fn say(style: &str, text: &str) {
    let text = plain(text);
    let mut stderr = anstream::stderr().lock();
    let _ = match text.strip_prefix("hallpass: ") {
        Some(text) => writeln!(stderr, "{style}hallpass:{PLAIN} {text}"),
        None => writeln!(stderr, "{text}"),
    };
}

/// Fit for a terminal: what others wrote into a path or a record may be anything.
pub(crate) fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}
