//! One flight, stage by stage; each file holds the transitions out of its stage.

mod decide;
mod lock;
mod peek;
mod save;
mod secret;
mod send;
mod settle;
mod unlock;

use core::time::Duration;

use http::StatusCode;

use super::memory::{Landing, Latch, Pause};
use super::run::Run;
use super::slot::{Then, Unlocking};
use super::{Landed, Lifecycle, Loaded, Slot, Todo, Want};
use crate::error::{Denied, Error, Retry, StoreFailure};
use crate::grant::Grant;
use crate::plant::{self, Bug};
use crate::time::{Deadline, Now};

impl Lifecycle {
    /// Whether the flight is the one under way; if not, its answers change nothing but what they prove.
    fn flies(&self, run: &Run) -> bool {
        let flying = |flight| flight == run.flight || plant::has(Bug::HonoursStaleSlots);
        self.active.as_ref().is_some_and(|active| flying(active.flight))
    }

    /// A stored grant, if it will do for the flight's leader.
    fn adoptable(&self, now: Now, loaded: &Loaded, run: &Run) -> Option<Grant> {
        self.dated(now, loaded, run).filter(|grant| self.will_do(now, grant, run))
    }

    /// A stored grant that ends the flight. One that will not do for its leader may for all others, who are not to wait for
    /// a better one or to fail with it: the leader asks again.
    fn landable(&self, now: Now, loaded: &Loaded, run: &Run) -> Option<Grant> {
        let lives = |grant: &Grant| grant.expires_in(now).unwrap_or(Duration::MAX);
        let will_do = |grant: &Grant| run.want.not != Some(grant.id()) && self.serves(now, grant, &Want::default());
        // The same again would end the next flight too.
        let is_better = |grant: &Grant| self.current.as_ref().is_none_or(|own| lives(own) < lives(grant));
        self.dated(now, loaded, run).filter(|it| self.will_do(now, it, run) || (will_do(it) && is_better(it)))
    }

    fn will_do(&self, now: Now, grant: &Grant, run: &Run) -> bool {
        self.serves(now, grant, &run.want) && (!run.ahead || grant.is_fresh(now))
    }

    /// A stored grant, dated for this process.
    fn dated(&self, now: Now, loaded: &Loaded, run: &Run) -> Option<Grant> {
        let kept = loaded.record.grant.clone().filter(|_| !plant::has(Bug::NeverAdopts))?;
        let known = self.current.iter().chain(self.past.iter()).find(|own| *own.access_token() == kept.access_token);
        let grant = Grant::kept(kept, known.map(Grant::id), now, run.answered(loaded.age, now).map(|age| age.most))?;
        let grant = self.timed(grant);
        // A token that was in hand gets no younger by being read back under a wall clock that was set back.
        Some(match known {
            Some(own) if own.expires_in(now) < grant.expires_in(now) => own.clone().with_unsaved(false),
            _ => grant,
        })
    }

    /// A grant that knows when this instance renews it.
    fn timed(&self, grant: Grant) -> Grant {
        let renew_at = grant.life().map(|life| self.setup.policy.advisory(life, self.jitter)).unwrap_or_default();
        grant.renewed_ahead_by(renew_at)
    }

    /// Takes a token in hand.
    pub(super) fn take_in_hand(&mut self, grant: Grant) {
        let past = self.current.replace(grant);
        if let Some(past) =
            past.filter(|past| self.current.as_ref().map(Grant::access_token) != Some(past.access_token()))
        {
            self.past.push(past);
        }
    }

    /// Publishes a token that was there before, and ends the flight.
    fn land(&mut self, run: Box<Run>, grant: Grant) -> Option<Todo> {
        self.publish(run, grant, None)
    }

    /// Publishes a token that a server just gave, and ends the flight.
    fn land_new(&mut self, now: Now, run: Box<Run>, grant: Grant) -> Option<Todo> {
        self.rejected.forget(&grant.id());
        // What was adopted says nothing of the server.
        self.pause = None;
        self.publish(run, grant, Some(now))
    }

    fn publish(&mut self, run: Box<Run>, grant: Grant, new: Option<Now>) -> Option<Todo> {
        if core::mem::take(&mut self.rejections.expected) {
            self.rejections.unproven = Some(grant.id());
        }
        if plant::has(Bug::ForgetsUnsaved) {
            self.unsaved = None;
        }
        self.take_in_hand(grant.clone());
        self.end(&run, Landed::Ok(grant), new);
        Self::let_go(run)
    }

    /// The same although the store failed. It is left alone for a while, longer each time; but a login that needs a
    /// token does not wait for that.
    fn land_despite_store(&mut self, now: Now, run: Box<Run>, grant: Grant) -> Option<Todo> {
        let strikes = self.store_pause.take().map_or(0, |(_, strikes)| strikes);
        let wait = self.seed.up_to(self.setup.policy.backoff(strikes));
        self.store_pause = Some((Deadline::after(now, wait), strikes.saturating_add(1)));
        self.land(run, grant)
    }

