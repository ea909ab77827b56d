//! A login's record under a store's lock.

use core::time::Duration;
use std::hash::{BuildHasher, RandomState};

use hallpass_core::dialect::{Held, Spends};
use hallpass_core::error::StoreFailure;
use hallpass_core::lifecycle::{Record, Revision};
use hallpass_store::Locked;

use crate::Config;

/// The record of one login, locked for as long as this lives.
pub struct Kept {
    lock: Box<dyn Locked>,
    brought: Held,
}

impl Kept {
    /// Tries once to lock the record of `config`'s login; `None` if somebody else is at it.
    pub fn try_lock(config: &Config, lease: Duration) -> Result<Option<Self>, StoreFailure> {
        let lock = config.shared_store().try_lock(&config.dialect().key(), lease);
        let lock = lock.map_err(|error| StoreFailure { doing: "locking", why: error.to_string() })?;
        Ok(lock.map(|lock| Self { lock, brought: config.held().clone() }))
    }

    /// What is held: what the store has, and under it what the user brought along.
    pub fn held(&self) -> Held {
        let stored = self.lock.found().map(|found| found.record.held.clone()).unwrap_or_default();
        Held {
            user_key: self.brought.user_key.clone().or(stored.user_key),
            refresh_token: stored.refresh_token.or_else(|| self.brought.refresh_token.clone()),
        }
    }

    /// The mark that was left by whoever had the lock before.
    pub fn spending(&self) -> Option<Spends> {
        self.lock.found().and_then(|found| found.record.spending)
    }

    /// Saves under a new revision.
    pub fn save(&mut self, held: &Held, spending: Option<Spends>) -> Result<(), StoreFailure> {
        // A key that the server gave is given once; what a profile says beside it is never put in its place.
        let stored = self.lock.found().and_then(|found| found.record.held.user_key.clone());
        let held = Held { user_key: stored.or_else(|| held.user_key.clone()), ..held.clone() };
        let record = Record { revision: fresh_revision(), held, spending };
        self.lock.save(&record).map_err(|error| StoreFailure { doing: "saving", why: error.to_string() })
    }
}

/// 64 bits that no other save has.
fn fresh_revision() -> Revision {
    Revision(RandomState::new().hash_one(std::thread::current().id()))
}
