//! What every store must do, to be run in the tests of yours.
//!
//! ```
//! use hallpass_store::{Memory, conformance};
//!
//! let place = Memory::new();
//! conformance::check(|| place.clone());
//! ```
//!
//! Its keys are new in each run, so the place need not be empty, and what was saved stays in it.

mod lease;
mod sample;

use core::time::Duration;
use std::hash::{BuildHasher, RandomState};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Instant;

use hallpass_core::dialect::{Held, Key};
use hallpass_core::lifecycle::{Loaded, Record, Revision};
use hallpass_core::{Endpoint, RefreshToken};

pub use lease::check_expiring;

use crate::{Locked, Store};

/// Longer than any of this takes.
const LEASE: Duration = Duration::from_mins(1);

/// Runs everything that must hold of any store. `open` gives handles to one and the same place, as two processes have
/// them. Panics where the store does otherwise.
pub fn check<S: Store>(open: impl Fn() -> S) {
    nothing_is_nothing(&open());
    a_save_is_seen_by_others_and_comes_back_whole(&open);
    a_lock_has_one_holder(&open);
    a_lock_ends_with_its_holder(&open);
    saves_under_one_lock_follow_each_other(&open());
    what_is_not_saved_leaves_no_trace(&open());
    keys_are_apart(&open);
    no_save_of_many_threads_is_lost(&open);
}

fn nothing_is_nothing(store: &dyn Store) {
    let key = key("nothing");
    assert_eq!(peek(store, &key), None, "a peek at a key that was never saved finds nothing");
    assert_eq!(lock(store, &key, LEASE).found(), None, "a lock of a key that was never saved finds nothing");
    assert_eq!(peek(store, &key), None, "a lock alone saves nothing");
}

fn a_save_is_seen_by_others_and_comes_back_whole<S: Store>(open: impl Fn() -> S) {
    let (ours, theirs) = (open(), open());
    for (what, record) in sample::records() {
        let key = key("whole");
        let mut lock = lock(&ours, &key, LEASE);
        save(&mut *lock, &record);
        assert_eq!(lock.found().map(|found| &found.record), Some(&record), "a lock finds what it has saved: {what}");
        let seen = theirs.peek(&key).expect("a peek needs no lock").expect("a save is seen by a peek at once");
        assert_eq!(seen.record, record, "a record comes back as it was saved: {what}");
        let young = seen.age.is_none_or(|age| age < LEASE);
        assert!(young, "the age counts from the save, and this is {:?} after it: {what}", seen.age);
        drop(lock);
        let found = self::lock(&theirs, &key, LEASE).found().cloned();
        assert_eq!(found.map(|found| found.record), Some(record), "the next lock finds the record: {what}");
    }
}

fn a_lock_has_one_holder<S: Store>(open: impl Fn() -> S) {
    let (key, ours, theirs) = (key("one holder"), open(), open());
    let lock = lock(&ours, &key, LEASE);
    for (who, store) in [("the same handle", &ours), ("another handle", &theirs)] {
        let begun = Instant::now();
        let second = store.try_lock(&key, LEASE).expect("a busy lock is no error");
        assert!(second.is_none(), "{who} gets a lock that is held");
        assert!(begun.elapsed() < LEASE / 2, "a try for a busy lock waits; waiting is the caller's business");
    }
    assert_eq!(peek(&theirs, &key), None, "a peek needs no lock");
    drop(lock);
}

fn a_lock_ends_with_its_holder<S: Store>(open: impl Fn() -> S) {
    let (key, ours, theirs) = (key("ends"), open(), open());
    lock(&ours, &key, LEASE).unlock().expect("a held lock can be given back");
    drop(lock(&theirs, &key, LEASE));
    let holder = catch_unwind(AssertUnwindSafe(|| {
        let _lock = lock(&ours, &key, LEASE);
        std::panic::resume_unwind(Box::new("a holder's panic"));
    }));
    assert!(holder.is_err());
    assert!(try_lock(&theirs, &key, LEASE).is_some(), "a holder that panics leaves no lock behind");
    let elsewhere = lock(&ours, &key, LEASE);
    thread::scope(|scope| scope.spawn(move || elsewhere.unlock()).join().expect("no panic"))
        .expect("a lock may be given back on another thread than it was taken on");
    assert!(try_lock(&theirs, &key, LEASE).is_some(), "an unlock on another thread unlocks");
}

