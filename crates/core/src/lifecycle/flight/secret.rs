//! Secret: asked for only when a request is about to need it.

use super::super::slot::Asking;
use super::super::{Lifecycle, Slot, Todo};
use crate::dialect::Goal;
use crate::error::Misuse;
use crate::secret::{Secrets, is_one_time};
use crate::time::Now;

impl Lifecycle {
    /// The secrets are here, or cannot be had.
    pub fn secret(&mut self, now: Now, slot: Slot<Asking>, result: Result<Secrets, Misuse>) -> Option<Todo> {
        let Slot { mut run, effect } = slot;
        if !self.flies(&run) {
            return Self::let_go(run);
        }
        let secrets = match result {
            Ok(secrets) => secrets,
            Err(misuse) => return self.fail(now, run, misuse.into()),
        };
        for name in effect.names {
            if let Some(secret) = secrets.get(name) {
                if !is_one_time(name) {
                    // It is in hand from now on, however long it took.
                    run.outlasted = 0;
                }
                run.secrets = run.secrets.with(name, secret.clone());
            }
        }
        // The same question again: nothing but the secrets has changed, since the lock is held.
        match self.setup.dialect.next(&run.held, Goal::Token) {
            Ok(exchange) => self.prepare(now, run, exchange),
            Err(misuse) => self.fail(now, run, misuse.into()),
        }
    }
}
