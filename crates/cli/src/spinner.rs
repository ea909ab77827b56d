//! A sign of life on stderr, for waits longer than half a second, and only at a terminal.

use std::io::{IsTerminal, Write};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anstream::{AutoStream, ColorChoice};

const PATIENCE: Duration = Duration::from_millis(500);
const TURN: Duration = Duration::from_millis(100);
const CLEAR: &str = "\r\x1b[K";

/// What turns now; one at a time.
static TURNING: Mutex<Option<Turning>> = Mutex::new(None);

struct Turning {
    /// Dropped, it ends the thread.
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

/// A wait. It ends when this is dropped, or when another begins.
#[must_use = "dropping it ends the wait"]
pub(crate) struct Waiting(());

impl Drop for Waiting {
    fn drop(&mut self) {
        stop();
    }
}

/// Begins a wait; nothing is shown unless it lasts.
pub(crate) fn start(what: &'static str) -> Waiting {
    begin(what);
    Waiting(())
}

/// The same, for those who call [`stop`] at its end.
pub(crate) fn begin(what: &'static str) {
    stop();
    if !is_wanted() {
        return;
    }
    let (stop, stopped) = mpsc::channel();
    let thread = thread::Builder::new().name("hallpass-spinner".into()).spawn(move || {
        let waits = |time| stopped.recv_timeout(time) == Err(RecvTimeoutError::Timeout);
        let mut turns = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'].into_iter().cycle();
        let mut shown = false;
        let mut time = PATIENCE;
        while waits(time) {
            draw(&format!("\r{} {what} …", turns.next().unwrap_or(' ')));
            (shown, time) = (true, TURN);
        }
        if shown {
            draw(CLEAR);
        }
    });
    if let Ok(thread) = thread {
        *turning() = Some(Turning { stop, thread });
    }
}

/// Ends the wait. When this returns, the line is as it was.
pub(crate) fn stop() {
    let last = turning().take();
    if let Some(Turning { stop, thread }) = last {
        drop(stop);
        // It only draws: whatever became of it changes nothing here.
        let _ = thread.join();
    }
}

/// Whether somebody sees it: at a terminal that can clear a line, and not in the log of a CI, whose terminals nobody watches.
pub(crate) fn is_wanted() -> bool {
    let stderr = std::io::stderr();
    let watched = stderr.is_terminal() && std::env::var_os("CI").is_none();
    watched && AutoStream::choice(&stderr) != ColorChoice::Never
}

fn turning() -> std::sync::MutexGuard<'static, Option<Turning>> {
    TURNING.lock().unwrap_or_else(PoisonError::into_inner)
}

fn draw(text: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}