fn saves_under_one_lock_follow_each_other(store: &dyn Store) {
    let key = key("follow");
    let mut lock = lock(store, &key, LEASE);
    for revision in [1, 2, 1, u64::MAX, 0] {
        save(&mut *lock, &count(revision, revision));
        assert_eq!(peek(store, &key).map(|seen| seen.record.revision), Some(Revision(revision)), "each save replaces");
    }
}

fn what_is_not_saved_leaves_no_trace(store: &dyn Store) {
    let key = key("no trace");
    save(&mut *lock(store, &key, LEASE), &count(1, 1));
    lock(store, &key, LEASE).unlock().expect("a held lock can be given back");
    drop(lock(store, &key, LEASE));
    assert_eq!(peek(store, &key).map(|seen| seen.record), Some(count(1, 1)), "a lock without a save changes nothing");
}

fn keys_are_apart<S: Store>(open: impl Fn() -> S) {
    let (ours, theirs, base) = (open(), open(), key("apart"));
    let keys = ["a", "A", "a ", "a/b", "..", "", "\u{e4}", "%61", "*"].map(|id| base.clone().with("id", id));
    let mut locks: Vec<_> = keys.iter().map(|key| lock(&ours, key, LEASE)).collect();
    for (lock, n) in locks.iter_mut().zip(0..) {
        save(&mut **lock, &count(n, n));
    }
    for (key, n) in keys.iter().zip(0..) {
        assert_eq!(
            peek(&theirs, key).map(|seen| seen.record),
            Some(count(n, n)),
            "keys that look alike share a record"
        );
    }
}

/// Each thread adds one to a number in the record, as often as it can get the lock.
fn no_save_of_many_threads_is_lost<S: Store>(open: impl Fn() -> S) {
    const THREADS: u64 = 8;
    const EACH: u64 = 10;
    let key = key("threads");
    let add = |store: &S, thread: u64| {
        for n in 0..EACH {
            let mut lock = lock(store, &key, LEASE);
            let before = lock.found().map_or(0, |found| counted(&found.record));
            save(&mut *lock, &count(before + 1, thread * EACH + n));
            lock.unlock().expect("a held lock can be given back");
        }
    };
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (store, add) = (open(), &add);
            scope.spawn(move || add(&store, thread));
        }
    });
    let sum = peek(&open(), &key).map_or(0, |seen| counted(&seen.record));
    assert_eq!(sum, THREADS * EACH, "a save was lost, so two had the lock at once or saw an old record under it");
}

/// A key that no other run has.
fn key(what: &str) -> Key {
    let endpoint = Endpoint::parse("https://store.invalid/").expect("a URL");
    let run = RandomState::new().hash_one((std::process::id(), what));
    Key::new("conformance", &endpoint).with("run", format!("{what} {run:016x}"))
}

fn count(n: u64, revision: u64) -> Record {
    let held = Held { refresh_token: Some(RefreshToken::new(n.to_string())), user_key: None };
    Record::new(Revision(revision), held)
}

fn counted(record: &Record) -> u64 {
    let token = record.held.refresh_token.as_ref().expect("every save of this run has one");
    token.expose().parse().expect("a number was saved")
}

fn peek(store: &dyn Store, key: &Key) -> Option<Loaded> {
    store.peek(key).expect("a store in good health can be read")
}

fn try_lock(store: &dyn Store, key: &Key, lease: Duration) -> Option<Box<dyn Locked>> {
    store.try_lock(key, lease).expect("a store in good health can be locked")
}

/// Waits for its turn.
fn lock(store: &dyn Store, key: &Key, lease: Duration) -> Box<dyn Locked> {
    let begun = Instant::now();
    loop {
        if let Some(lock) = try_lock(store, key, lease) {
            return lock;
        }
        assert!(begun.elapsed() < LEASE, "a lock stays busy, though it was given back or its lease has ended");
        thread::sleep(Duration::from_millis(1));
    }
}

fn save(lock: &mut dyn Locked, record: &Record) {
    lock.save(record).expect("the holder of the lock can save");
}
