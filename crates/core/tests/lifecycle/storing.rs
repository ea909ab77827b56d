//! A store that fails costs no refresh token.

use std::sync::Arc;

use hallpass_core::dialect::{Held, Spends, UserKeyLogin};
use hallpass_core::error::{Denied, Error, Misuse, StoreFailure, StoreTask};
use hallpass_core::lifecycle::{Loaded, Mark, Policy, Record, Revision, SaveError, Todo, Want};
use hallpass_core::{Endpoint, Secrets, UserKey, secret};
use hallpass_testkit::dialects::Imported;
use hallpass_testkit::scenario::{Scenario, Stage};

use super::{HOUR, word};

fn down() -> StoreFailure {
    StoreFailure::new(StoreTask::Reading, "down")
}

#[test]
fn a_peek_that_fails_authenticates_alone() {
    let mut one = Scenario::new();
    one.lead().peeked(Err(down())).finish();
    assert_eq!(one.trace(), "peek, ask password, send authenticate");
    assert!(one.grant().is_unsaved());
}

#[test]
fn a_lock_that_fails_authenticates_alone_and_spends_no_refresh_token() {
    let mut one = Scenario::new();
    one.lead().finish();
    one.pass(HOUR).hush().lead().until(Stage::Lock).locked(Err(down())).finish();
    assert_eq!((one.trace().as_str(), one.stored().as_str()), ("peek, lock, ask password, send authenticate", "T1 R1"));
}

#[test]
fn a_login_that_cannot_authenticate_fails_and_says_why() {
    let url = Endpoint::parse("https://auth.example/token").expect("a URL");
    let mut one = Scenario::of(Arc::new(Imported::new(url)), Policy::default());
    one.import("R0").lead().until(Stage::Lock).locked(Err(down())).finish();
    assert_eq!(one.error(), Error::Store(down()));
    assert_eq!(one.stored(), "R0");
}

/// Invariant 12: a flight's own, shorter wait takes no other's place.
#[test]
fn a_store_that_fails_does_not_drown_what_the_server_has_asked_for() {
    let url = Endpoint::parse("https://auth.example/token").expect("a URL");
    let mut one = Scenario::of(Arc::new(Imported::new(url)), Policy::default());
    one.import("R0").lead().until(Stage::Send);
    let (flight, sending) = (one.flight(), one.take());
    one.machine.abandon(flight);
    let second = one.lead().take();
    one.put(sending).replied(429, &[("retry-after", "600")], "").finish();
    one.put(second).until(Stage::Lock).locked(Err(down())).finish();
    one.pass(super::seconds(599)).hush().lead().finish();
    assert_eq!((one.trace().as_str(), word(&one.get())), ("peek", "closed"));
    one.pass(super::seconds(1)).lead().finish();
    assert_eq!(one.token(), "T1");
}

