//! Questions at a terminal.

use std::io::{self, BufRead, IsTerminal, Write};

use hallpass_core::Secret;

use crate::failure::Failure;
#[cfg(unix)]
use crate::{signal::Ignored, spending};

/// Somebody who can be asked.
pub(crate) struct Terminal(anstream::Stderr);

impl Terminal {
    /// Only where both the question is seen and the answer is typed.
    pub(crate) fn open() -> Option<Self> {
        (io::stdin().is_terminal() && io::stderr().is_terminal()).then(|| Self(anstream::stderr()))
    }

    pub(crate) fn say(&mut self, text: &str) {
        // If nobody sees it, nobody answers either.
        let _ = writeln!(self.0, "{text}");
    }

    fn prompt(&mut self, question: &str) {
        let _ = write!(self.0, "\x1b[1m{question}:\x1b[0m ").and_then(|()| self.0.flush());
    }

    /// An answer that is accepted; `None` if it is empty and that is.
    pub(crate) fn line(
        &mut self,
        question: &str,
        check: impl Fn(&str) -> Result<(), String>,
    ) -> Result<Option<String>, Failure> {
        loop {
            self.prompt(question);
            let mut text = String::new();
            match io::stdin().lock().read_line(&mut text) {
                Ok(0) => return Err(given_up()),
                Ok(_) => {}
                Err(error) => return Err(Failure::usage(format!("the terminal cannot be read: {error}"))),
            }
            let text = text.trim();
            match check(text) {
                Ok(()) => return Ok((!text.is_empty()).then(|| text.to_owned())),
                Err(why) => self.say(&why),
            }
        }
    }

    /// A secret, which is not shown; `None` if it is empty.
    pub(crate) fn secret(&mut self, question: &str) -> Result<Option<Secret>, Failure> {
        self.prompt(question);
        hidden(rpassword::read_password)
    }

    pub(crate) fn yes(&mut self, question: &str) -> Result<bool, Failure> {
        let answer = self.line(&format!("{question} [Y/n]"), |_| Ok(()))?;
        Ok(answer.is_none_or(|answer| answer.eq_ignore_ascii_case("y") || answer.eq_ignore_ascii_case("yes")))
    }
}

/// What stdin holds to its end; at a terminal it is asked for, and not shown, wherever stderr leads.
pub(crate) fn secret_of_stdin(what: &str) -> Result<Secret, Failure> {
    if !io::stdin().is_terminal() {
        let read = hallpass_profile::read_secret(io::stdin().lock(), "stdin");
        return read.map_err(|error| Failure::usage(error.to_string()));
    }
    hidden(|| rpassword::prompt_password(format!("{what} (not shown): ")))?.ok_or_else(given_up)
}

/// What is typed; `None` if it is empty.
fn hidden(ask: impl FnOnce() -> io::Result<String>) -> Result<Option<Secret>, Failure> {
    let typed = uninterrupted(ask).map(Secret::new).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::Interrupted => given_up(),
        _ => Failure::usage(format!("the terminal cannot be read: {error}")),
    })?;
    Ok((!typed.expose().is_empty()).then_some(typed))
}

/// No signal leaves the terminal without echo: Ctrl-C ends the question and not the process, and what ends the process does so
/// once the terminal is as it was.
#[cfg(unix)]
fn uninterrupted<T>(ask: impl FnOnce() -> T) -> T {
    use std::sync::atomic::Ordering;

    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

    let (free, ignored) = (spending::free(), Ignored::read());
    let was_free = free.swap(false, Ordering::SeqCst);
    let ending: Vec<_> = [SIGHUP, SIGTERM].into_iter().filter(|signal| !ignored.has(*signal)).collect();
    for signal in ending.iter().chain(&[SIGINT]) {
        // If one cannot be had, it does what it ever did.
        let _ = signal_hook::flag::register_conditional_default(*signal, free.clone());
    }
    let restoring = restored_by(&ending);
    let answer = ask();
    free.store(was_free, Ordering::SeqCst);
    if let Some(restoring) = restoring {
        restoring.close();
    }
    answer
}

/// Until it is closed, these signals end the process after the terminal was set back; `None` if there is none.
#[cfg(unix)]
fn restored_by(signals: &[i32]) -> Option<signal_hook::iterator::Handle> {
    use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

    let terminal = std::fs::File::open("/dev/tty").ok()?;
    let before = tcgetattr(&terminal).ok()?;
    let mut signals = signal_hook::iterator::Signals::new(signals).ok()?;
    let handle = signals.handle();
    std::thread::spawn(move || {
        for signal in signals.forever() {
            // Where that fails there is nothing to be done about it.
            let _ = tcsetattr(&terminal, OptionalActions::Now, &before);
            let _ = signal_hook::low_level::emulate_default_handler(signal);
        }
    });
    Some(handle)
}

/// Windows gives the terminal back by itself.
#[cfg(not(unix))]
fn uninterrupted<T>(ask: impl FnOnce() -> T) -> T {
    ask()
}

fn given_up() -> Failure {
    Failure::usage("no more answers came")
}
