//! A store that tells what is done to it, before and after.

use core::time::Duration;
use std::sync::Arc;

use hallpass_core::dialect::Key;
use hallpass_store::{File, Loaded, Locked, Record, SaveError, Store, StoreError};

type Step = Arc<dyn Fn(&'static str) + Send + Sync>;

/// A file store, and somebody who is told each step.
#[derive(Clone)]
pub struct Watched {
    store: File,
    step: Step,
}

impl Watched {
    /// `store`, its own steps told too.
    pub fn new(store: File, step: impl Fn(&'static str) + Send + Sync + 'static) -> Self {
        let step: Step = Arc::new(step);
        let inner = step.clone();
        Self { store: store.on_step(move |name| inner(name)), step }
    }

    fn around<T>(step: &Step, before: &'static str, after: &'static str, work: impl FnOnce() -> T) -> T {
        step(before);
        let result = work();
        step(after);
        result
    }
}

impl Store for Watched {
    fn peek(&self, key: &Key) -> Result<Option<Loaded>, StoreError> {
        Self::around(&self.step, "before peek", "after peek", || self.store.peek(key))
    }

    fn try_lock(&self, key: &Key, lease: Duration) -> Result<Option<Box<dyn Locked>>, StoreError> {
        let lock = Self::around(&self.step, "before lock", "after lock", || self.store.try_lock(key, lease))?;
        Ok(lock.map(|lock| Box::new(Lock { lock, step: self.step.clone() }) as Box<dyn Locked>))
    }
}

struct Lock {
    lock: Box<dyn Locked>,
    step: Step,
}

impl Locked for Lock {
    fn found(&self) -> Option<&Loaded> {
        self.lock.found()
    }

    fn save(&mut self, record: &Record) -> Result<(), SaveError> {
        Watched::around(&self.step, "before save", "after save", || self.lock.save(record))
    }

    fn unlock(self: Box<Self>) -> Result<(), StoreError> {
        let Self { lock, step } = *self;
        Watched::around(&step, "before unlock", "after unlock", || lock.unlock())
    }
}
