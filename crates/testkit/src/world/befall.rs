//! What befalls drivers between two effects, and the world between two bursts of calls.

use std::sync::Arc;

use hallpass_core::lifecycle::{Flight, Landed, Lifecycle, Setup, Want};

use super::clock::{At, MILLI, SECOND};
use super::queue::{Event, Who};
use super::{Fault, World, coverage};

/// How long an API refuses every token.
pub(super) const REFUSING: At = 120 * SECOND;

impl World {
    /// Whether a kind of fault strikes now.
    pub(super) fn strikes(&mut self, fault: Fault) -> bool {
        // Every kind has dice of its own, so that a history without one of them is the same history otherwise.
        let rate = self.plan.rate(fault);
        let strikes = match self.chance.choices() {
            _ if self.calm.is_some() => false,
            // After one effect is before the next.
            Some(_)
                if self.state.is_some_and(coverage::is_after) && matches!(fault, Fault::Crash | Fault::SlotLost) =>
            {
                false
            }
            Some(choices) => choices.strikes(fault),
            None => self.dice[fault as usize].per_mille(rate),
        };
        if !strikes {
            return false;
        }
        self.drawn += 1;
        if self.plan.spared & 1_u128.checked_shl(self.drawn - 1).unwrap_or(0) != 0 {
            return false;
        }
        self.totals.faults[fault as usize] += 1;
        if let Some(state) = self.state {
            self.totals.coverage.struck(state, fault);
        }
        self.note(3, fault as u64, 0, |_| format!("  fault: {}", fault.name()));
        true
    }

    /// At the boundary of an effect: true if there is nobody left to go on with it.
    pub(super) fn befalls(&mut self, who: Who, flight: Flight) -> bool {
        let i = who.instance;
        self.boundaries += 1;
        if self.plan.crash_at == Some(self.boundaries) {
            self.totals.faults[Fault::Crash as usize] += 1;
            self.crash(i);
            return true;
        }
        if self.strikes(Fault::Crash) {
            self.crash(i);
            return true;
        }
        if self.strikes(Fault::Pause) {
            let long = self.chance.magnitude(10 * MILLI, 200 * SECOND);
            let instance = &mut self.instances[i];
            instance.paused_until = self.at + long;
            instance.disturbed = self.at + long;
            self.note(40, i as u64, long, |_| format!("i{i} stands still for {} ms", long / MILLI));
        }
        if self.strikes(Fault::Suspend) {
            let long = self.chance.magnitude(SECOND, 7200 * SECOND);
            let host = self.instances[i].host;
            self.hosts[host].suspend(self.at, long);
            for instance in self.instances.iter_mut().filter(|instance| instance.host == host) {
                instance.disturbed = self.at + long;
            }
            self.note(41, host as u64, long, |_| format!("host {host} sleeps for {} s", long / SECOND));
        }
        if self.strikes(Fault::Abandon) {
            self.disturb(i);
            let now = self.now(i);
            if let Some(machine) = self.instances[i].machine.as_mut() {
                machine.abandon(flight);
                let flies = machine.outcome(now, flight, &Want::default()) == Landed::Flying;
                self.ledger.check(18, !flies, || format!("i{i}: those who wait for an abandoned flight are not told"));
            }
            self.instances[i].heard.hear(4);
            self.note(42, i as u64, 0, |_| format!("i{i} {flight:?} is abandoned"));
            self.settle(i);
            if self.chance.below(2) == 0 {
                self.lose_slot(who, flight);
                return true;
            }
        }
        if self.strikes(Fault::SlotLost) {
            self.disturb(i);
            self.note(43, i as u64, 0, |_| format!("i{i} {flight:?} is lost"));
            self.lose_slot(who, flight);
            return true;
        }
        false
    }

    pub(super) fn disturb(&mut self, i: usize) {
        let instance = &mut self.instances[i];
        instance.disturbed = instance.disturbed.max(self.at);
    }

    /// Everything that the instance knew is gone; its lock is not.
    pub(super) fn crash(&mut self, i: usize) {
        let instance = &mut self.instances[i];
        instance.life += 1;
        instance.machine = None;
        instance.waiters.clear();
        (instance.seen, instance.heard) = Default::default();
        for flown in instance.flights.drain(..) {
            if let Some(holding) = flown.holding {
                self.store.orphan(holding);
            }
        }
        let back = self.chance.magnitude(MILLI, 20 * SECOND);
        self.queue.plan(self.at + back, Event::Restart(i));
        self.note(44, i as u64, back, |_| format!("i{i} CRASHES, back in {} ms", back / MILLI));
    }

