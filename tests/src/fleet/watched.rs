//! A store that tells what is done to it, before and after.

use core::time::Duration;
use std::sync::Arc;

use hallpass_core::dialect::Key;
use hallpass_store::{File, Loaded, Locked, Record, SaveError, Store, StoreError};

type Step = Arc<dyn Fn(&'static str) + Send + Sync>;

/// A store, and somebody who is told each step.
#[derive(Clone)]
pub struct Watched<S> {
    store: S,
    step: Step,
}

impl Watched<File> {
    /// `store`, its own steps told too.
    pub fn file(store: File, step: impl Fn(&'static str) + Send + Sync + 'static) -> Self {
        let step: Step = Arc::new(step);
        let inner = step.clone();
        Self { store: store.on_step(move |name| inner(name)), step }
    }
}

impl<S: Store> Watched<S> {
    /// `store`, what is done to it told.
    pub fn new(store: S, step: impl Fn(&'static str) + Send + Sync + 'static) -> Self {
        Self { store, step: Arc::new(step) }
    }
}

fn around<T>(step: &Step, before: &'static str, after: &'static str, work: impl FnOnce() -> T) -> T {
    step(before);
    let result = work();
    step(after);
    result
}

impl<S: Store> Store for Watched<S> {
    fn peek(&self, key: &Key) -> Result<Option<Loaded>, StoreError> {
        around(&self.step, "before peek", "after peek", || self.store.peek(key))
    }

    fn try_lock(&self, key: &Key, lease: Duration) -> Result<Option<Box<dyn Locked>>, StoreError> {
        let lock = around(&self.step, "before lock", "after lock", || self.store.try_lock(key, lease))?;
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
        around(&self.step, "before save", "after save", || self.lock.save(record))
    }

    fn unlock(self: Box<Self>) -> Result<(), StoreError> {
        let Self { lock, step } = *self;
        around(&step, "before unlock", "after unlock", || lock.unlock())
    }
}
