//! After the faults: every instance must come by a valid token in time (invariant 19), and a token is renewed once a
//! life (invariant 21).

use hallpass_core::Grant;
use hallpass_core::lifecycle::Want;

use super::calling::Asked;
use super::clock::{At, SECOND, micros};
use super::plan::StoreKind;
use super::queue::{Event, Who};
use super::saving::token_of;
use super::{Kind, World};

/// How long the steady state lasts, in lives.
const LIVES: u64 = 3;

/// A registration may have to wait for a host that sleeps, and for a user who asks the server's people.
const REGISTERING: At = 8000 * SECOND;

/// How often each instance is asked in a life.
const CALLS: u64 = 8;

impl World {
    pub(super) fn calm_down(&mut self) {
        self.note(60, 0, 0, |_| "--- the faults end ---".into());
        self.calm = Some(self.at);
        (self.server.refuses_until, self.store_down_until) = (self.at, self.at);
        (self.no_space_until, self.no_permission_until) = (self.at, self.at);
        for host in &mut self.hosts {
            (host.no_server_until, host.no_store_until) = (self.at, self.at);
        }
        self.secret_in_place();
        for i in 0..self.instances.len() {
            self.queue.plan(self.at, Event::Probe(i));
        }
    }

    pub(super) fn probe(&mut self, i: usize) {
        if self.instances[i].healed {
            return;
        }
        let who = self.who(i);
        if let Some(later) = self.held_up(i) {
            self.queue.plan(later, Event::Probe(i));
            return;
        }
        let stuck = (0..self.instances.len()).filter_map(|other| self.held_up(other)).max();
        if let Some(later) = stuck.filter(|_| self.plan.store == StoreKind::Flock) {
            // Somebody stands still and may have the lock, which has no lease.
            self.instances[i].disturbed = later;
            self.queue.plan(later, Event::Probe(i));
            return;
        }
        self.healed_in_time(i);
        if self.lives(who) {
            self.ask(who, Asked { want: Want::default(), since: self.at, replay: false, probe: true });
        }
        if !self.instances[i].healed {
            // One that has stopped may stop for good, and need not be asked so often.
            let stopped = self.instances[i].stopped && (self.plan.kind == Kind::Imported || self.unregistered());
            self.queue.plan(self.at + if stopped { 30 * SECOND } else { SECOND }, Event::Probe(i));
        }
    }

    /// Invariant 19.
    fn healed_in_time(&mut self, i: usize) {
        let (mono, unregistered) = (micros(self.now(i).mono), self.unregistered());
        let instance = &mut self.instances[i];
        if instance.seen.not_before > mono {
            // The server has asked for more time than that.
            instance.disturbed = self.at;
        }
        let quiet = self.calm.unwrap_or(self.at).max(instance.disturbed);
        let waited = self.at.saturating_sub(quiet);
        let lease = micros(self.rules.timeout + self.policy.lease_margin);
        let longest = micros(self.policy.backoff_cap).max(micros(self.policy.rejection_longest));
        // What a slot that was lost keeps from landing, and a few ways there and back.
        let hung = micros(self.policy.flight + self.rules.timeout) + SECOND;
        let most = lease + longest + hung + 40 * self.plan.hop + 10 * SECOND;
        let most = most + if unregistered { REGISTERING } else { 0 };
        if waited <= most {
            return;
        }
        if instance.stopped && self.plan.kind == Kind::Imported {
            if let Some(saved) = self.store.saved().filter(|saved| *saved > quiet) {
                // Somebody else got it going, and may have done so since this one was asked.
                instance.disturbed = saved;
                return;
            }
            let faultless = self.totals.faults.iter().all(|count| *count == 0);
            self.ledger.check(19, !faultless && !self.can_refresh(), || {
                format!(
                    "i{i} stops, though nothing went wrong or a refresh token lies there, neither spent nor refused"
                )
            });
            self.healed(i);
            return;
        }
        self.ledger
            .check(19, false, || format!("i{i} has no valid token {} s after the faults ended", waited / SECOND));
    }