/// The login went on alone, and its authentication brought no refresh token: the stored one is as good as it was.
#[test]
fn what_was_had_alone_does_not_cost_a_refresh_token_that_was_not_spent() {
    let mut one = Scenario::new();
    one.lead().finish();
    one.pass(HOUR).lead().until(Stage::Save);
    one.save_failed(hallpass_core::lifecycle::SaveError::NotApplied("no space".into()), false).until(Stage::Send);
    one.replied(200, &[], r#"{"access_token":"T9","expires_in":3600}"#).finish();
    assert_eq!(word(&one.machine.get(one.now, &Want::default())), "refresh");
    let flying = one.machine.flying().expect("it flies");
    one.machine.abandon(flying);
    one.lead().finish();
    assert_eq!(one.stored(), "T9 R1");
}

#[test]
fn too_little_left_of_the_lease_begins_again() {
    let mut one = Scenario::new();
    one.lead().until(Stage::Secret).pass(super::seconds(20));
    one.finish();
    assert_eq!(one.trace(), "peek, lock, ask password, unlock, peek, lock, send authenticate, save T1 R1, unlock");
}

/// One who logs in with the user key of a registration, which its first peeks have found.
fn registered() -> Scenario {
    let url = Endpoint::parse("https://sensors.example/").expect("a URL");
    let mut one = Scenario::of(Arc::new(UserKeyLogin::new(&url, "alice").expect("a base URL")), Policy::default());
    one.secrets = Secrets::one(secret::USER_SECRET, "user-s3cret");
    let held = Held { user_key: Some(UserKey::new("uk")), refresh_token: None };
    let registration = Loaded { record: Record::new(Revision(1), held), age: None };
    one.lead().peeked(Ok(None)).peeked(Ok(Some(registration)));
    one
}

/// Invariant 20: what a registration gave is not forgotten with the store that kept it.
#[test]
fn a_user_key_that_was_read_once_serves_without_the_store() {
    let mut one = registered();
    one.finish();
    one.pass(2 * HOUR).hush().lead().peeked(Err(down())).finish();
    assert_eq!(one.trace(), "peek, ask user_secret, send authenticate");
}

/// The flight that saves what is unsaved does not look for the registration.
#[test]
fn a_user_key_that_was_read_once_serves_after_a_late_save() {
    let mut one = registered();
    one.until(Stage::Save).save_failed(SaveError::NotApplied("no space".into()), false).finish();
    one.pass(2 * HOUR).hush().lead().until(Stage::Send).refused().finish();
    let expected = "lock, save T1 R1, save T1 R1 marked, send refresh, peek, save T1, ask user_secret, send authenticate, \
                    save T2 R2, unlock";
    assert_eq!(one.trace(), expected);
}

/// Invariant 4: it has a record of its own.
#[test]
fn a_user_key_is_not_saved_with_the_login() {
    let (mut granted, mut refused) = (registered(), registered());
    granted.finish();
    refused.until(Stage::Send).refused().finish();
    for (one, stored) in [(granted, "T1 R1"), (refused, "closed")] {
        assert_eq!(one.stored(), stored);
        assert!(one.store.borrow().as_ref().is_some_and(|record| record.held.user_key.is_none()));
    }
}

#[test]
fn a_renewal_ahead_goes_on_alone_too() {
    let mut one = Scenario::new();
    one.lead().finish();
    one.pass(HOUR * 9 / 10).hush().lead().peeked(Err(down())).finish();
    assert_eq!((one.trace().as_str(), one.token().as_str()), ("peek, ask password, send authenticate", "T2"));
}

/// Its clock was set back since the save, say.
#[test]
fn a_token_gets_no_younger_by_a_mark_though_the_store_does_not_know_its_age() {
    let mut one = Scenario::new();
    one.lead().finish();
    one.pass(HOUR * 9 / 10).lead().until(Stage::Send);
    let aged = one.store.borrow().as_ref().and_then(|record| record.grant.clone()).expect("a grant");
    assert_eq!(aged.age_when_saved, HOUR * 9 / 10);
}

/// A registration that was sent a moment ago may be answered yet.
#[test]
fn a_registration_whose_answer_is_lost_is_told_of() {
    let url = Endpoint::parse("https://sensors.example").expect("a URL");
    for (ago, error) in [(10, Error::Misuse(Misuse::NotRegistered)), (61, Error::Denied(Denied::LostRegistration))] {
        let mut one = Scenario::of(Arc::new(UserKeyLogin::new(&url, "alice").expect("a base URL")), Policy::default());
        let spending = Some(Mark { spends: Spends::Registration, since: one.now.wall, by: "another".into() });
        let marked = Record { spending, ..Record::new(Revision(1), Held::default()) };
        one.pass(super::seconds(ago)).lead().peeked(Ok(None)).peeked(Ok(Some(Loaded { record: marked, age: None })));
        one.finish();
        assert_eq!(one.error(), error);
    }
}

/// The lease runs from when it was granted, which nobody here has seen.
#[test]
fn what_a_lock_takes_is_off_its_lease() {
    let mut one = Scenario::new();
    let lease = one.lead().until(Stage::Lock).take();
    let Some(Todo::Lock(slot)) = &lease else { panic!("no lock") };
    let nearly = slot.lease().saturating_sub(super::seconds(10));
    one.put(lease).pass(nearly).finish();
    assert_eq!(one.trace(), "peek, lock, unlock, peek, lock, ask password, send authenticate, save T1 R1, unlock");
}

/// A dialect that keeps no registration apart has it there.
#[test]
fn a_user_key_that_the_logins_own_record_has_stays() {
    let mut one = Scenario::new();
    one.lead().finish();
    one.store.borrow_mut().as_mut().expect("a record").held.user_key = Some(UserKey::new("U1"));
    one.pass(HOUR).lead().finish();
    let kept = one.store.borrow().as_ref().and_then(|record| record.held.user_key.clone());
    assert_eq!((one.token().as_str(), kept.as_ref().map(UserKey::expose)), ("T2", Some("U1")));
}
