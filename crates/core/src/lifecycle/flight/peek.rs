//! Peek: read a record without the lock. A usable one ends the flight.

use super::super::run::{Aim, Run};
use super::super::slot::{PeekFor, Peeking};
use super::super::{Lifecycle, Loaded, Slot, Todo};
use crate::error::StoreFailure;
use crate::plant::{self, Bug};
use crate::time::Now;

impl Lifecycle {
    /// A flight begins: what does the store know?
    pub(in super::super) fn peek(&self, now: Now, mut run: Box<Run>) -> Todo {
        run.asked = Some(now);
        Todo::Peek(Slot { run, effect: Peeking { key: self.key.clone(), what: PeekFor::Login } })
    }

    /// The record was read, or could not be.
    pub fn peeked(
        &mut self,
        now: Now,
        slot: Slot<Peeking>,
        result: Result<Option<Loaded>, StoreFailure>,
    ) -> Option<Todo> {
        let Slot { mut run, effect } = slot;
        if !self.flies(&run) {
            return Self::let_go(run);
        }
        match (effect.what, result) {
            (PeekFor::Refused, Err(_)) => Some(self.refused_for_good(now, run)),
            (PeekFor::Refused, Ok(found)) => self.refused_unless_rotated(now, run, found),
            (_, Err(failure)) => self.go_alone(now, run, failure),
            (PeekFor::Login, Ok(found)) => {
                if let Some(grant) = found.as_ref().and_then(|found| self.landable(now, found, &run)) {
                    return self.land(run, grant);
                }
                if let Some(error) = self.paused(now).filter(|_| run.aim == Aim::Look) {
                    return self.fail_as_before(run, error);
                }
                if plant::has(Bug::TrustsPeek) {
                    run.found = found.map(|found| found.record);
                }
                let identity = self.setup.dialect.identity().filter(|_| run.user_key().is_none());
                Some(match identity.filter(|_| self.setup.user_key.is_none()) {
                    Some(key) => Todo::Peek(Slot { run, effect: Peeking { key, what: PeekFor::Identity } }),
                    None => self.lock(now, run),
                })
            }
            (PeekFor::Identity, Ok(found)) => {
                run.registration = found.map(|found| found.record);
                self.registered = run.user_key().cloned();
                Some(self.lock(now, run))
            }
        }
    }

    /// The refresh token was refused: if the record is no longer the one it came from, somebody may have rotated it.
    fn refused_unless_rotated(&mut self, now: Now, run: Box<Run>, found: Option<Loaded>) -> Option<Todo> {
        match found {
            Some(found) if Some(found.record.revision) != run.found.as_ref().map(|ours| ours.revision) => {
                if let Some(grant) = self.adoptable(now, &found, &run) {
                    return self.land(run, grant);
                }
                self.again(now, run, None)
            }
            _ => Some(self.refused_for_good(now, run)),
        }
    }
}
