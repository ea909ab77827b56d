//! Unlock and sleep: the way back to the peek. Nothing sleeps under the lock.

use super::super::run::Run;
use super::super::slot::{Sleeping, Then, Unlocking};
use super::super::{Lifecycle, Slot, Todo};
use crate::error::StoreFailure;
use crate::time::{Deadline, Now};

impl Lifecycle {
    /// The lock was given back. A lock that could not be is the lease's to end.
    pub fn unlocked(&mut self, now: Now, slot: Slot<Unlocking>, _result: Result<(), StoreFailure>) -> Option<Todo> {
        let Slot { mut run, effect } = slot;
        run.lease = None;
        match effect.then {
            Then::Begin(until) if self.flies(&run) => Some(self.resume(now, run, until)),
            _ => None,
        }
    }

    /// The wait is over.
    pub fn woke(&mut self, now: Now, slot: Slot<Sleeping>) -> Option<Todo> {
        self.flies(&slot.run).then(|| self.peek(now, slot.run))
    }

    /// Begins at the peek with what the flight has learned, but nothing of what it saw under the lock.
    pub(super) fn resume(&self, now: Now, mut run: Box<Run>, until: Option<Deadline>) -> Todo {
        (run.found, run.found_age, run.mark, run.alone) = (None, None, None, false);
        match until {
            Some(until) => Todo::Sleep(Slot { run, effect: Sleeping { until } }),
            None => self.peek(now, run),
        }
    }
}
