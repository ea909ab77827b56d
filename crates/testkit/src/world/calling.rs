//! Callers: they get tokens, call the API with them, and come back once after a 401 (invariants 3, 8, 10, 13, 14, 18).

use hallpass_core::error::StoreFailure;
use hallpass_core::lifecycle::{Flight, Landed, Lifecycle, Ticket, TokenId, Want};
use hallpass_core::{Error, Grant, Now};

use super::chance::name;
use super::clock::{At, MILLI, SECOND, micros};
use super::instance::Waiter;
use super::plan::StoreKind;
use super::queue::{Event, Who};
use super::{Fault, Kind, World};

/// A waiter whose flight does not land asks again after the longest time that a flight may take.
const NUDGE: At = 125 * SECOND;

/// In this time every waiter is answered, however the leader fares.
const ANSWERED: At = 300 * SECOND;

/// How a caller comes.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    pub(super) want: Want,
    pub(super) since: At,
    pub(super) replay: bool,
    pub(super) probe: bool,
}

impl World {
    pub(super) fn call(&mut self, i: usize) {
        let who = self.who(i);
        // One that was planned under faults has no place in the steady state.
        if !self.lives(who) || self.steady.is_some() {
            return;
        }
        if let Some(later) = self.held_up(i) {
            self.queue.plan(later, Event::Call(i));
            return;
        }
        let min_life = match self.chance.below(16) {
            0 => core::time::Duration::from_micros(self.chance.below(2 * self.plan.life.max(1))),
            _ => core::time::Duration::ZERO,
        };
        let want = Want { min_life, not: None };
        self.ask(who, Asked { want, since: self.at, replay: false, probe: false });
    }

    pub(super) fn ask(&mut self, who: Who, asked: Asked) {
        let i = who.instance;
        let now = self.now(i);
        let Some(machine) = self.instances[i].machine.as_ref() else { return };
        let other = machine.current().filter(|grant| asked.want.not.is_some_and(|not| not != grant.id()));
        let seen = &self.instances[i].seen;
        let good = other
            .is_some_and(|grant| grant.is_fresh(now) && !grant.is_unsaved() && !seen.rejected.contains(&grant.id()));
        if let Some((before, _)) = self.steady.as_mut().filter(|_| asked.want != Want::default()) {
            // A wish from before it was quiet: not every token will do for it.
            *before += 1;
        }
        let Some(machine) = self.instances[i].machine.as_mut() else { return };
        let ticket = machine.get(now, &asked.want);
        self.instances[i].heard.hear((1, asked.want.not.is_some(), asked.probe));
        let (told, number) = match &ticket {
            Ticket::Ready(_) => ("ready", 1),
            Ticket::Refresh(..) => ("ready, and renews", 2),
            Ticket::Lead(..) => ("leads", 3),
            Ticket::Wait(_) => ("waits", 4),
            Ticket::Closed(_) => ("closed", 5),
        };
        self.note(50, i as u64, number, |_| {
            let error = if let Ticket::Closed(error) = &ticket { format!(": {error}") } else { String::new() };
            format!("i{i} caller{} -> {told}{error}", if asked.replay { " (after 401)" } else { "" })
        });
        if asked.replay && good && asked.want.min_life.is_zero() {
            self.ledger
                .check(14, number < 3, || format!("i{i}: a 401 for a token that is no longer held starts a flight"));
        }
        match ticket {
            Ticket::Ready(grant) => self.hand_out(who, grant, asked, None),
            Ticket::Refresh(grant, _, todo) => {
                self.totals.flights += 1;
                self.plan_todo(who, todo);
                self.hand_out(who, grant, asked, None);
                self.settle(i);
            }
            Ticket::Lead(flight, todo) => {
                self.totals.flights += 1;
                self.plan_todo(who, todo);
                self.wait(who, flight, asked);
                self.settle(i);
            }
            Ticket::Wait(flight) => self.wait(who, flight, asked),
            Ticket::Closed(error) => self.turned_away(who, &error, asked),
        }
    }

    fn wait(&mut self, who: Who, flight: Flight, asked: Asked) {
        self.waiters += 1;
        let Asked { want, since, replay, probe } = asked;
        let waiter = Waiter { id: self.waiters, flight, want, since, landed: None, replay, probe };
        self.instances[who.instance].waiters.push(waiter);
        self.queue.plan(self.at + NUDGE, Event::Wake(who, self.waiters));
    }

