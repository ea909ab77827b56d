//! A pause: nothing is sent, but what others save is found.

use core::time::Duration;
use std::sync::Arc;

use hallpass_core::Endpoint;
use hallpass_core::error::{Retry, StoreFailure, StoreTask};
use hallpass_core::lifecycle::{Policy, SaveError, Want};
use hallpass_testkit::dialects::Imported;
use hallpass_testkit::scenario::{Scenario, Stage};

use super::{HOUR, seconds, word};

/// The server wants to be left alone for an hour.
fn paused(mut one: Scenario) -> Scenario {
    one.lead().until(Stage::Send).replied(429, &[("retry-after", "3600")], "").finish();
    assert_eq!(word(&one.get()), "closed");
    one.hush();
    one
}

#[test]
fn a_token_that_somebody_else_has_saved_is_found_in_a_pause() {
    let mut one = paused(Scenario::new());
    let mut two = one.peer();
    two.lead().finish();
    one.pass(seconds(10)).lead().finish();
    assert_eq!((one.trace().as_str(), one.token().as_str()), ("peek", "T1"));
    assert_eq!(word(&one.get()), "ready");
}

#[test]
fn a_pause_looks_every_ten_seconds_and_gets_no_longer_by_it() {
    let mut one = paused(Scenario::new());
    for round in 1..360 {
        one.pass(seconds(9));
        assert_eq!(word(&one.get()), "closed");
        one.pass(seconds(1)).hush().lead();
        assert_eq!(word(&one.get()), "wait", "one looks for all");
        one.finish();
        assert_eq!((one.trace().as_str(), one.error().retry()), ("peek", Retry::After(seconds(3600 - 10 * round))));
        assert_eq!(word(&one.get()), "closed");
    }
    one.pass(seconds(10)).hush().lead().finish();
    assert_eq!(one.trace(), "peek, lock, ask password, send authenticate, save T1 R1, unlock");
}

/// A server or a store that did not answer is left alone for as long as a first backoff, and no longer.
#[test]
fn what_may_pass_is_left_alone_for_a_moment() {
    let mut silent = Scenario::new();
    silent.lead();
    for _ in 0..4 {
        silent.until(Stage::Send).not_sent();
    }
    let url = Endpoint::parse("https://auth.example/token").expect("a URL");
    let mut storeless = Scenario::of(Arc::new(Imported::new(url)), Policy::default());
    storeless.import("R0").lead();
    storeless.until(Stage::Lock).locked(Err(StoreFailure::new(StoreTask::Locking, "down")));
    for mut one in [silent, storeless] {
        assert_eq!(word(&one.finish().get()), "closed");
        one.pass(Policy::default().backoff_base);
        assert_eq!(word(&one.get()), "lead");
    }
}

/// Whoever was to look is gone: there are ten seconds to the next look all the same.
#[test]
fn a_look_that_is_abandoned_is_not_made_again_at_once() {
    let mut one = paused(Scenario::new());
    let flight = one.pass(seconds(10)).lead().flight();
    one.machine.abandon(flight);
    assert_eq!(word(&one.get()), "closed");
}

#[test]
fn a_look_that_the_store_fails_sends_nothing() {
    let mut one = paused(Scenario::new());
    let down = StoreFailure::new(StoreTask::Reading, "down");
    one.pass(seconds(10)).lead().peeked(Err(down)).finish();
    assert_eq!((one.trace().as_str(), one.error().retry()), ("peek", Retry::After(seconds(3590))));
}

/// The pause ends while the store answers.
#[test]
fn a_look_that_outlasts_the_pause_goes_on() {
    let mut one = paused(Scenario::new());
    one.pass(seconds(3599)).lead().pass(seconds(1)).finish();
    assert_eq!(one.token(), "T1");
}

/// T1 is in hand and unsaved, and a caller that did not want it was told to come back in an hour.
fn unsaved_and_paused(age: Duration) -> Scenario {
    let full = || SaveError::NotApplied("no space".into());
    let mut one = Scenario::new();
    one.lead().until(Stage::Save).save_failed(full(), false).finish();
    let another = Want { not: Some(Scenario::id("T1")), ..Want::default() };
    one.pass(age).lead_with(&another).until(Stage::Save).save_failed(full(), false);
    one.until(Stage::Send).replied(429, &[("retry-after", "3600")], "").finish();
    one.pass(seconds(10)).hush();
    one
}

#[test]
fn what_is_unsaved_is_saved_in_a_pause() {
    let mut one = unsaved_and_paused(HOUR / 2);
    one.lead().finish();
    assert_eq!((one.trace().as_str(), one.stored().as_str()), ("lock, save T1 R1, unlock", "T1 R1"));
    assert!(!one.grant().is_unsaved());
}

/// T1 is to be renewed, or will not do any more.
#[test]
fn a_look_that_has_saved_something_sends_nothing_either() {
    for (age, then) in [(HOUR * 9 / 10, "ready"), (HOUR, "closed")] {
        let mut one = unsaved_and_paused(age);
        one.lead().finish();
        assert_eq!((one.trace().as_str(), one.stored().as_str()), ("lock, save T1 R1, unlock", "T1 R1"));
        assert_eq!((one.error().retry(), word(&one.get())), (Retry::After(seconds(3590)), then));
    }
}

/// It was a flight before it that was told so, and this one has time for that.
#[test]
fn a_flight_that_began_between_two_pauses_waits_the_second_out() {
    let mut one = paused(Scenario::new());
    let flight = one.pass(HOUR).lead().until(Stage::Send).flight();
    one.machine.abandon(flight);
    let (sending, peeking) = (one.take(), one.lead().take());
    one.put(sending).replied(503, &[("retry-after", "30")], "").finish();
    one.hush().put(peeking).finish();
    let expected = "peek, lock, ask password, unlock, sleep, peek, lock, send authenticate, save T1 R1, unlock";
    assert_eq!((one.trace().as_str(), one.token().as_str()), (expected, "T1"));
}
