//! The store of a world does what every store must, with the conformance test that real ones run.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use core::time::Duration;

use hallpass_core::dialect::Key;
use hallpass_store::{Loaded, Locked, Record, SaveError, StoreError, conformance};

use super::super::clock::{At, micros};
use super::super::plan::StoreKind;
use super::{Holding, Store};

const LEASES: [StoreKind; 4] = [
    StoreKind::Lease { clock: false, strict: false },
    StoreKind::Lease { clock: true, strict: false },
    StoreKind::Lease { clock: false, strict: true },
    StoreKind::Lease { clock: true, strict: true },
];

#[test]
fn it_does_what_a_store_must() {
    for kind in LEASES.into_iter().chain([StoreKind::Flock]) {
        let place = Place::new(kind);
        conformance::check(|| place.clone());
    }
}

#[test]
fn its_leases_end() {
    for kind in LEASES {
        let place = Place::new(kind);
        conformance::check_expiring(|| place.clone(), Duration::from_millis(50));
    }
}

/// A world's store for each key, in real time.
#[derive(Clone)]
struct Place {
    stores: Arc<Mutex<HashMap<Key, Store>>>,
    kind: StoreKind,
    begun: Instant,
}

impl Place {
    fn new(kind: StoreKind) -> Self {
        Self { stores: Arc::default(), kind, begun: Instant::now() }
    }

    fn with<T>(&self, key: &Key, act: impl FnOnce(&mut Store, At) -> T) -> T {
        let mut stores = self.stores.lock().expect("no store panics");
        let store = stores.entry(key.clone()).or_insert_with(|| Store::new(self.kind, None));
        act(store, micros(self.begun.elapsed()))
    }
}

impl hallpass_store::Store for Place {
    fn peek(&self, key: &Key) -> Result<Option<Loaded>, StoreError> {
        Ok(self.with(key, Store::peek))
    }

    fn try_lock(&self, key: &Key, lease: Duration) -> Result<Option<Box<dyn Locked>>, StoreError> {
        let held = self.with(key, |store, at| Some((store.try_lock(at, micros(lease))?, store.peek(at))));
        Ok(held.map(|(holding, found)| -> Box<dyn Locked> {
            Box::new(Lock { place: self.clone(), key: key.clone(), holding, found })
        }))
    }
}

struct Lock {
    place: Place,
    key: Key,
    holding: Holding,
    found: Option<Loaded>,
}

impl Locked for Lock {
    fn found(&self) -> Option<&Loaded> {
        self.found.as_ref()
    }

    fn save(&mut self, record: &Record) -> Result<(), SaveError> {
        let base = self.found.as_ref().map(|found| found.record.revision);
        self.found = self.place.with(&self.key, |store, at| -> Result<_, SaveError> {
            store.judge(at, self.holding, base, record)?;
            store.apply(at, record);
            Ok(store.peek(at))
        })?;
        Ok(())
    }

    fn unlock(self: Box<Self>) -> Result<(), StoreError> {
        Ok(()) // Dropping it does.
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        self.place.with(&self.key, |store, _| store.unlock(self.holding));
    }
}