    /// Ends the flight for all who wait.
    fn fail(&mut self, now: Now, run: Box<Run>, error: Error) -> Option<Todo> {
        self.pause_after(now, &error);
        self.fail_as_before(run, error)
    }

    /// The same with an error that the flight has not met itself: nothing is left alone for longer.
    fn fail_as_before(&mut self, run: Box<Run>, error: Error) -> Option<Todo> {
        self.end(&run, Landed::Failed(error), None);
        Self::let_go(run)
    }

    /// `new` is when a server gave the token, if this flight asked one.
    fn end(&mut self, run: &Run, landed: Landed, new: Option<Now>) {
        if self.flies(run) {
            self.active = None;
        }
        self.landed.push(Landing { flight: run.flight, landed, new });
    }

    /// What may pass is left alone for a while, longer each time; so is a reply that nobody could read, and a connection that
    /// one end or a proxy does not trust.
    fn pause_after(&mut self, now: Now, error: &Error) {
        let asked = match (error, error.retry()) {
            (Error::Unreachable(_) | Error::Store(_), Retry::After(wait)) => wait,
            (Error::Malformed(_), _) => Duration::ZERO,
            (Error::Denied(Denied::LostRefresh { .. }), _) if plant::has(Bug::StaysLost) => Duration::MAX,
            // Somebody has to mend it first, and a proxy may lock an account after a few tries.
            (Error::Unreachable(_), _) => self.setup.policy.backoff_cap,
            // A proxy's refusal is about neither the login nor its secrets, so it closes no latch.
            (Error::Denied(denied), _) if denied.status() == Some(StatusCode::PROXY_AUTHENTICATION_REQUIRED) => {
                self.setup.policy.backoff_cap
            }
            _ => return,
        };
        let strikes = self.pause.as_ref().map_or(0, |pause| pause.strikes);
        let wait = self.seed.up_to(self.setup.policy.backoff(strikes)).max(asked);
        self.pause_for(now, wait, strikes.saturating_add(1), error);
    }

    /// Nobody sends for so long; what was to be left alone for longer still is.
    fn pause_for(&mut self, now: Now, wait: Duration, strikes: u32, error: &Error) {
        let longer = self.pause.take().filter(|pause| pause.until.remaining(now) > wait);
        let (until, look) = (Deadline::after(now, wait), Deadline::after(now, self.setup.policy.look));
        let mut pause = longer.unwrap_or_else(|| Pause { until, look, strikes, error: error.clone() });
        pause.strikes = strikes;
        self.pause = Some(pause);
    }

    /// A refused credential is left alone until it changes or the time is over.
    fn latch(&mut self, now: Now, closed: &super::Closed, left: Duration, error: Error) {
        let policy = &self.setup.policy;
        self.latch = Some(Latch {
            until: Deadline::after(now, left),
            look: Deadline::after(now, policy.look.min(left)),
            strikes: closed.strikes,
            salt: closed.salt,
            digest: closed.digest,
            error,
        });
    }

    /// Gives the lock back, if the flight has it. Nothing follows.
    fn let_go(run: Box<Run>) -> Option<Todo> {
        run.lease.is_some().then(|| Todo::Unlock(Slot { run, effect: Unlocking { then: Then::Nothing } }))
    }

    /// Begins again at the peek, at once or after a wait; never under the lock.
    fn again(&mut self, now: Now, mut run: Box<Run>, wait: Option<Duration>) -> Option<Todo> {
        let out_of_time =
            self.active.as_ref().is_none_or(|active| active.deadline.remaining(now) <= wait.unwrap_or_default());
        if out_of_time || run.rounds > ROUNDS {
            let held_up = if run.lease.is_some() { StoreFailure::slow } else { StoreFailure::busy };
            let error = run.last.take().unwrap_or_else(|| held_up().into());
            return self.fail(now, run, error);
        }
        run.rounds += 1;
        let until = wait.map(|wait| Deadline::after(now, wait));
        if run.lease.is_some() && !(wait.is_some() && plant::has(Bug::SleepsUnderLock)) {
            return Some(Todo::Unlock(Slot { run, effect: Unlocking { then: Then::Begin(until) } }));
        }
        Some(self.resume(now, run, until))
    }
}

/// More than a flight can need between its start and its deadline.
const ROUNDS: u32 = 10_000;

/// A refresh token that may be spent, and nothing to fall back on.
fn lost_refresh(mark: Option<&super::Mark>, cause: Option<Error>) -> Error {
    let (since, by) = mark.map_or((None, None), |mark| (Some(mark.since), Some(mark.by.clone())));
    Denied::LostRefresh { since, by, cause: cause.map(Box::new) }.into()
}
