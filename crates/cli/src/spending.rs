//! Signals that come while something is spent. What was sent is answered and saved first: a refresh token that the server
//! has rotated, or a `user_key` that it gives once, would be lost with the process. A second signal ends it at once.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::{SigId, flag, low_level};

use crate::signal::Ignored;

/// What ends a process, unless whoever started it wants that ignored.
const ENDING: [i32; 4] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];

/// Nothing is under way: a signal does what it always does. There is one for all who listen, since whoever ends the process
/// ends what others have under way.
static FREE: LazyLock<Arc<AtomicBool>> = LazyLock::new(|| Arc::new(true.into()));

/// A process has its signals once.
static SIGNALS: Mutex<Signals> = Mutex::new(Signals::Untouched);

enum Signals {
    Untouched,
    Deferred(Deferred),
    /// Another part of the command listens to them.
    Elsewhere,
}

#[derive(Default)]
struct Deferred {
    /// One came already.
    again: Arc<AtomicBool>,
    came: Arc<AtomicUsize>,
    actions: Vec<SigId>,
}

/// From here on a first signal waits. Whether none did before.
pub(crate) fn begin() -> bool {
    let mut signals = signals();
    if let Signals::Untouched = *signals
        && let Ok(deferred) = Deferred::listen()
    {
        *signals = Signals::Deferred(deferred);
    }
    matches!(*signals, Signals::Deferred(_)) && FREE.swap(false, Ordering::SeqCst)
}

/// All is saved, or will not be: the signal that came ends the process now.
pub(crate) fn end() {
    let signals = signals();
    let Signals::Deferred(deferred) = &*signals else { return };
    FREE.store(true, Ordering::SeqCst);
    let came = i32::try_from(deferred.came.swap(0, Ordering::SeqCst)).unwrap_or_default();
    if came != 0 {
        // It ends here; where that fails there is nothing to be done about it.
        let _ = low_level::emulate_default_handler(came);
    }
}

/// From here on another part of the command listens, and did so before it called this. The signal that waits is its now.
pub(crate) fn leave() -> Option<i32> {
    FREE.store(false, Ordering::SeqCst);
    let Signals::Deferred(deferred) = core::mem::replace(&mut *signals(), Signals::Elsewhere) else { return None };
    for action in deferred.actions {
        low_level::unregister(action);
    }
    i32::try_from(deferred.came.load(Ordering::SeqCst)).ok().filter(|came| *came != 0)
}

/// Whether nothing is under way, for who has something under way that is not spent.
pub(crate) fn free() -> Arc<AtomicBool> {
    FREE.clone()
}

fn signals() -> MutexGuard<'static, Signals> {
    SIGNALS.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Deferred {
    fn listen() -> io::Result<Self> {
        let (mut this, ignored) = (Self::default(), Ignored::read());
        for signal in ENDING.into_iter().filter(|signal| !ignored.has(*signal)) {
            // In this order: the first that comes is only noted.
            this.actions.push(flag::register_conditional_default(signal, free())?);
            this.actions.push(flag::register_conditional_default(signal, this.again.clone())?);
            this.actions.push(flag::register(signal, this.again.clone())?);
            let number = usize::try_from(signal).unwrap_or_default();
            this.actions.push(flag::register_usize(signal, this.came.clone(), number)?);
        }
        Ok(this)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Also for whoever listens besides, such as a question that was asked before.
    #[test]
    fn no_signal_is_free_to_end_what_is_under_way() {
        let seen = || free().load(Ordering::SeqCst);
        assert!(seen());
        assert!(begin() && !begin(), "the second finds something under way");
        assert!(!seen());
        end();
        assert!(seen());
    }
}
