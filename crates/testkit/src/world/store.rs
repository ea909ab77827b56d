//! The store of a world: one record, one lock, and what a real store may do to them.

use hallpass_core::lifecycle::{Loaded, Record, Revision, SaveError};
use hallpass_core::plant::{self, Bug};

use super::clock::{At, duration};
use super::plan::StoreKind;

/// Names one holding of the lock.
pub(super) type Holding = u64;

#[derive(Debug)]
pub(super) struct Store {
    kind: StoreKind,
    record: Option<(Record, At)>,
    lock: Option<(Holding, At)>,
    holdings: Holding,
    /// How often a lease ended while the lock was held.
    pub(super) leases_lost: u64,
}

impl Store {
    pub(super) fn new(kind: StoreKind, record: Option<Record>) -> Self {
        Self { kind, record: record.map(|record| (record, 0)), lock: None, holdings: 0, leases_lost: 0 }
    }

    pub(super) fn record(&self) -> Option<&Record> {
        self.record.as_ref().map(|(record, _)| record)
    }

    pub(super) fn peek(&self, at: At) -> Option<Loaded> {
        let clock = matches!(self.kind, StoreKind::Lease { clock: true, .. });
        let (record, saved) = self.record.as_ref()?;
        Some(Loaded { record: record.clone(), age: clock.then(|| duration(at.saturating_sub(*saved))) })
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

    /// Whether a save would be applied; `Ok` changes nothing yet.
    pub(super) fn judge(
        &self,
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

    pub(super) fn apply(&mut self, at: At, record: &Record) {
        self.record = Some((record.clone(), at));
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
        (self.record, self.lock) = (None, None);
    }
}
