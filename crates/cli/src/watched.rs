//! A store under the command's eyes: which tokens came out of it, and how it failed.

use core::time::Duration;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use hallpass_core::dialect::Key;
use hallpass_core::error::{StoreFailure, StoreTask};
use hallpass_core::lifecycle::TokenId;
use hallpass_store::{Loaded, Locked, Record, SaveError, Store, StoreError};

use crate::{signal, spending};

/// The store, and what was seen of it. Clones share both.
#[derive(Clone)]
pub(crate) struct Watched {
    inner: Arc<dyn Store>,
    seen: Seen,
}

#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Sights>>);

#[derive(Default)]
struct Sights {
    tokens: Vec<TokenId>,
    /// The records that could not be read, why, and when: they are not waited for twice in a row.
    unreadable: Vec<(Key, StoreError, Instant)>,
    failure: Option<StoreFailure>,
}

impl Watched {
    pub(crate) fn new(inner: Arc<dyn Store>) -> Self {
        Self { inner, seen: Seen::default() }
    }

    /// Whether it gave this token.
    pub(crate) fn gave(&self, id: TokenId) -> bool {
        self.seen.lock().tokens.contains(&id)
    }

    /// How it failed first.
    pub(crate) fn failure(&self) -> Option<StoreFailure> {
        self.seen.lock().failure.clone()
    }
}

/// A command that runs for long sees a store that is back.
const AGAIN: Duration = Duration::from_secs(5);

impl Seen {
    fn lock(&self) -> MutexGuard<'_, Sights> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, found: Option<&Loaded>) {
        let token = found.and_then(|found| found.record.grant.as_ref()).map(|grant| TokenId::of(&grant.access_token));
        self.lock().tokens.extend(token);
    }

    /// What could not be saved before was, or is superseded.
    fn saved(&self) {
        self.lock().failure.take_if(|failure| failure.doing == StoreTask::Saving);
    }

    fn not_saved(&self, error: &SaveError) {
        match error {
            SaveError::NotApplied(why) | SaveError::Unknown(why) => self.failed(StoreTask::Saving, why),
            SaveError::LeaseGone(_) => self.failed(StoreTask::Saving, &error.to_string()),
            // Somebody was quicker: nothing is wrong with the store.
            SaveError::Conflict(_) => {}
        }
    }

    fn failed(&self, doing: StoreTask, why: &str) {
        self.lock().failure.get_or_insert_with(|| StoreFailure::new(doing, why));
    }
}

impl Store for Watched {
    fn peek(&self, key: &Key) -> Result<Option<Loaded>, StoreError> {
        self.seen.lock().unreadable.retain(|(_, _, since)| since.elapsed() < AGAIN);
        let known =
            self.seen.lock().unreadable.iter().find(|(unread, ..)| unread == key).map(|(_, why, _)| why.clone());
        if let Some(why) = known {
            return Err(why);
        }
        let found = self.inner.peek(key).inspect_err(|error| {
            self.seen.failed(StoreTask::Reading, &error.why);
            self.seen.lock().unreadable.push((key.clone(), error.clone(), Instant::now()));
        })?;
        self.seen.note(found.as_ref());
        Ok(found)
    }

    fn try_lock(&self, key: &Key, lease: Duration) -> Result<Option<Box<dyn Locked>>, StoreError> {
        signal::survive_long_files();
        let lock =
            self.inner.try_lock(key, lease).inspect_err(|error| self.seen.failed(StoreTask::Locking, &error.why))?;
        let Some(inner) = lock else { return Ok(None) };
        self.seen.note(inner.found());
        Ok(Some(Box::new(Lock { inner, seen: self.seen.clone(), settled: false })))
    }

    fn blocks(&self) -> bool {
        self.inner.blocks()
    }
}

struct Lock {
    inner: Box<dyn Locked>,
    seen: Seen,
    /// Nothing is spent whose outcome is not saved.
    settled: bool,
}

impl Locked for Lock {
    fn found(&self) -> Option<&Loaded> {
        self.inner.found()
    }

    fn save(&mut self, record: &Record) -> Result<(), SaveError> {
        let began = record.spending.is_some() && spending::begin();
        let saved = self.inner.save(record);
        match &saved {
            Ok(()) => {
                self.seen.saved();
                // A `user_key` is in safety only once it is printed too: not every store outlives the process.
                self.settled = record.spending.is_none() && record.held.user_key.is_none();
            }
            Err(error) => {
                self.seen.not_saved(error);
                // Nothing is sent on a mark that is not there; one that may be is still to be taken back.
                self.settled |= began && !matches!(error, SaveError::Unknown(_));
            }
        }
        saved
    }

    fn unlock(self: Box<Self>) -> Result<(), StoreError> {
        let unlocked = self.inner.unlock();
        // Not before: on a server a lock outlives the process.
        if self.settled {
            spending::end();
        }
        unlocked
    }
}
