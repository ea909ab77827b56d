//! A store as a driver meets it: reads, locks and all that fails of them (invariants 6 and 15).

use hallpass_core::dialect::Key;
use hallpass_core::error::{StoreFailure, StoreTask};
use hallpass_core::lifecycle::{Flight, Loaded, Lock, Record, Revision};

use super::chance::name;
use super::clock::{At, MILLI, SECOND, micros};
use super::queue::Who;
use super::store::Damage;
use super::{Fault, World};

impl World {
    pub(super) fn peek(&mut self, who: Who, flight: Flight, key: &Key) -> Result<Option<Loaded>, StoreFailure> {
        let fails = self.store_fails(who.instance, Fault::PeekFails);
        let flown = self.instances[who.instance].flown(flight);
        if fails {
            flown.store_failed = true;
            return Err(StoreFailure::new(StoreTask::Reading, "cannot be reached"));
        }
        if flown.holding.is_none() {
            flown.store_failed = false;
        }
        if self.plan.registers && self.dialect.identity().as_ref() == Some(key) {
            return Ok(self.registry.peek(self.at));
        }
        Ok(self.read())
    }

    /// Invariant 15: a record is whole, or none.
    fn read(&mut self) -> Option<Loaded> {
        let found = self.store.peek(self.at);
        let whole = found.as_ref().map(|found| &found.record) == self.store.record();
        self.ledger.check(15, whole, || "a record that is not whole is read".into());
        found
    }

    pub(super) fn lock(&mut self, who: Who, flight: Flight, lease: At) -> Result<Lock, StoreFailure> {
        let i = who.instance;
        let fails = self.store_fails(i, Fault::LockFails) || self.at < self.no_permission_until;
        let busy = self.strikes(Fault::Busy);
        let flown = self.instances[i].flown(flight);
        self.ledger.check(6, flown.holding.is_none(), || format!("{flight:?} locks twice"));
        if fails {
            flown.store_failed = true;
            return Err(StoreFailure::new(StoreTask::Locking, "cannot be reached"));
        }
        let holding = if busy { None } else { self.store.try_lock(self.at, lease) };
        let Some(holding) = holding else { return Ok(Lock::Busy) };
        let found = self.read();
        let now = self.now(i);
        let flown = self.instances[i].flown(flight);
        flown.holding = Some(holding);
        flown.lease_until = micros(now.mono) + lease;
        flown.base = found.as_ref().map(|found| found.record.revision);
        flown.marked = None;
        Ok(Lock::Held(found.map(Box::new)))
    }

    /// A gain came, in the place of any before it.
    pub(super) fn gain_seen(&mut self, i: usize, reply: &str, base: Option<Revision>) {
        let token = super::server::member(reply, "access_token").map_or(0, name);
        if let Some((before, _)) = self.instances[i].seen.gain.replace((token, base)) {
            self.server.supersede(before);
        }
    }

    /// A gain that is still to be saved is worth nothing if somebody has gone on without it.
    pub(super) fn outdated(&mut self, i: usize, found: Option<Revision>) {
        if let Some((token, base)) = self.instances[i].seen.gain
            && (found.is_none() || found != base)
        {
            self.server.supersede(token);
        }
    }

    pub(super) fn unlock(&mut self, who: Who, flight: Flight) -> Result<(), StoreFailure> {
        let fails = self.store_fails(who.instance, Fault::UnlockFails);
        let Some(holding) = self.instances[who.instance].flown(flight).holding.take() else { return Ok(()) };
        if fails {
            self.store.orphan(holding);
            return Err(StoreFailure::new(StoreTask::Unlocking, "cannot be reached"));
        }
        self.store.unlock(holding);
        Ok(())
    }

    pub(super) fn store_fails(&mut self, i: usize, fault: Fault) -> bool {
        let cut_off = self.at < self.hosts[self.instances[i].host].no_store_until;
        cut_off || self.at < self.store_down_until || self.strikes(fault)
    }

    pub(super) fn store_takes(&mut self) -> At {
        if self.strikes(Fault::SlowStore) {
            return self.chance.magnitude(100 * MILLI, 60 * SECOND);
        }
        self.chance.magnitude(100, 4 * MILLI)
    }

    /// Somebody loses its lock in the middle of a call.
    pub(super) fn lease_may_end(&mut self) {
        if self.strikes(Fault::LeaseEnds) {
            self.store.lose_lock();
        }
    }

    /// What befalls the store between two bursts of calls.
    pub(super) fn store_changes(&mut self) {
        if self.strikes(Fault::Flush) {
            self.store.flush();
            self.latched = None;
        }
        if self.strikes(Fault::Failover) {
            let by = 1 + usize::try_from(self.chance.below(3)).unwrap_or(0);
            let lost = self.store.fall_behind(by);
            self.latched = None;
            // No client can know what a store has forgotten that it had promised to keep.
            for record in lost.iter().chain(self.store.record()) {
                if let Some(token) = &record.held.refresh_token {
                    self.server.refresh.entry(name(token.expose())).or_default().excused = true;
                }
            }
            self.note(47, by as u64, 0, |world| format!("the store falls {by} saves behind: {}", world.told()));
        }
        if self.strikes(Fault::StoreDown) {
            self.store_down_until = self.at + self.chance.magnitude(SECOND, 300 * SECOND);
        }
        if self.strikes(Fault::NoSpace) {
            self.no_space_until = self.at + self.chance.magnitude(SECOND, 600 * SECOND);
        }
        if self.strikes(Fault::NoPermission) {
            self.no_permission_until = self.at + self.chance.magnitude(SECOND, 600 * SECOND);
        }
    }

    /// A record that has just been saved may not lie there whole.
    pub(super) fn record_may_suffer(&mut self) {
        for (fault, damage) in [(Fault::Torn, Damage::Torn), (Fault::Flipped, Damage::Flipped)] {
            if self.strikes(fault) {
                self.store.damage(damage);
                self.latched = None;
            }
        }
    }

    /// The record as it stands, for readers of a history.
    pub(super) fn told(&self) -> String {
        self.store.record().map_or("no record".into(), record_told)
    }
}

/// A record, for readers of a history.
pub(super) fn record_told(record: &Record) -> String {
    let grant = record.grant.as_ref().map(|grant| grant.access_token.expose()[..9].to_owned());
    let refresh = record.held.refresh_token.as_ref().map(|token| token.expose()[..9].to_owned());
    let mark = record.spending.as_ref().map(|mark| format!(" MARKED by {}", mark.by)).unwrap_or_default();
    let closed = if record.closed.is_some() { " CLOSED" } else { "" };
    let text = |text: Option<String>| text.unwrap_or_else(|| "-".into());
    format!("[{:08x} {} {}{mark}{closed}]", record.revision.0 >> 32, text(grant), text(refresh))
}
