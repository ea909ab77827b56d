//! The store and the source of secrets, called where blocking is allowed. One that panics fails; it takes nobody with it.
//! Every failure of the store is [counted](crate::metrics).

use core::fmt;
use core::time::Duration;

use hallpass_core::dialect::Key;
use hallpass_core::error::{StoreFailure, StoreTask};
use hallpass_core::lifecycle::{Loaded, Lock};
use hallpass_core::{Misuse, Secrets};
use hallpass_store::{Locked, Record, SaveError, StoreError};

use crate::caught::{PANICKED, caught};
use crate::{Config, metrics, secrets};

/// Reads a record.
pub fn peek(config: &Config, key: &Key) -> Result<Option<Loaded>, StoreFailure> {
    caught(|| config.get_store().peek(key)).unwrap_or_else(panicked).map_err(|error| failed(StoreTask::Reading, &error))
}

/// Tries once to lock a record.
pub fn try_lock(config: &Config, key: &Key, lease: Duration) -> (Hold, Result<Lock, StoreFailure>) {
    let tried = caught(|| {
        let lock = config.get_store().try_lock(key, lease)?;
        Ok(lock.map(|lock| (lock.found().cloned().map(Box::new), lock)))
    });
    match tried.unwrap_or_else(panicked) {
        Ok(Some((found, lock))) => (Hold(Some(lock)), Ok(Lock::Held(found))),
        Ok(None) => (Hold::default(), Ok(Lock::Busy)),
        Err(error) => (Hold::default(), Err(failed(StoreTask::Locking, &error))),
    }
}

/// Asks for secrets.
pub fn secrets(config: &Config, names: &[&str]) -> Result<Secrets, Misuse> {
    let panicked = || Misuse::Secret { name: names.join(", "), why: format!("its source {PANICKED}") };
    caught(|| secrets::gather(&**config.secret_source(), names)).unwrap_or_else(|| Err(panicked()))
}

/// A record's lock, or none. Dropping it unlocks.
#[derive(Default)]
#[must_use = "dropping it unlocks"]
pub struct Hold(Option<Box<dyn Locked>>);

impl Hold {
    /// The record under the lock.
    pub fn found(&self) -> Option<&Loaded> {
        self.0.as_ref().and_then(|lock| lock.found())
    }

    /// Saves under the lock.
    pub fn save(&mut self, record: &Record) -> Result<(), SaveError> {
        let Some(lock) = &mut self.0 else { return Err(SaveError::NotApplied("the lock is not held".into())) };
        let saved = caught(|| lock.save(record)).unwrap_or_else(|| {
            // It may have left what its end cannot bear.
            caught(|| self.0 = None);
            Err(SaveError::Unknown(PANICKED.into()))
        });
        saved.inspect_err(|error| {
            // Another's save is no failure.
            if !matches!(error, SaveError::Conflict(_)) {
                metrics::store_failed(StoreTask::Saving);
            }
        })
    }

    /// Gives the lock back.
    pub fn unlock(mut self) -> Result<(), StoreFailure> {
        self.give_back()
    }

    fn give_back(&mut self) -> Result<(), StoreFailure> {
        let Some(lock) = self.0.take() else { return Ok(()) };
        caught(|| lock.unlock()).unwrap_or_else(panicked).map_err(|error| failed(StoreTask::Unlocking, &error))
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        // Nobody is left to be told; it is counted.
        let _ = self.give_back();
    }
}

impl fmt::Debug for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Hold").field(&self.found()).finish()
    }
}

fn panicked<T>() -> Result<T, StoreError> {
    Err(StoreError::new(PANICKED))
}

fn failed(doing: StoreTask, error: &StoreError) -> StoreFailure {
    metrics::store_failed(doing);
    StoreFailure::new(doing, error.to_string())
}
