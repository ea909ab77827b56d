//! The machine between flights: who gets a token, who leads, who waits.

use core::fmt;
use core::time::Duration;

use super::memory::{Active, Landing, Last, Latch, Pause, Rejections, Unavailable, Unsaved, Void};
use super::run::{Aim, Run};
use super::seed::Seed;
use super::{Flight, Landed, Record, Setup, Ticket, Todo, TokenId, Want};
use crate::dialect::Key;
use crate::error::{Denied, Error, Retry};
use crate::grant::Grant;
use crate::plant::{self, Bug};
use crate::secret::UserKey;
use crate::time::{Deadline, Now, wall_after};

/// The long-lived machine for one key. Deterministic: the same calls give the same answers.
pub struct Lifecycle {
    pub(super) setup: Setup,
    pub(super) key: Key,
    pub(super) seed: Seed,
    /// What the registration's record held when it was last read.
    pub(super) registered: Option<UserKey>,
    pub(super) current: Option<Grant>,
    /// The tokens before it, for what their clocks said of them.
    pub(super) past: Last<Grant, 4>,
    pub(super) unsaved: Option<Unsaved>,
    pub(super) void: Void,
    pub(super) rejected: Last<TokenId, 8>,
    pub(super) active: Option<Active>,
    pub(super) landed: Last<Landing, 4>,
    pub(super) flights: u64,
    pub(super) pause: Option<Pause>,
    /// Until when nobody tries to save what is unsaved, and how often that has failed in a row.
    pub(super) store_pause: Option<(Deadline, u32)>,
    pub(super) latch: Option<Latch>,
    pub(super) unavailable: Option<Unavailable>,
    pub(super) rejections: Rejections,
    /// Drawn once: when in the advisory window this instance renews.
    pub(super) jitter: u8,
}

impl Lifecycle {
    /// A machine that holds nothing yet.
    pub fn new(setup: Setup) -> Self {
        let mut seed = Seed::new(setup.seed);
        Self {
            key: setup.dialect.key(),
            jitter: seed.byte(),
            seed,
            setup,
            registered: None,
            current: None,
            past: Last::new(),
            unsaved: None,
            void: Void::new(),
            rejected: Last::new(),
            active: None,
            landed: Last::new(),
            flights: 0,
            pause: None,
            store_pause: None,
            latch: None,
            unavailable: None,
            rejections: Rejections::default(),
        }
    }

    /// The key of this login.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// A token, a flight to lead or to wait for, or why there is neither.
    pub fn get(&mut self, now: Now, want: &Want) -> Ticket {
        let usable = self.current.clone().filter(|grant| self.serves(now, grant, want));
        if let Some(active) = self.active.clone().filter(|active| !is_over(now, active)) {
            return usable.map_or(Ticket::Wait(active.flight), Ticket::Ready);
        }
        let why_no_flight = self.why_no_flight(now, want);
        match (usable, why_no_flight) {
            (Some(grant), None) if self.is_to_be_renewed(now, &grant) || self.is_to_be_saved(now) => {
                let (flight, todo) = self.begin(now, want, true);
                Ticket::Refresh(grant, flight, todo)
            }
            (Some(grant), _) => Ticket::Ready(grant),
            (None, Some(error)) => Ticket::Closed(error),
            (None, None) => {
                let (flight, todo) = self.begin(now, want, false);
                Ticket::Lead(flight, todo)
            }
        }
    }

    /// Where a flight is, for a caller who led it or waited for it.
    pub fn outcome(&self, now: Now, flight: Flight, want: &Want) -> Landed {
        if self.active.as_ref().is_some_and(|active| active.flight == flight) {
            return Landed::Flying;
        }
        let Some(landing) = self.landed.iter().rev().find(|landing| landing.flight == flight) else {
            return Landed::Again;
        };
        match &landing.landed {
            Landed::Ok(grant) => {
                let in_time = landing.new.is_some_and(|new| now.since(new) <= self.setup.policy.grace);
                let waited_for = (in_time || plant::has(Bug::ServesLateWaiters)) && !self.rejected.has(&grant.id());
                if waited_for || self.serves(now, grant, want) { Landed::Ok(grant.clone()) } else { Landed::Again }
            }
            other => other.clone(),
        }
    }

