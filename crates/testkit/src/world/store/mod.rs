//! The store of a world: one record, one lock, and what a real store may do to them.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use hallpass_core::RefreshToken;
use hallpass_core::lifecycle::{Loaded, Record, Revision, SaveError};
use hallpass_core::plant::{self, Bug};

use super::clock::{At, duration};
use super::plan::StoreKind;

/// Names one holding of the lock.
pub(super) type Holding = u64;

/// How many earlier records a replica may fall back on.
const BEHIND: usize = 3;

#[derive(Debug)]
pub(super) struct Store {
    kind: StoreKind,
    kept: Option<Kept>,
    /// The records before it, oldest first.
    past: VecDeque<Option<Kept>>,
    lock: Option<(Holding, At)>,
    holdings: Holding,
    /// How often a lease ended while the lock was held.
    pub(super) leases_lost: u64,
}

/// A record as it lies there.
#[derive(Debug, Clone)]
struct Kept {
    record: Record,
    saved: At,
    damage: Option<Damage>,
}

/// What became of a record that was saved whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Damage {
    Torn,
    Flipped,
}

impl Store {
    pub(super) fn new(kind: StoreKind, record: Option<Record>) -> Self {
        let kept = record.map(|record| Kept { record, saved: 0, damage: None });
        Self { kind, kept, past: VecDeque::new(), lock: None, holdings: 0, leases_lost: 0 }
    }

    /// The record, if it is whole.
    pub(super) fn record(&self) -> Option<&Record> {
        self.kept.as_ref().filter(|kept| kept.damage.is_none()).map(|kept| &kept.record)
    }

    /// When what lies there was saved.
    pub(super) fn saved(&self) -> Option<At> {
        self.kept.as_ref().map(|kept| kept.saved)
    }

    /// What somebody reads. One that is not whole is put aside, and counts as none.
    pub(super) fn peek(&mut self, at: At) -> Option<Loaded> {
        let clock = matches!(self.kind, StoreKind::Lease { clock: true, .. });
        let Kept { record, saved, damage } = self.kept.as_ref()?;
        let age = clock.then(|| duration(at.saturating_sub(*saved)));
        match damage {
            None => Some(Loaded { record: record.clone(), age }),
            Some(damage) if plant::has(Bug::ReadsTorn) => Some(Loaded { record: half_read(record, *damage), age }),
            Some(_) => {
                self.kept = None;
                None
            }
        }
    }

    pub(super) fn try_lock(&mut self, at: At, lease: At) -> Option<Holding> {
        if let Some((_, until)) = self.lock {
            if at < until {
                return None;
            }
            self.leases_lost += 1;
        }
        self.holdings += 1;
        let until = if self.kind == StoreKind::Flock { At::MAX } else { at + lease };
        self.lock = Some((self.holdings, until));
        Some(self.holdings)
    }

    /// Until when this holding of the lock is good, if it is.
    pub(super) fn good_until(&self, at: At, holding: Holding) -> Option<At> {
        self.lock.filter(|(held, until)| *held == holding && at < *until).map(|(_, until)| until)
    }

    /// How long the lock will be held, if it is.
    pub(super) fn lock_left(&self, at: At) -> Option<At> {
        self.lock.map(|(_, until)| until.saturating_sub(at)).filter(|left| *left > 0)
    }

    /// Whether a save would be applied; `Ok` changes nothing yet.
    pub(super) fn judge(
        &mut self,
        at: At,
        holding: Holding,
        base: Option<Revision>,
        record: &Record,
    ) -> Result<(), SaveError> {
        let blind = record.held.refresh_token.is_none() && plant::has(Bug::DeletesBlindly);
        if self.record().map(|record| record.revision) != base && !plant::has(Bug::SavesBlindly) && !blind {
            return Err(SaveError::Conflict(self.peek(at).map(Box::new)));
        }
        let strict = matches!(self.kind, StoreKind::Lease { strict: true, .. });
        if (strict || record.spending.is_some()) && self.good_until(at, holding).is_none() {
            return Err(match self.peek(at) {
                Some(loaded) => SaveError::LeaseGone(Box::new(loaded)),
                None => SaveError::NotApplied("the lease is gone".into()),
            });
        }
        Ok(())
    }

    /// The first half of a save, beside the record that is there.
    pub(super) fn begin(&mut self) {
        if plant::has(Bug::WritesInPlace) {
            self.damage(Damage::Torn);
        }
    }

    pub(super) fn apply(&mut self, at: At, record: &Record) {
        let kept = Kept { record: record.clone(), saved: at, damage: None };
        self.past.push_back(self.kept.replace(kept));
        if self.past.len() > BEHIND {
            self.past.pop_front();
        }
    }

    pub(super) fn unlock(&mut self, holding: Holding) {
        self.lock = self.lock.filter(|(held, _)| *held != holding);
    }

    /// The holder is gone: the system frees a file's lock, a lease has to end.
    pub(super) fn orphan(&mut self, holding: Holding) {
        if self.kind == StoreKind::Flock {
            self.unlock(holding);
        }
    }

    pub(super) fn flush(&mut self) {
        (self.kept, self.lock) = (None, None);
        self.past.clear();
    }

    /// Whoever has the lock has it no more, and is not told.
    pub(super) fn lose_lock(&mut self) {
        if self.kind != StoreKind::Flock && self.lock.take().is_some() {
            self.leases_lost += 1;
        }
    }

    /// The last writes are lost, and with a replica the lock; returns what they had written, whole or not.
    pub(super) fn fall_behind(&mut self, by: usize) -> Vec<Record> {
        self.lose_lock();
        let mut lost = Vec::new();
        for _ in 0..by {
            let Some(before) = self.past.pop_back() else { break };
            lost.extend(core::mem::replace(&mut self.kept, before).map(|kept| kept.record));
        }
        lost
    }

    pub(super) fn damage(&mut self, damage: Damage) {
        if let Some(kept) = &mut self.kept {
            kept.damage = Some(damage);
        }
    }
}

/// What a reader without a checksum makes of it.
fn half_read(record: &Record, damage: Damage) -> Record {
    let mut record = record.clone();
    match (damage, &record.held.refresh_token) {
        (Damage::Torn, Some(token)) => {
            let half = token.expose()[..token.expose().len() / 2].to_owned();
            record.held.refresh_token = Some(RefreshToken::new(half));
        }
        (Damage::Torn, None) => record.grant = None,
        (Damage::Flipped, _) => record.revision.0 ^= 1 << 17,
    }
    record
}
