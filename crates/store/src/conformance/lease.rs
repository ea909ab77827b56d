//! What must hold of locks that end by themselves.

use core::time::Duration;
use std::time::Instant;

use super::{LEASE, count, key, lock, peek, sample, save, try_lock};
use crate::{SaveError, Store};

/// Runs what must hold of a store whose locks end with their lease, as they do where a holder can vanish unseen; beside
/// [`check`](super::check). `lease` is how long the locks of this run last: as short as the store can, such as 100 ms. It
/// waits for its end three times.
pub fn check_expiring<S: Store>(open: impl Fn() -> S, lease: Duration) {
    a_lease_ends(&open, lease);
    a_mark_needs_the_lease_and_a_gain_does_not(&open, lease);
    a_late_holder_neither_overwrites_nor_unlocks(&open, lease);
}

fn a_lease_ends<S: Store>(open: impl Fn() -> S, lease: Duration) {
    let (key, begun) = (key("lease"), Instant::now());
    let _vanished = lock(&open(), &key, lease);
    drop(lock(&open(), &key, lease));
    assert!(begun.elapsed() >= lease / 2, "the lock was free long before the end of its lease");
}

fn a_mark_needs_the_lease_and_a_gain_does_not<S: Store>(open: impl Fn() -> S, lease: Duration) {
    let key = key("mark");
    save(&mut *lock(&open(), &key, lease), &count(1, 1));
    let mut late = lock(&open(), &key, lease);
    drop(lock(&open(), &key, lease));
    match late.save(&sample::marked(2)) {
        Err(SaveError::LeaseGone(found)) => assert_eq!(found.record, count(1, 1), "LeaseGone says what is there"),
        other => assert!(other.is_err(), "a mark was saved after its lease had ended, when another may have sent"),
    }
    match late.save(&count(3, 3)) {
        Ok(()) => assert_eq!(peek(&open(), &key).map(|seen| seen.record), Some(count(3, 3)), "a save is seen at once"),
        Err(error) => assert!(
            matches!(error, SaveError::LeaseGone(_)),
            "a gain saved after the lease, over the record it came from, is saved or LeaseGone: {error}"
        ),
    }
}

fn a_late_holder_neither_overwrites_nor_unlocks<S: Store>(open: impl Fn() -> S, lease: Duration) {
    let key = key("late");
    let mut late = lock(&open(), &key, lease);
    let mut next = lock(&open(), &key, LEASE);
    save(&mut *next, &count(2, 2));
    let refused = late.save(&count(1, 1));
    let found = if let Err(SaveError::Conflict(Some(found))) = &refused { Some(&found.record) } else { None };
    assert_eq!(
        found,
        Some(&count(2, 2)),
        "a save over another's record is a Conflict with that record, not {refused:?}"
    );
    assert_eq!(peek(&open(), &key).map(|seen| seen.record), Some(count(2, 2)), "a late save overwrote a newer record");
    let _ = late.unlock();
    assert!(try_lock(&open(), &key, lease).is_none(), "a late holder unlocked another's lock");
    drop(next);
}
