//! Records that a caller changes in so many words: a registration's, and one with an imported refresh token.

use core::time::Duration;
use std::hash::{BuildHasher, RandomState};

use hallpass_core::dialect::Held;
use hallpass_core::dialect::{Key, Spends};
use hallpass_core::error::{Misuse, StoreFailure};
use hallpass_core::lifecycle::{Mark, Record, Revision};
use hallpass_core::{Error, RefreshToken, UtcDateTime};
use hallpass_store::Locked;

use crate::Config;

/// A record, locked for as long as this lives.
pub struct Kept {
    lock: Box<dyn Locked>,
    brought: Held,
    name: String,
}

impl Kept {
    /// The key under which a registration of `config`'s login is kept.
    pub fn registration(config: &Config) -> Key {
        config.dialect().identity().unwrap_or_else(|| config.dialect().key())
    }

    /// Tries once to lock a record; `None` if somebody else is at it.
    pub fn try_lock(config: &Config, key: &Key, lease: Duration) -> Result<Option<Self>, StoreFailure> {
        let lock = config.shared_store().try_lock(key, lease);
        let lock = lock.map_err(|error| StoreFailure { doing: "locking", why: error.to_string() })?;
        let (brought, name) = (config.held().clone(), config.instance().to_owned());
        Ok(lock.map(|lock| Self { lock, brought, name }))
    }

    /// What is held: what the user brought along, and under it what the store has.
    pub fn held(&self) -> Held {
        let stored = self.record().map(|record| record.held.clone()).unwrap_or_default();
        Held { user_key: self.brought.user_key.clone().or(stored.user_key), ..stored }
    }

    /// The mark that was left by whoever had the lock before.
    pub fn spending(&self) -> Option<Spends> {
        self.record().and_then(|record| record.spending.as_ref()).map(|mark| mark.spends)
    }

    /// Saves under a new revision.
    pub fn save(&mut self, held: &Held, spending: Option<Spends>) -> Result<(), StoreFailure> {
        let spending = spending.map(|spends| Mark { spends, since: UtcDateTime::now(), by: self.name.clone() });
        self.put(&Record { spending, ..Record::new(fresh_revision(), held.clone()) })
    }

    /// Puts a refresh token of the user's in place of a lost one, or of a live one if that is forced.
    pub fn import(mut self, token: RefreshToken, force: bool) -> Result<(), Error> {
        let live = self.record().is_some_and(|record| record.held.refresh_token.is_some() && record.spending.is_none());
        if live && !force {
            let why = "one is held and nothing says that it was lost: force the import if it shall be replaced";
            return Err(Misuse::Value { what: "refresh token".into(), why: why.into() }.into());
        }
        let held = Held { user_key: None, refresh_token: Some(token) };
        Ok(self.put(&Record::new(fresh_revision(), held))?)
    }

    fn record(&self) -> Option<&Record> {
        self.lock.found().map(|found| &found.record)
    }

    fn put(&mut self, record: &Record) -> Result<(), StoreFailure> {
        self.lock.save(record).map_err(|error| StoreFailure { doing: "saving", why: error.to_string() })
    }
}

/// 64 bits that no other save has.
fn fresh_revision() -> Revision {
    Revision(RandomState::new().hash_one(std::thread::current().id()))
}