    /// Whether the record leads to a token.
    fn can_refresh(&self) -> bool {
        let unmarked = self.store.record().filter(|record| record.spending.is_none());
        let Some(token) = unmarked.and_then(token_of) else { return false };
        let known = self.server.refresh.get(&token).copied().unwrap_or_default();
        !known.dead && !known.excused && known.sent <= known.freed
    }

    fn unregistered(&self) -> bool {
        self.plan.registers && self.registration.settled.is_none()
    }

    /// An instance that is asked whether it has a valid token has one.
    pub(super) fn probed(&mut self, who: Who, grant: &Grant) {
        let i = who.instance;
        let taken = self.server.takes(self.at, grant.header_value());
        let now = self.now(i);
        self.note(61, i as u64, u64::from(taken), |_| format!("i{i} probe: {}", if taken { "valid" } else { "401" }));
        let Some(machine) = self.instances[i].machine.as_mut() else { return };
        // A life of no length ends on the way to the API.
        if taken || self.plan.life <= SECOND {
            machine.accepted(grant.id());
            self.ledger.check(19, true, String::new);
            self.healed(i);
            return;
        }
        machine.rejected(now, grant.id());
        if machine.current().map(Grant::id) != Some(grant.id()) {
            self.instances[i].seen.drop_token(grant.id());
        }
    }

    fn healed(&mut self, i: usize) {
        if core::mem::replace(&mut self.instances[i].healed, true) {
            return;
        }
        let asks_on = self.plan.life >= 20 * SECOND && !self.chance.is_chosen();
        if self.instances.iter().all(|instance| instance.healed) && asks_on {
            let lasts = self.plan.life * LIVES;
            self.note(62, 0, 0, |_| "--- steady ---".into());
            // What was sent before may still be answered, and who could not ask the store then will still send.
            let flights = self.instances.iter().flat_map(|instance| &instance.flights);
            let under_way = flights.filter(|flown| flown.sending.is_some() || flown.store_failed).count();
            let copies = self.queue.planned().filter(|(_, event)| matches!(event, Event::Copy(_))).count();
            self.steady = Some((self.server.given.len() + under_way + copies, lasts));
            for i in 0..self.instances.len() {
                self.queue.plan(self.at, Event::Steady(i, LIVES * CALLS));
            }
        }
    }

    pub(super) fn steady(&mut self, i: usize, left: u64) {
        let who = self.who(i);
        if left > 0 {
            self.queue.plan(self.at + self.plan.life / CALLS, Event::Steady(i, left - 1));
            if self.lives(who) && self.held_up(i).is_none() {
                self.ask(who, Asked { want: Want::default(), since: self.at, replay: false, probe: false });
            }
            return;
        }
        if i == 0 {
            self.once_a_life();
        }
    }

    /// Invariant 21, where the hosts agree about the time, or need not.
    fn once_a_life(&mut self) {
        let Some((before, lasts)) = self.steady else { return };
        let renewals = self.server.given.len().saturating_sub(before) as u64;
        let clock = matches!(self.plan.store, StoreKind::Lease { clock: true, .. });
        let walls = self.hosts.iter().map(|host| host.now(self.at).wall.unix_timestamp());
        let spread = walls.clone().max().unwrap_or(0).abs_diff(walls.min().unwrap_or(0));
        let agree = clock || spread * SECOND < (self.plan.life / 20).min(60 * SECOND);
        let one_each: At = if agree { 1 } else { self.instances.len() as u64 };
        // A life is renewed when four fifths of it are over, by a clock that may be 5 % fast.
        let most = (lasts * 4 / (self.plan.life * 3) + 2) * one_each;
        self.ledger.check(21, renewals <= most, || {
            format!("{renewals} grants in {LIVES} lives of a quiet world, {most} are enough")
        });
    }
}
