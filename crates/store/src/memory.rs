//! The store of one process: a map behind a mutex, gone with its last clone.

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hallpass_core::dialect::Key;
use hallpass_core::lifecycle::{Record, Revision};

use crate::{Loaded, Locked, SaveError, Store, StoreError};

/// Records in memory, shared by every clone.
///
/// A lock lasts as long as its holder, panics included: within one process nobody can vanish without dropping it, so the
/// lease is not needed.
#[derive(Debug, Clone, Default)]
pub struct Memory(Arc<Mutex<BTreeMap<Key, Slot>>>);

#[derive(Debug, Default)]
struct Slot {
    record: Option<Record>,
    locked: bool,
}

impl Memory {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// A panic elsewhere cannot leave a slot half-written, since each is replaced in one assignment.
    fn slots(&self) -> MutexGuard<'_, BTreeMap<Key, Slot>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn loaded(record: Record) -> Loaded {
    Loaded { record, age: None }
}

impl Store for Memory {
    fn peek(&self, key: &Key) -> Result<Option<Loaded>, StoreError> {
        Ok(self.slots().get(key).and_then(|slot| slot.record.clone()).map(loaded))
    }

    fn try_lock(&self, key: &Key, _lease: Duration) -> Result<Option<Box<dyn Locked>>, StoreError> {
        let mut slots = self.slots();
        let slot = slots.entry(key.clone()).or_default();
        if slot.locked {
            return Ok(None);
        }
        slot.locked = true;
        let found = slot.record.clone().map(loaded);
        Ok(Some(Box::new(Lock { store: self.clone(), key: key.clone(), found })))
    }

    fn blocks(&self) -> bool {
        false
    }
}

struct Lock {
    store: Memory,
    key: Key,
    found: Option<Loaded>,
}

impl Lock {
    fn base(&self) -> Option<Revision> {
        self.found.as_ref().map(|found| found.record.revision)
    }
}

impl Locked for Lock {
    fn found(&self) -> Option<&Loaded> {
        self.found.as_ref()
    }

    fn save(&mut self, record: &Record) -> Result<(), SaveError> {
        let mut slots = self.store.slots();
        let slot = slots.entry(self.key.clone()).or_default();
        let current = slot.record.clone();
        if current.as_ref().map(|record| record.revision) != self.base() {
            return Err(SaveError::Conflict(current.map(loaded).map(Box::new)));
        }
        slot.record = Some(record.clone());
        self.found = Some(loaded(record.clone()));
        Ok(())
    }

    fn unlock(self: Box<Self>) -> Result<(), StoreError> {
        drop(self);
        Ok(())
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some(slot) = self.store.slots().get_mut(&self.key) {
            slot.locked = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use hallpass_core::Endpoint;
    use hallpass_core::dialect::Held;

    use super::*;

    const LEASE: Duration = Duration::from_secs(30);

    fn key() -> Key {
        Key::new("test", &Endpoint::parse("https://auth.example/").expect("a URL"))
    }

    fn record(revision: u64) -> Record {
        Record::new(Revision(revision), Held::default())
    }

    /// Invariant 5.
    #[test]
    fn a_save_compares_the_revision_it_came_from() {
        let store = Memory::new();
        let mut lock = store.try_lock(&key(), LEASE).expect("works").expect("free");
        lock.save(&record(1)).expect("nothing was there");
        lock.save(&record(2)).expect("the lock saw revision 1");
        store.slots().get_mut(&key()).expect("a slot").record = Some(record(9));
        let conflict = lock.save(&record(3)).expect_err("somebody else saved");
        assert_eq!(conflict, SaveError::Conflict(Some(Box::new(loaded(record(9))))));
        assert_eq!(store.peek(&key()).expect("works"), Some(loaded(record(9))));
    }
}
