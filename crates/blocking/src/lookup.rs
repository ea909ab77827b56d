//! A lookup, bounded: the system's own knows no deadline.

use core::time::Duration;
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

/// What was found; `None` if it did not come in time. It is asked for on a thread of its own, which is left behind when the
/// time is over. Where no thread can be had it is asked for here: the system gives up by itself then, if later than
/// `patience`, and a container with few processes has its tokens. What comes late counts as nothing either way.
pub(crate) fn within<T: Send + 'static>(patience: Duration, ask: impl Fn() -> T + Clone + Send + 'static) -> Option<T> {
    let begun = Instant::now();
    let (answer, answered) = mpsc::channel();
    let theirs = ask.clone();
    let asking = move || drop(answer.send(theirs()));
    match thread::Builder::new().name("hallpass-lookup".into()).spawn(asking) {
        Ok(_) => answered.recv_timeout(patience).ok(),
        Err(_) => Some(ask()).filter(|_| begun.elapsed() < patience),
    }
}
