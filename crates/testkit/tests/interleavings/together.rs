//! What programs do to each other.

use hallpass_core::lifecycle::SaveError;
use hallpass_testkit::scenario::{Realm, Scenario, Stage};

use super::{HOUR, URL, all_is_well, has_a_good_token, seconds, two};

#[test]
pub(crate) fn a_kill_between_the_servers_commit_and_the_save_of_a_rotation() {
    let (realm, mut one, mut two) = two();
    one.lead().until(Stage::Send).reaches_server();
    drop(one);
    two.lead().finish();
    assert!(two.trace().contains("sleep"), "the lease of the dead has to end first: {}", two.trace());
    assert!(!two.trace().contains("send refresh"), "{}", two.trace());
    has_a_good_token(&realm, &two);
    all_is_well(&realm, 3);
}

/// The lease ends, and somebody else authenticates; then the request goes out all the same, for the first time.
#[test]
pub(crate) fn a_pause_longer_than_the_lease_between_mark_and_send() {
    let (realm, mut one, mut two) = two();
    one.lead().until(Stage::Send).pass(seconds(60));
    two.pass(seconds(60)).lead().finish();
    one.finish();
    assert_eq!(one.token(), two.token(), "the loser adopts what it finds");
    has_a_good_token(&realm, &one);
    all_is_well(&realm, 3);
}

#[test]
pub(crate) fn two_instances_a_busy_lock_and_retry_after_thirty_seconds() {
    let (realm, mut one, mut two) = two();
    realm.turn_away_next(30);
    one.lead().until(Stage::Send);
    two.lead().until(Stage::Sleep);
    one.until(Stage::Sleep);
    assert!(one.trace().ends_with("unlock"), "it waits without the lock: {}", one.trace());
    two.finish();
    one.finish();
    assert!(one.now.mono >= two.now.mono + seconds(25), "it waits for as long as it was asked to");
    assert_eq!(one.token(), two.token());
    assert_eq!(one.trace().matches("send").count(), 1, "what the other has gained is adopted");
    has_a_good_token(&realm, &one);
    // The refresh token was presented twice, but the server has not looked at the first request.
    assert_eq!((realm.requests(), realm.revoked_families()), (3, 0));
}

#[test]
pub(crate) fn a_flushed_store_with_an_unsaved_grant_in_one_instance() {
    let (realm, mut one, mut two) = two();
    one.lead().until(Stage::Send).reaches_server().arrives().until(Stage::Save);
    one.save_failed(SaveError::NotApplied("no space".into()), false).finish();
    assert!(one.grant().is_unsaved(), "its callers are told");
    *one.store.borrow_mut() = None;
    two.lead().finish();
    let theirs = two.stored();
    one.lead().finish();
    assert_eq!((one.stored(), one.token()), (theirs, two.token()), "the store wins over what it never had");
    has_a_good_token(&realm, &one);
    all_is_well(&realm, 3);
}

#[test]
pub(crate) fn a_flushed_store_gets_a_grant_that_it_never_had() {
    let (realm, mut one, mut two) = two();
    one.lead().until(Stage::Send).reaches_server().arrives().until(Stage::Save);
    one.save_failed(SaveError::NotApplied("no space".into()), false).finish();
    *one.store.borrow_mut() = None;
    one.lead().finish();
    two.lead().finish();
    assert_eq!(one.token(), two.token());
    assert!(!one.grant().is_unsaved());
    two.pass(HOUR).lead().finish();
    has_a_good_token(&realm, &two);
    all_is_well(&realm, 3);
}

#[test]
pub(crate) fn two_realms_on_one_origin_with_one_client_id() {
    let (red, blue) = (Realm::new(), Realm::new());
    let logged_in = |realm: &Realm, name: &str| -> Scenario {
        let mut one = realm.login(&URL.replace("auth.example", &format!("auth.example/realms/{name}")));
        one.lead().finish();
        one
    };
    let (one, two) = (logged_in(&red, "red"), logged_in(&blue, "blue"));
    assert_ne!(one.machine.key(), two.machine.key(), "they share no record");
    let again = logged_in(&red, "red");
    assert_eq!(one.machine.key(), again.machine.key());
    all_is_well(&red, 2);
    all_is_well(&blue, 1);
}
