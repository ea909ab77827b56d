//! A store of your own: rows of a table, as a database has them, with a lock that ends by itself. Put your queries where
//! the map is.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use hallpass_core::dialect::Key;
use hallpass_store::record::Unreadable;
use hallpass_store::{Loaded, Locked, Record, SaveError, Store, StoreError, conformance, record};

/// `CREATE TABLE passes (key BYTES PRIMARY KEY, record BYTES, saved TIMESTAMP, holder INT, until TIMESTAMP)`
#[derive(Clone, Default)]
pub(crate) struct Table(Arc<Mutex<BTreeMap<[u8; 32], Row>>>);

#[derive(Clone, Default)]
pub(crate) struct Row {
    pub(crate) record: Option<(Vec<u8>, Instant)>,
    holder: u64,
    until: Option<Instant>,
}

impl Table {
    /// One transaction on one row.
    pub(crate) fn row<T>(&self, key: &Key, change: impl FnOnce(&mut Row) -> T) -> T {
        change(self.0.lock().expect("no panic in a transaction").entry(key.digest()).or_default())
    }
}

/// What a row holds, and its age by the database's clock.
fn load(key: &Key, row: &Row) -> Result<Option<Loaded>, StoreError> {
    let Some((bytes, saved)) = &row.record else { return Ok(None) };
    match record::decode(bytes, key, None) {
        Ok(record) => Ok(Some(Loaded { record, age: Some(saved.elapsed()) })),
        // Nothing, so that a login can go on and save anew. Whoever wants to look at it later copies it elsewhere first.
        Err(Unreadable::Damaged) => Ok(None),
        // Whole, and perhaps a refresh token that a login would lose.
        Err(why) => Err(StoreError::sealed(format!("a row of `passes` cannot be read: {why}"))),
    }
}

impl Store for Table {
    fn peek(&self, key: &Key) -> Result<Option<Loaded>, StoreError> {
        self.row(key, |row| load(key, row))
    }

    fn try_lock(&self, key: &Key, lease: Duration) -> Result<Option<Box<dyn Locked>>, StoreError> {
        self.row(key, |row| {
            if row.until.is_some_and(|until| until > Instant::now()) {
                return Ok(None);
            }
            // Before the lock is taken, which nobody would give back after an error.
            let found = load(key, row)?;
            (row.holder, row.until) = (row.holder + 1, Some(Instant::now() + lease));
            Ok(Some(
                Box::new(Lock { table: self.clone(), key: key.clone(), holder: row.holder, found }) as Box<dyn Locked>
            ))
        })
    }
}

struct Lock {
    table: Table,
    key: Key,
    holder: u64,
    found: Option<Loaded>,
}

impl Locked for Lock {
    fn found(&self) -> Option<&Loaded> {
        self.found.as_ref()
    }

    /// `UPDATE … WHERE` the revision is the one this lock has seen; for a mark, the lease must be ours as well.
    fn save(&mut self, record: &Record) -> Result<(), SaveError> {
        self.table.row(&self.key, |row| {
            let current = load(&self.key, row).map_err(|error| SaveError::NotApplied(error.why))?;
            let revision = |loaded: &Option<Loaded>| loaded.as_ref().map(|loaded| loaded.record.revision);
            if revision(&current) != revision(&self.found) {
                return Err(SaveError::Conflict(current.map(Box::new)));
            }
            let ours = row.holder == self.holder && row.until.is_some_and(|until| until > Instant::now());
            if record.spending.is_some() && !ours {
                let gone = || SaveError::NotApplied("the lease has ended".into());
                return Err(current.map_or_else(gone, |current| SaveError::LeaseGone(Box::new(current))));
            }
            row.record = Some((record::encode(record, &self.key, None).to_vec(), Instant::now()));
            self.found = Some(Loaded { record: record.clone(), age: Some(Duration::ZERO) });
            Ok(())
        })
    }

    fn unlock(self: Box<Self>) -> Result<(), StoreError> {
        Ok(()) // Dropping it does.
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        self.table.row(&self.key, |row| row.until = row.until.filter(|_| row.holder != self.holder));
    }
}

pub(crate) fn main() {
    let table = Table::default();
    conformance::check(|| table.clone());
    conformance::check_expiring(|| table.clone(), Duration::from_millis(50));
    println!("It does what a store must do.");
}
