//! A refused credential is left alone, until it changes or the time is over.

use std::sync::Arc;

use hallpass_core::dialect::{Ambiguity, PasswordForm};
use hallpass_core::error::{Denied, Error};
use hallpass_core::lifecycle::{Closed, Landed, Policy};
use hallpass_core::{Endpoint, Secrets, secret};
use hallpass_testkit::scenario::{Scenario, Stage};

use super::{HOUR, seconds, word};

const INVALID_CLIENT: &str = r#"{"error":"invalid_client"}"#;

fn refused() -> Scenario {
    let mut one = Scenario::new();
    one.lead().until(Stage::Send).refused().finish();
    assert_eq!(one.trace(), "peek, lock, ask password, send authenticate, save closed, unlock");
    one.hush();
    one
}

fn looks_and_sends_nothing(one: &mut Scenario) {
    one.hush().lead().finish();
    assert_eq!(one.trace(), "peek, lock, ask password, unlock");
}

#[test]
fn a_refused_credential_is_closed_and_looked_at_every_ten_seconds() {
    let mut one = refused();
    for _ in 0..5 {
        assert_eq!(word(&one.get()), "closed");
        one.pass(seconds(10));
        looks_and_sends_nothing(&mut one);
    }
    one.pass(seconds(10)).hush().lead().finish();
    assert_eq!(one.token(), "T1", "the minute is over");
}

#[test]
fn a_second_refusal_doubles_the_wait() {
    let mut one = refused();
    one.pass(seconds(60)).lead().until(Stage::Send).refused().finish();
    one.pass(seconds(119));
    looks_and_sends_nothing(&mut one);
    one.pass(seconds(1)).lead().until(Stage::Send).refused().finish();
    one.pass(seconds(239));
    looks_and_sends_nothing(&mut one);
}

#[test]
fn a_changed_secret_opens_the_latch() {
    let mut one = refused();
    one.secrets = Secrets::one(secret::PASSWORD, "another");
    assert_eq!(word(&one.get()), "closed", "it looks every ten seconds");
    one.pass(seconds(10)).lead().finish();
    assert_eq!((one.token().as_str(), one.stored().as_str()), ("T1", "T1 R1"));
}

#[test]
fn a_latch_is_shared_through_the_record() {
    let one = refused();
    let mut two = one.peer();
    two.lead().finish();
    assert_eq!(two.trace(), "peek, lock, ask password, unlock");
    let Error::Denied(Denied::Latched { why, .. }) = two.error() else { panic!("{:?}", two.error()) };
    assert_eq!(why.as_deref(), Some("400 invalid_grant"));
    let mut three = one.peer();
    three.secrets = Secrets::one(secret::PASSWORD, "another");
    three.lead().finish();
    assert_eq!(three.token(), "T1");
}

/// The store tells its record's age when it answers, and nobody knows how long ago that was.
#[test]
fn a_slow_store_opens_no_latch() {
    let one = refused();
    let mut two = one.peer();
    two.age = Some(seconds(55));
    two.lead().until(Stage::Lock).pass(seconds(8)).finish();
    assert_eq!(two.trace(), "peek, lock, ask password, unlock");
}

/// Another secret of ours was refused before; the one that we have now was refused elsewhere.
#[test]
fn a_latch_of_our_own_does_not_hide_the_records() {
    let mut one = refused();
    let mut two = one.peer();
    two.secrets = Secrets::one(secret::PASSWORD, "another");
    two.lead().until(Stage::Send).refused().finish();
    one.secrets = two.secrets.clone();
    one.pass(seconds(10)).lead().finish();
    assert_eq!(one.trace(), "peek, lock, ask password, unlock");
}

#[test]
fn a_usable_token_is_still_served() {
    let mut one = Scenario::new();
    one.lead().finish();
    one.pass(HOUR * 17 / 20 + seconds(180)).lead().until(Stage::Send).refused().until(Stage::Send).refused().finish();
    assert_eq!(word(&one.get()), "ready");
}

