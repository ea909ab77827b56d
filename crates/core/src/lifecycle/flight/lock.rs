//! Lock: one try, answered with the record as it stands under the lock.

use core::time::Duration;

use super::super::run::{Aim, Run};
use super::super::slot::{Locking, SaveFor, Then, Unlocking};
use super::super::{Lifecycle, Loaded, Lock, Slot, Todo};
use crate::error::{Error, StoreFailure};
use crate::grant::Grant;
use crate::plant::{self, Bug};
use crate::time::{Deadline, Now};

/// The first wait for a busy lock; a peer's exchange takes about as long.
const BUSY_FIRST: Duration = Duration::from_millis(20);

/// The longest wait for a busy lock, before jitter.
const BUSY_LONGEST: Duration = Duration::from_secs(1);

impl Lifecycle {
    pub(in super::super) fn lock(&self, now: Now, mut run: Box<Run>) -> Todo {
        run.asked = Some(now);
        let lease = self.setup.rules.timeout.saturating_add(self.setup.policy.lease_margin);
        Todo::Lock(Slot { run, effect: Locking { key: self.key.clone(), lease } })
    }

    /// The lock is ours, or somebody else's, or cannot be had.
    pub fn locked(&mut self, now: Now, slot: Slot<Locking>, result: Result<Lock, StoreFailure>) -> Option<Todo> {
        let Slot { mut run, effect } = slot;
        match result {
            Ok(Lock::Held(found)) => {
                // It has been running since some moment between question and answer.
                run.lease = Some(Deadline::after(run.asked.unwrap_or(now), effect.lease));
                if !self.flies(&run) {
                    return Some(Todo::Unlock(Slot { run, effect: Unlocking { then: Then::Nothing } }));
                }
                self.under_lock(now, run, found.map(|found| *found))
            }
            _ if !self.flies(&run) => None,
            Ok(Lock::Busy) => {
                run.hurries = true;
                let longest = BUSY_FIRST.saturating_mul(1 << run.rounds.min(6)).min(BUSY_LONGEST);
                let wait = longest / 2 + self.seed.up_to(longest / 2);
                self.again(now, run, Some(wait))
            }
            Err(failure) => self.go_alone(now, run, failure),
        }
    }

    fn under_lock(&mut self, now: Now, mut run: Box<Run>, found: Option<Loaded>) -> Option<Todo> {
        let landable = found.as_ref().and_then(|found| self.landable(now, found, &run));
        run.found_age = run.answered(found.as_ref().and_then(|found| found.age), now).map(|age| (age, now));
        if !plant::has(Bug::TrustsPeek) {
            run.found = found.map(|found| found.record);
        }
        self.void.stands &= run.found.as_ref().is_some_and(|found| self.void.has(found.revision));
        if let Some(record) = self.retry_record(now, &run) {
            return Some(Self::save(now, run, record, SaveFor::Retry));
        }
        match landable {
            _ if run.aim == Aim::Settle => self.take_back_or_end(now, run),
            Some(grant) => self.land(run, grant),
            None => self.own_or_decide(now, run),
        }
    }

    /// Nothing in the store will do; but what this process holds may, once it is saved or superseded.
    pub(super) fn own_or_decide(&mut self, now: Now, run: Box<Run>) -> Option<Todo> {
        match self.own(now, &run) {
            Some(grant) => self.land(run, grant),
            None => self.decide(now, run),
        }
    }

    /// Without the store: no refresh token is spent, and what can authenticate does, unless what is in hand will do.
    pub(super) fn go_alone(&mut self, now: Now, mut run: Box<Run>, failure: StoreFailure) -> Option<Todo> {
        if let Some(grant) = self.own(now, &run) {
            return self.land_despite_store(now, run, grant);
        }
        if plant::has(Bug::FailsWithStore) {
            return self.fail(now, run, failure.into());
        }
        run.alone = true;
        run.last = Some(Error::Store(failure));
        self.decide(now, run)
    }

    /// The token in hand, if it will do for the flight's leader and need not be renewed.
    fn own(&self, now: Now, run: &Run) -> Option<Grant> {
        self.current.clone().filter(|grant| self.serves(now, grant, &run.want) && grant.is_fresh(now))
    }
}