    /// Starts every instance, and plans what sets all going.
    pub(super) fn begin(&mut self, seed: u64) {
        self.note(1, seed, 0, |world| format!("seed {seed}: {:?}", world.plan));
        for instance in 0..self.instances.len() {
            self.start(instance);
        }
        if self.plan.registers {
            for number in 0..self.instances.len().min(2) {
                self.queue.plan(number as u64 * SECOND, Event::Register(number));
            }
        }
        self.queue.plan(0, Event::Burst(self.plan.bursts));
    }

    /// A new life of an instance, with a seed of its own.
    pub(super) fn start(&mut self, number: usize) {
        let mut setup = Setup::new(Arc::clone(&self.dialect), self.chance.draw(), format!("i{number}"));
        (setup.rules, setup.policy) = (self.rules.clone(), self.policy.clone());
        setup.user_key = self.brought();
        let instance = &mut self.instances[number];
        instance.machine = Some(Lifecycle::new(setup));
        instance.paused_until = 0;
        let life = instance.life;
        self.note(2, number as u64, u64::from(life), |_| format!("i{number} starts (life {life})"));
    }

    /// Callers come to some of the instances at once.
    pub(super) fn burst(&mut self, left: u64) {
        if left == 0 {
            self.queue.plan(self.at, Event::Calm);
            return;
        }
        self.world_changes();
        let everywhere = self.chance.below(3) == 0;
        let one = usize::try_from(self.chance.below(self.instances.len() as u64)).unwrap_or(0);
        for i in 0..self.instances.len() {
            if i != one && !everywhere {
                continue;
            }
            for _ in 0..self.chance.between(1, self.plan.herd) {
                let soon = self.chance.pick(&[0, 0, MILLI, 100 * MILLI, SECOND]);
                self.queue.plan(self.at + soon, Event::Call(i));
            }
        }
        let gap = self.chance.magnitude(10 * MILLI, self.plan.gap);
        self.queue.plan(self.at + gap, Event::Burst(left - 1));
    }

    fn world_changes(&mut self) {
        self.store_changes();
        if self.strikes(Fault::Partition) {
            self.cut_off();
        }
        if self.strikes(Fault::WallJump) {
            let host = usize::try_from(self.chance.below(self.hosts.len() as u64)).unwrap_or(0);
            let jump = i64::try_from(self.chance.magnitude(1, 365 * 86_400)).unwrap_or(0);
            let jump = if self.chance.below(2) == 0 { jump } else { -jump };
            self.hosts[host].skew += jump;
            self.note(45, host as u64, jump.unsigned_abs(), |_| format!("host {host}'s wall clock jumps by {jump} s"));
        }
        if self.strikes(Fault::Revoke) {
            self.revoke();
        }
        if self.strikes(Fault::ApiRefuses) && self.at >= self.server.refuses_until {
            self.server.refuses_until = self.at + REFUSING;
            self.instances.iter_mut().for_each(|instance| instance.seen.while_refusing = 0);
            let i = usize::try_from(self.chance.below(self.instances.len() as u64)).unwrap_or(0);
            for call in 0..50 {
                self.queue.plan(self.at + call * 2 * SECOND, Event::Call(i));
            }
        }
        if self.strikes(Fault::SecretChanged) {
            self.server.change_secret();
            let later = self.chance.magnitude(SECOND, 600 * SECOND);
            self.queue.plan(self.at + later, Event::SecretInPlace);
        }
    }

    /// One side of a partition: a host that cannot reach the server, the store, or either.
    fn cut_off(&mut self) {
        let host = usize::try_from(self.chance.below(self.hosts.len() as u64)).unwrap_or(0);
        let until = self.at + self.chance.magnitude(SECOND, 1800 * SECOND);
        let side = self.chance.below(3);
        if side != 0 {
            self.hosts[host].no_server_until = until;
        }
        if side != 1 {
            self.hosts[host].no_store_until = until;
        }
        let i = self.instances.iter().position(|instance| instance.host == host).unwrap_or(0);
        for call in 0..40 {
            let gap = ((until - self.at) / 40).max(2 * SECOND);
            self.queue.plan(self.at + call * gap, Event::Call(i));
        }
        self.note(48, host as u64, side, |_| format!("host {host} is cut off ({side})"));
    }

    fn revoke(&mut self) {
        match self.chance.below(3) {
            0 => self.server.provider.revoke_all(),
            1 => {
                if let Some(token) = self.server.given.last() {
                    self.server.provider.revoke(token);
                }
            }
            _ => {
                if let Some(token) = self.server.last_refresh.clone() {
                    self.server.provider.revoke(&token);
                }
            }
        }
    }

    /// The user puts the secret in place that the server takes.
    pub(super) fn secret_in_place(&mut self) {
        let version = self.server.secret;
        self.instances.iter_mut().for_each(|instance| instance.secret = version);
        self.note(46, version, 0, |_| format!("secret version {version} is in place"));
    }
}
