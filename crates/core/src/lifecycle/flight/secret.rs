//! Secret: asked for only when a request is about to need it.

use super::super::memory::Unavailable;
use super::super::slot::Asking;
use super::super::{Lifecycle, Slot, Todo};
use crate::dialect::Goal;
use crate::error::{Misuse, StoreFailure};
use crate::secret::{Secrets, is_one_time};
use crate::time::{Deadline, Now};

impl Lifecycle {
    /// The secrets are here, or cannot be had.
    pub fn secret(&mut self, now: Now, slot: Slot<Asking>, result: Result<Secrets, Misuse>) -> Option<Todo> {
        let Slot { mut run, effect } = slot;
        if !self.flies(&run) {
            return Self::let_go(run);
        }
        let secrets = match result {
            Ok(secrets) => secrets,
            Err(misuse) => {
                self.leave_source_alone(now, effect.names, misuse.clone());
                return self.fail(now, run, misuse.into());
            }
        };
        self.unavailable = None;
        run.hurries = false;
        // Once, the machine may have stood still. What is good for one send is asked for anew each time; all else is in hand
        // from now on, however long it took.
        let outlasted = effect.names.iter().any(|name| is_one_time(name)) && self.lease_ends_soon(now, &run);
        run.outlasted = if outlasted { run.outlasted + 1 } else { 0 };
        if run.outlasted > 1 {
            return self.fail(now, run, StoreFailure::outlasted().into());
        }
        for name in effect.names {
            if let Some(secret) = secrets.get(name) {
                run.secrets = run.secrets.with(name, secret.clone());
            }
        }
        // The same question again: nothing but the secrets has changed, since the lock is held.
        match self.setup.dialect.next(&run.held, Goal::Token) {
            Ok(exchange) => self.prepare(now, run, exchange),
            Err(misuse) => self.fail(now, run, misuse.into()),
        }
    }

    fn leave_source_alone(&mut self, now: Now, names: Vec<&'static str>, error: Misuse) {
        let strikes = self.unavailable.take().filter(|asked| asked.names == names).map_or(0, |asked| asked.strikes);
        let wait = self.seed.up_to(self.setup.policy.backoff(strikes));
        let (until, strikes) = (Deadline::after(now, wait), strikes.saturating_add(1));
        self.unavailable = Some(Unavailable { names, until, strikes, error });
    }
}