    /// An API answered 401 to this token: it is not handed out again, and the next caller leads a flight.
    ///
    /// If the token is new and its predecessor was rejected too, the API refuses every token; then rejections start no
    /// flight until a call succeeds ([`accepted`](Self::accepted)) or a back-off ends.
    pub fn rejected(&mut self, now: Now, id: TokenId) {
        if self.current.as_ref().map(Grant::id) != Some(id) && !plant::has(Bug::ForgetsRejected) {
            self.reject(id);
            return;
        }
        let Rejections { unproven, strikes, until, .. } = &mut self.rejections;
        match until {
            Some(until) if !until.passed(now) => return,
            None if *unproven == Some(id) && !plant::has(Bug::KnocksOn) => {
                *until = Some(Deadline::after(now, self.setup.policy.rejection(*strikes)));
                *strikes = strikes.saturating_add(1);
                return;
            }
            _ => *until = None,
        }
        self.rejections.expected = true;
        self.reject(id);
        self.current = None;
    }

    /// An API took this token: whatever it rejected before is forgotten.
    pub fn accepted(&mut self, id: TokenId) {
        if self.rejections.unproven == Some(id) || self.current.as_ref().map(Grant::id) == Some(id) {
            self.rejections = Rejections::default();
        }
    }

    /// Drops this token; no word of an API's, so it does not count against the next one.
    pub fn invalidate(&mut self, id: TokenId) {
        self.reject(id);
        self.current = self.current.take().filter(|grant| grant.id() != id);
    }

    /// Drops what is in hand, and what is still to be saved: it is not to come back.
    pub fn forget(&mut self) {
        self.unsaved = None;
        if let Some(id) = self.current.as_ref().map(Grant::id) {
            self.invalidate(id);
        }
    }

    fn reject(&mut self, id: TokenId) {
        self.rejected.forget(&id);
        if !plant::has(Bug::ReadoptsRejected) {
            self.rejected.push(id);
        }
    }

    /// Whoever led the flight is gone. Its waiters are told to ask again, and one of them leads.
    pub fn abandon(&mut self, flight: Flight) {
        if self.active.as_ref().is_some_and(|active| active.flight == flight) && !plant::has(Bug::ForgetsAbandoned) {
            self.give_up();
        }
    }

    /// The token in hand, whether or not it is still good.
    pub fn current(&self) -> Option<&Grant> {
        self.current.as_ref()
    }

    /// What is still to be saved.
    pub fn unsaved(&self) -> Option<&Record> {
        self.unsaved.as_ref().map(|unsaved| &unsaved.record)
    }

    /// The flight under way.
    pub fn flying(&self) -> Option<Flight> {
        self.active.as_ref().map(|active| active.flight)
    }

    /// Whether an answer is still to come, or a gain is still to be saved.
    pub fn has_unfinished(&self) -> bool {
        self.active.as_ref().is_some_and(|active| active.sent_until.is_some()) || self.unsaved.is_some()
    }

    /// Ends the active flight for those who wait for it. A grant that was on its way to be saved is kept.
    pub(super) fn give_up(&mut self) {
        let Some(active) = self.active.take() else { return };
        let landed = Landed::Again;
        self.landed.push(Landing { flight: active.flight, landed, new: None });
        if let Some(unsaved) = &self.unsaved
            && !self.rejected.has(&unsaved.grant.id())
            && self.current.as_ref().is_none_or(|current| current.ask_again() < unsaved.grant.ask_again())
        {
            self.take_in_hand(unsaved.grant.clone().with_unsaved(true));
        }
    }