    /// Wakes those whose flight has landed.
    pub(super) fn settle(&mut self, i: usize) {
        let (now, who) = (self.now(i), self.who(i));
        for at in 0..self.instances[i].waiters.len() {
            let instance = &self.instances[i];
            let waiter = &instance.waiters[at];
            let Some(machine) = &instance.machine else { return };
            if waiter.landed.is_some() || machine.outcome(now, waiter.flight, &waiter.want) == Landed::Flying {
                continue;
            }
            let id = waiter.id;
            self.instances[i].waiters[at].landed = Some(now);
            let mut later = self.chance.below(2 * MILLI);
            if self.strikes(Fault::LateWaiter) {
                later = self.chance.magnitude(500 * MILLI, 7200 * SECOND);
                self.instances[i].waiters[at].since = self.at + later;
            }
            self.queue.plan(self.at + later, Event::Wake(who, id));
        }
    }

    pub(super) fn wake(&mut self, who: Who, id: u64) {
        if !self.lives(who) {
            return;
        }
        let i = who.instance;
        let Some(at) = self.instances[i].waiters.iter().position(|waiter| waiter.id == id) else { return };
        if let Some(later) = self.held_up(i) {
            self.queue.plan(later, Event::Wake(who, id));
            return;
        }
        let waiter = self.instances[i].waiters.swap_remove(at);
        let now = self.now(i);
        let Some(machine) = &self.instances[i].machine else { return };
        let landed = machine.outcome(now, waiter.flight, &waiter.want);
        let Waiter { want, since, replay, probe, .. } = waiter;
        let asked = Asked { want, since, replay, probe };
        match landed {
            Landed::Ok(grant) => {
                // A flight that lands while nobody looks has landed at the latest now.
                self.hand_out(who, grant, asked, Some(waiter.landed.unwrap_or(now)));
            }
            Landed::Failed(error) => self.turned_away(who, &error, asked),
            Landed::Flying | Landed::Again => self.ask(who, asked),
        }
    }

    fn answered(&mut self, i: usize, asked: Asked) {
        self.totals.callers += 1;
        let waited = self.at.saturating_sub(asked.since.max(self.instances[i].disturbed));
        self.ledger.check(18, waited <= ANSWERED, || format!("i{i}: a caller waited for {} s", waited / SECOND));
    }

    fn turned_away(&mut self, who: Who, error: &Error, asked: Asked) {
        self.answered(who.instance, asked);
        self.ledger.no_canary_in(error);
        if let Error::Store(failure) = error {
            // A key that is in the store only is out of reach without it.
            let keyless = self.plan.registers && self.registration.key.is_none();
            let no_lock = *failure == StoreFailure::busy() || *failure == StoreFailure::slow();
            let helpless = self.plan.kind == Kind::Imported || keyless || no_lock;
            self.ledger.check(20, helpless, || {
                format!("i{}: a login that can authenticate fails with the store: {error}", who.instance)
            });
        }
        self.instances[who.instance].stopped = matches!(error, Error::Denied(_) | Error::Misuse(_));
        self.note(51, who.instance as u64, 0, |_| format!("i{} caller fails: {error}", who.instance));
    }

    /// A caller gets a token; `landed` says when, if it waited for it.
    fn hand_out(&mut self, who: Who, grant: Grant, asked: Asked, landed: Option<Now>) {
        let i = who.instance;
        self.answered(i, asked);
        let token = name(grant.access_token().expose());
        self.note(52, i as u64, token, |_| {
            format!(
                "i{i} caller gets {}{}",
                &grant.access_token().expose()[..9],
                if grant.is_unsaved() { " (unsaved)" } else { "" }
            )
        });
        if self.totals.callers.is_multiple_of(8) {
            self.ledger.no_canary_shown(&grant);
        }
        let known = self.server.access.get(&token).copied();
        self.ledger.check(3, known.is_some_and(|known| known.saved || known.superseded || grant.is_unsaved()), || {
            format!("i{i} hands out a token that is neither saved nor superseded nor said to be unsaved")
        });
        let to_be_saved = self.instances[i].machine.as_ref().is_some_and(Lifecycle::has_unfinished);
        let settled = !grant.is_unsaved() || known.is_some_and(|known| known.saved || known.superseded);
        self.ledger.check(3, settled || to_be_saved, || format!("i{i} has an unsaved token and forgets to save it"));
        self.ledger
            .check(10, asked.want.not != Some(grant.id()), || format!("i{i} hands out the token that will not do"));
        let dropped = self.instances[i].seen.dropped.contains(&grant.id());
        self.ledger.check(14, !dropped, || format!("i{i} hands out a token again that the API has refused"));
        self.lives_long_enough(i, &grant, landed, known.map(|known| known.issued + known.lag));
        if asked.probe {
            return self.probed(who, &grant);
        }
        if core::mem::take(&mut self.instances[i].stopped) {
            // Somebody else got it going, and could do so no sooner.
            self.disturb(i);
        }
        let soon = self.chance.below(20 * MILLI);
        self.queue.plan(self.at + soon, Event::Api(who, grant, asked.replay));
    }