/// The password was refused, and the refresh needs none: what it brings says nothing of the password.
#[test]
fn a_success_that_needed_no_secret_opens_nothing() {
    let mut one = refused();
    let closed = one.store.borrow().clone().expect("a record");
    one.import("R8");
    one.store.borrow_mut().as_mut().expect("a record").closed = closed.closed;
    one.pass(seconds(10)).lead().finish();
    assert_eq!(one.stored(), "T1 R1 closed");
}

#[test]
fn a_success_forgets_the_refusals_before_it() {
    let mut one = refused();
    one.pass(seconds(60)).lead().finish();
    one.pass(HOUR).lead().until(Stage::Send).refused().until(Stage::Send).refused().finish();
    assert_eq!(word(&one.get()), "closed");
    one.pass(seconds(60)).lead().finish();
    assert_eq!(one.token(), "T2", "a minute, not two");
}

#[test]
fn refusals_of_another_secret_do_not_count() {
    let mut one = refused();
    one.secrets = Secrets::one(secret::PASSWORD, "another");
    one.pass(seconds(60)).lead().until(Stage::Send).refused().finish();
    one.pass(seconds(60)).lead().finish();
    assert_eq!(one.token(), "T1", "a minute, not two");
}

#[test]
fn refusals_that_another_process_has_met_count() {
    let mut two = refused().peer();
    two.pass(seconds(60)).lead().until(Stage::Send).refused().finish();
    two.pass(seconds(119));
    looks_and_sends_nothing(&mut two);
}

/// A login that refreshes without a secret, and whose server does not rotate.
fn resending() -> Scenario {
    let url = Endpoint::parse("https://auth.example/token").expect("a URL");
    let dialect = PasswordForm::new(url, "me").on_lost_refresh(Ambiguity::Resend);
    let policy = Policy { latch_first: HOUR * 2, latch_longest: HOUR * 2, ..Policy::default() };
    let mut one = Scenario::of(Arc::new(dialect), policy);
    one.lead().finish();
    one.pass(HOUR).hush();
    one
}

#[test]
fn a_latch_that_is_over_does_not_come_back_with_a_success() {
    let mut one = resending();
    one.lead().until(Stage::Send).replied(401, &[], INVALID_CLIENT).finish();
    assert_eq!(one.trace(), "peek, lock, send refresh R1, save T1 R1 closed, unlock");
    one.age = Some(HOUR * 2 + seconds(1));
    one.pass(HOUR * 2 + seconds(1)).hush().lead().finish();
    assert_eq!(one.trace(), "peek, lock, send refresh R1, save T2 R2, unlock");
    let mut two = one.peer();
    two.age = Some(HOUR);
    two.pass(HOUR).lead().finish();
    assert_eq!(two.trace(), "peek, lock, send refresh R2, save T3 R3, unlock");
}

/// What the password's refusal left is younger by what has passed since.
#[test]
fn a_latch_of_something_else_is_as_old_as_it_is() {
    let mut one = resending();
    let closed = Closed { since: one.now.wall, wait: HOUR * 2, strikes: 0, salt: 7, digest: 7, why: None };
    one.store.borrow_mut().as_mut().expect("a record").closed = Some(closed);
    one.age = Some(HOUR);
    one.lead().finish();
    let closed = one.store.borrow().as_ref().and_then(|record| record.closed.clone());
    assert_eq!(closed.map(|closed| closed.wait), Some(HOUR));
}

#[test]
fn a_success_without_a_secret_forgets_the_refusals_before_it() {
    let url = Endpoint::parse("https://auth.example/token").expect("a URL");
    let mut one = Scenario::of(Arc::new(PasswordForm::new(url, "me")), Policy::default());
    one.lead().finish();
    for round in 0..3 {
        one.pass(HOUR).lead().until(Stage::Send).replied(401, &[], INVALID_CLIENT).finish();
        one.pass(seconds(61)).lead().finish();
        assert!(matches!(one.landed(), Landed::Ok(_)), "round {round}: {:?}", one.landed());
    }
}
