//! The effects that both drivers carry out alike, where blocking is allowed. A store or a source of secrets that panics
//! fails; it takes nobody with it.

use core::time::Duration;

use hallpass_core::dialect::Key;
use hallpass_core::error::StoreFailure;
use hallpass_core::lifecycle::{Loaded, Lock};
use hallpass_core::{Misuse, Secrets};
use hallpass_store::{Locked, Record, SaveError, StoreError};

use super::Pilot;
use crate::caught::{PANICKED, caught};
use crate::{metrics, secrets};

impl Pilot {
    /// Reads a record.
    pub fn peek(&self, key: &Key) -> Result<Option<Loaded>, StoreFailure> {
        caught(|| self.config.get_store().peek(key))
            .unwrap_or_else(|| Err(StoreError(PANICKED.into())))
            .map_err(|error| failed("reading", &error))
    }

    /// Tries once to lock a record.
    pub fn try_lock(&self, key: &Key, lease: Duration) -> (Option<Box<dyn Locked>>, Result<Lock, StoreFailure>) {
        let tried = caught(|| {
            let lock = self.config.get_store().try_lock(key, lease)?;
            Ok(lock.map(|lock| (lock.found().cloned().map(Box::new), lock)))
        });
        match tried.unwrap_or_else(|| Err(StoreError(PANICKED.into()))) {
            Ok(Some((found, lock))) => (Some(lock), Ok(Lock::Held(found))),
            Ok(None) => (None, Ok(Lock::Busy)),
            Err(error) => (None, Err(failed("locking", &error))),
        }
    }

    /// Asks for secrets.
    pub fn secrets(&self, names: &[&str]) -> Result<Secrets, Misuse> {
        let panicked = || Misuse::Secret { name: names.join(", "), why: format!("its source {PANICKED}") };
        caught(|| secrets::gather(&**self.config.secret_source(), names)).unwrap_or_else(|| Err(panicked()))
    }

    /// Saves under the lock that a flight holds.
    pub fn save(lock: &mut Option<Box<dyn Locked>>, record: &Record) -> Result<(), SaveError> {
        let Some(held) = lock else { return Err(SaveError::NotApplied("the lock is not held".into())) };
        let saved = caught(|| held.save(record)).unwrap_or_else(|| {
            // It may have left what its end cannot bear.
            caught(|| *lock = None);
            Err(SaveError::Unknown(PANICKED.into()))
        });
        saved.inspect_err(|error| {
            // Another's save is no failure.
            if !matches!(error, SaveError::Conflict(_)) {
                metrics::store_failed("saving");
            }
        })
    }

    /// Gives a flight's lock back.
    pub fn unlock(lock: Option<Box<dyn Locked>>) -> Result<(), StoreFailure> {
        let Some(held) = lock else { return Ok(()) };
        caught(|| held.unlock())
            .unwrap_or_else(|| Err(StoreError(PANICKED.into())))
            .map_err(|error| failed("unlocking", &error))
    }
}

fn failed(doing: &'static str, error: &StoreError) -> StoreFailure {
    metrics::store_failed(doing);
    StoreFailure { doing, why: error.to_string() }
}