    /// Invariant 13, by the clocks of the instance and by the server's.
    fn lives_long_enough(&mut self, i: usize, grant: &Grant, landed: Option<Now>, issued: Option<At>) {
        let now = self.now(i);
        // Those who waited for the flight may have it however short it is, for as long as the grace lasts.
        let graced = landed.is_some_and(|landed| {
            let by_wall = core::time::Duration::try_from(now.wall - landed.wall).unwrap_or_default();
            now.mono.saturating_sub(landed.mono).max(by_wall) <= self.policy.grace
        });
        let (Some(left), Some(life)) = (grant.expires_in(now), grant.life()) else { return };
        let margin = self.policy.mandatory(life);
        self.ledger
            .check(13, graced || left > margin, || format!("i{i} hands out a token with {left:?} left of {life:?}"));
        let mono = micros(now.mono);
        // At most a fifth of a life is left when it is time to ask again.
        let rest = micros(grant.ask_again().remaining(now)) + micros(life) / 5;
        let until = self.first_seen(i, grant.id(), mono + rest);
        self.ledger.check(13, graced || mono < until, || {
            format!("i{i} hands out a token that by its own monotonic clock has expired")
        });
        let clock = matches!(self.plan.store, StoreKind::Lease { clock: true, .. });
        let Some(issued) = issued.filter(|_| self.plan.clocks_are_sane() && self.plan.kind != Kind::UserKey) else {
            return;
        };
        let skew = if clock { 0 } else { self.disagreement() };
        let end = issued + self.plan.life + self.plan.life / 8 + skew + 1500 * MILLI;
        self.ledger.check(13, graced || self.at < end, || {
            format!(
                "i{i} hands out a token {} s after the server ended it",
                (self.at - issued - self.plan.life) / SECOND
            )
        });
    }

    /// Until when a token may be served, as this life of the instance saw it first. One that was in hand before another is
    /// a new one if the store, by clocks that disagree, has it still.
    fn first_seen(&mut self, i: usize, id: TokenId, until: At) -> At {
        let seen = &mut self.instances[i].seen.token;
        if let Some((_, first)) = seen.filter(|(known, _)| *known == id) {
            return first;
        }
        *seen = Some((id, until));
        until
    }

    pub(super) fn call_api(&mut self, who: Who, grant: Grant, replay: bool) {
        if !self.lives(who) {
            return;
        }
        let i = who.instance;
        if let Some(later) = self.held_up(i) {
            self.queue.plan(later, Event::Api(who, grant, replay));
            return;
        }
        let taken = self.server.takes(self.at, grant.header_value());
        let now = self.now(i);
        self.note(53, i as u64, u64::from(taken), |_| format!("i{i} API -> {}", if taken { 200 } else { 401 }));
        let Some(machine) = self.instances[i].machine.as_mut() else { return };
        if taken {
            machine.accepted(grant.id());
            self.instances[i].heard.hear(2);
            return;
        }
        let other = machine.current().map(Grant::id).filter(|id| *id != grant.id());
        machine.rejected(now, grant.id());
        let current = machine.current().map(Grant::id);
        let kept = other.is_none() || current == other;
        if current != Some(grant.id()) {
            self.instances[i].seen.drop_token(grant.id());
        }
        self.ledger.check(14, kept, || format!("i{i}: a 401 for one token drops another"));
        self.instances[i].heard.hear((3, name(grant.access_token().expose())));
        self.instances[i].seen.rejected.push(grant.id());
        self.settle(i);
        if !replay {
            let want = Want { not: Some(grant.id()), ..Want::default() };
            self.ask(who, Asked { want, since: self.at, replay: true, probe: false });
        }
    }

    /// Invariant 18, when nothing more is going to happen.
    pub(super) fn nobody_waits_for_ever(&mut self) {
        let waiting: usize = self.instances.iter().map(|instance| instance.waiters.len()).sum();
        self.ledger.check(18, waiting == 0, || format!("{waiting} callers wait for ever"));
    }
}
