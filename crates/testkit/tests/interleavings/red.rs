//! Each interleaving goes red when the code that guards it is broken.
#![cfg(feature = "plant")]

use std::panic::{AssertUnwindSafe, catch_unwind};

use hallpass_testkit::world::{Bug, Planted};

use super::{alone, together};

/// A test, and a bug that it must see.
const PAIRS: &[(&str, fn(), Bug)] = &[
    ("kill", together::a_kill_between_the_servers_commit_and_the_save_of_a_rotation, Bug::SendsMarked),
    ("kill", together::a_kill_between_the_servers_commit_and_the_save_of_a_rotation, Bug::NoMark),
    ("pause", together::a_pause_longer_than_the_lease_between_mark_and_send, Bug::SendsMarked),
    ("busy", together::two_instances_a_busy_lock_and_retry_after_thirty_seconds, Bug::SleepsUnderLock),
    ("busy", together::two_instances_a_busy_lock_and_retry_after_thirty_seconds, Bug::IgnoresRetryAfter),
    ("late reply", alone::a_late_reply_for_an_abandoned_flight, Bug::ForgetsAbandoned),
    ("late waiter", alone::a_waiter_that_wakes_two_hours_late, Bug::ServesLateWaiters),
    ("refusing API", alone::an_api_that_refuses_every_token, Bug::KnocksOn),
    ("flush", together::a_flushed_store_with_an_unsaved_grant_in_one_instance, Bug::LoserOverwrites),
    ("flush", together::a_flushed_store_gets_a_grant_that_it_never_had, Bug::ForgetsUnsaved),
];

#[test]
fn each_sees_the_bug_that_is_planted_for_it() {
    for (name, test, bug) in PAIRS {
        let _planted = Planted::new(Some(*bug));
        assert!(catch_unwind(AssertUnwindSafe(test)).is_err(), "`{name}` does not see {}", bug.name());
    }
}
