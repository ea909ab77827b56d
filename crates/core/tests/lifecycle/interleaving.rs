//! What two processes can do to each other, by name.

use hallpass_core::Endpoint;
use hallpass_core::dialect::{BasicForm, Dialect};
use hallpass_core::lifecycle::Lock;
use hallpass_testkit::scenario::{Scenario, Stage};

use super::{HOUR, seconds};

/// Two who have T1 and R1, whose time is over.
fn two() -> (Scenario, Scenario) {
    let mut one = Scenario::new();
    one.lead().finish();
    one.pass(HOUR).hush();
    let two = one.peer();
    (one, two)
}

#[test]
fn a_kill_between_the_servers_commit_and_the_save_of_a_rotation() {
    let (mut one, mut two) = two();
    one.lead().until(Stage::Send);
    one.answer_well();
    one.until(Stage::Save);
    drop(one);
    two.lead().finish();
    assert_eq!(two.trace(), "peek, lock, ask password, send authenticate, save T3 R3, unlock");
}

/// The lease ends, somebody else authenticates; then the request goes out all the same, for the first time.
#[test]
fn a_pause_longer_than_the_lease_between_mark_and_send() {
    let (mut one, mut two) = two();
    one.lead().until(Stage::Send).pass(seconds(60));
    two.pass(seconds(60)).lead().finish();
    assert_eq!((two.trace().contains("send refresh"), two.stored().as_str()), (false, "T2 R2"));
    one.finish();
    assert_eq!(one.trace(), "peek, lock, save T1 R1 marked, send refresh R1, save T3 R3, unlock");
    assert_eq!((one.token().as_str(), one.stored().as_str()), ("T2", "T2 R2"), "it adopts what it finds");
}

#[test]
fn a_busy_lock_and_retry_after_thirty_seconds() {
    let (mut one, mut two) = two();
    one.lead().until(Stage::Send);
    two.lead().until(Stage::Lock).locked(Ok(Lock::Busy)).until(Stage::Sleep);
    one.replied(503, &[("retry-after", "30")], "").until(Stage::Sleep);
    assert_eq!(one.stored(), "T1 R1", "neither the lock nor a mark is kept while it waits");
    two.finish();
    one.finish();
    assert_eq!((one.token(), one.trace().matches("send").count()), (two.token(), 1));
}

#[test]
fn a_store_that_is_flushed_while_one_has_an_unsaved_grant() {
    let (mut one, mut two) = two();
    one.lead().until(Stage::Send);
    one.answer_well();
    one.until(Stage::Save);
    one.save_failed(hallpass_core::lifecycle::SaveError::NotApplied("no space".into()), false).finish();
    *one.store.borrow_mut() = None;
    two.lead().finish();
    assert_eq!(two.stored(), "T3 R3");
    one.lead().finish();
    assert_eq!((one.stored().as_str(), one.token().as_str()), ("T3 R3", "T3"), "the store wins");
}

#[test]
fn two_realms_on_one_origin_with_one_client_id_share_nothing() {
    let key = |realm: &str| {
        let url = Endpoint::parse(&format!("https://auth.example/realms/{realm}/token")).expect("a URL");
        BasicForm::new(url, "client").key()
    };
    assert_ne!(key("one"), key("two"));
    assert_eq!(key("one"), key("one"));
}