    /// Starts a flight; the one before it, if any, is taken over.
    fn begin(&mut self, now: Now, want: &Want, ahead: bool) -> (Flight, Todo) {
        self.give_up();
        let look = Deadline::after(now, self.setup.policy.look);
        let pause = self.pause.as_mut().filter(|pause| !pause.until.passed(now));
        let aim = pause.map_or(Aim::Token, |pause| {
            pause.look = look;
            Aim::Look
        });
        self.start(now, self.setup.policy.flight, |flight| Run { aim, ..Run::new(flight, *want, ahead) })
    }

    pub(super) fn start(&mut self, now: Now, longest: Duration, run: impl FnOnce(Flight) -> Run) -> (Flight, Todo) {
        self.flights += 1;
        let flight = Flight(self.flights);
        let deadline = Deadline::after(now, longest);
        self.active = Some(Active { flight, deadline, sent_until: None });
        let run = Box::new(run(flight));
        let todo =
            if self.unsaved.is_some() || run.aim == Aim::Settle { self.lock(now, run) } else { self.peek(now, run) };
        (flight, todo)
    }

    /// Whether a token will do: enough life by both clocks, not rejected, not the one that the caller refuses.
    pub(super) fn serves(&self, now: Now, grant: &Grant, want: &Want) -> bool {
        let id = grant.id();
        if (want.not == Some(id) || self.rejected.has(&id)) && !plant::has(Bug::SameTokenAgain) {
            return false;
        }
        let (Some(life), Some(left)) = (grant.life(), grant.expires_in(now)) else { return true };
        let policy = &self.setup.policy;
        let fresh = life.saturating_sub(policy.advisory(life, self.jitter));
        (left > policy.mandatory(life) || plant::has(Bug::ServesExpired)) && left >= want.min_life.min(fresh)
    }

    /// Not while its secrets cannot be had: it is still good.
    fn is_to_be_renewed(&self, now: Now, grant: &Grant) -> bool {
        !grant.is_fresh(now) && self.unavailable.as_ref().is_none_or(|asked| asked.until.passed(now))
    }

    fn is_to_be_saved(&self, now: Now) -> bool {
        self.unsaved.is_some() && self.store_pause.is_none_or(|(until, _)| until.passed(now))
    }

    /// Why no flight may start now.
    fn why_no_flight(&self, now: Now, want: &Want) -> Option<Error> {
        let rejections = self.rejections.until.filter(|until| !until.passed(now));
        if let (Some(until), Some(current)) = (rejections, &self.current)
            && want.not == Some(current.id())
        {
            return Some(Denied::Rejected { until: wall_after(now.wall, until.remaining(now)) }.into());
        }
        let latch = self.latch.as_ref().filter(|latch| !latch.until.passed(now) && !latch.look.passed(now));
        let looks = self.pause.as_ref().is_some_and(|pause| pause.look.passed(now));
        latch.map(|latch| latch.error.clone()).or_else(|| self.paused(now).filter(|_| !looks))
    }

    /// Why nothing may be sent now, whatever it is.
    pub(super) fn paused(&self, now: Now) -> Option<Error> {
        let pause = self.pause.as_ref().filter(|pause| !pause.until.passed(now))?;
        Some(waiting(pause.error.clone(), pause.until.remaining(now)))
    }
}

/// Nobody waits for it any more, and it has nothing under way whose answer could still come in time.
pub(super) fn is_over(now: Now, active: &Active) -> bool {
    !plant::has(Bug::NeverTakesOver)
        && active.deadline.passed(now)
        && active.sent_until.is_none_or(|until| until.passed(now))
}

/// The error of the flight that failed, with what is left of its wait.
fn waiting(error: Error, left: Duration) -> Error {
    match error {
        Error::Unreachable(mut unreachable) if unreachable.retry != Retry::Never => {
            unreachable.retry = Retry::After(left);
            Error::Unreachable(unreachable)
        }
        other => other,
    }
}

impl fmt::Debug for Lifecycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Lifecycle");
        out.field("key", &self.key).field("current", &self.current).field("active", &self.active);
        out.finish_non_exhaustive()
    }
}
