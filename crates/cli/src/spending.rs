//! Signals that come while something is spent. What was sent is answered and saved first: a refresh token that the server
//! has rotated, or a `user_key` that it gives once, would be lost with the process. A second signal ends it at once.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::{flag, low_level};

use crate::signal::Ignored;

/// What ends a process, unless whoever started it wants that ignored.
const ENDING: [i32; 4] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];

/// `None` where another part of the command listens to signals itself.
static DEFERRED: OnceLock<Option<Deferred>> = OnceLock::new();

#[derive(Clone, Default)]
struct Deferred {
    /// Nothing is under way: a signal does what it always does.
    free: Arc<AtomicBool>,
    /// One came already.
    again: Arc<AtomicBool>,
    came: Arc<AtomicUsize>,
}

/// Signals are listened to elsewhere.
pub(crate) fn leave() {
    let _ = DEFERRED.set(None);
}

/// From here on a first signal waits.
pub(crate) fn begin() {
    // Where they cannot be listened to, they do what they always do.
    if let Some(deferred) = DEFERRED.get_or_init(|| Deferred::listen().ok()) {
        deferred.free.store(false, Ordering::SeqCst);
    }
}

/// All is saved, or will not be: the signal that came ends the process now.
pub(crate) fn end() {
    let Some(deferred) = DEFERRED.get().and_then(Option::as_ref) else { return };
    deferred.free.store(true, Ordering::SeqCst);
    if let Ok(signal) = i32::try_from(deferred.came.swap(0, Ordering::SeqCst))
        && signal != 0
    {
        // It ends here; where that fails there is nothing to be done about it.
        let _ = low_level::emulate_default_handler(signal);
    }
}

impl Deferred {
    fn listen() -> io::Result<Self> {
        let (this, ignored) = (Self::default(), Ignored::read());
        this.free.store(true, Ordering::SeqCst);
        for signal in ENDING.into_iter().filter(|signal| !ignored.has(*signal)) {
            // In this order: the first that comes is only noted.
            flag::register_conditional_default(signal, this.free.clone())?;
            flag::register_conditional_default(signal, this.again.clone())?;
            flag::register(signal, this.again.clone())?;
            flag::register_usize(signal, this.came.clone(), usize::try_from(signal).unwrap_or_default())?;
        }
        Ok(this)
    }
}
