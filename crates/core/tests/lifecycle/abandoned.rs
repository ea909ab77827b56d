//! Flights that are taken over or given up, and answers that come too late.

use hallpass_core::error::{StoreFailure, StoreTask};
use hallpass_core::lifecycle::{Landed, Lock, SaveError, Todo, Want};
use hallpass_core::{Body, Reply, SendError};
use hallpass_testkit::scenario::{Scenario, Stage};

use super::{HOUR, seconds, word};

#[test]
fn an_abandoned_flight_lands_as_again_and_one_waiter_leads() {
    let mut one = Scenario::new();
    one.lead().until(Stage::Lock);
    let flight = one.flight();
    one.machine.abandon(flight);
    assert_eq!(one.landed(), Landed::Again);
    assert_eq!(word(&one.get()), "lead");
    assert_eq!(word(&one.get()), "wait");
}

#[test]
fn a_flight_past_its_deadline_is_taken_over() {
    let mut one = Scenario::new();
    one.lead().until(Stage::Lock);
    one.pass(seconds(89));
    assert_eq!(word(&one.get()), "wait");
    one.pass(seconds(1));
    assert_eq!(word(&one.get()), "lead");
}

#[test]
fn but_not_before_its_send_deadline() {
    let mut one = Scenario::new();
    one.lead().until(Stage::Lock).pass(seconds(80)).until(Stage::Send);
    one.pass(seconds(30));
    assert_eq!(word(&one.get()), "wait");
    one.pass(seconds(1));
    assert_eq!(word(&one.get()), "lead");
}

#[test]
fn a_flight_abandoned_in_save_keeps_its_grant() {
    let mut one = Scenario::new();
    one.lead().until(Stage::Save);
    let flight = one.flight();
    one.machine.abandon(flight);
    assert_eq!(word(&one.get()), "refresh", "it is served, and saved");
    assert!(one.machine.current().is_some_and(hallpass_core::Grant::is_unsaved));
    one.finish();
    assert_eq!(one.stored(), "T1 R1");
    assert!(one.machine.current().is_some_and(|grant| !grant.is_unsaved()));
}

#[test]
fn a_grant_that_comes_late_is_kept() {
    let mut one = Scenario::new();
    one.lead().finish();
    one.pass(HOUR).lead().until(Stage::Send);
    let flight = one.flight();
    one.machine.abandon(flight);
    one.finish();
    assert_eq!(one.landed(), Landed::Again);
    assert_eq!((one.stored().as_str(), word(&one.get())), ("T1 R1 marked", "refresh"));
    let flying = one.machine.flying().expect("it flies");
    one.machine.abandon(flying);
    one.hush().lead().finish();
    assert_eq!((one.trace().as_str(), one.stored().as_str()), ("lock, save T2 R2, unlock", "T2 R2"));
}

#[test]
fn a_late_not_sent_lets_the_mark_be_set_anew() {
    let mut one = Scenario::new();
    one.lead().finish();
    one.pass(HOUR).lead().until(Stage::Send);
    let flight = one.flight();
    one.machine.abandon(flight);
    one.not_sent().finish();
    one.hush().lead().finish();
    assert_eq!(one.trace(), "peek, lock, save T1 R1 marked, send refresh R1, save T2 R2, unlock");
}

#[test]
fn a_late_refusal_latches() {
    let mut one = Scenario::new();
    one.lead().until(Stage::Send);
    let flight = one.flight();
    one.machine.abandon(flight);
    one.refused().finish();
    assert_eq!(word(&one.get()), "closed");
}

#[test]
fn a_late_refusal_keeps_a_latch_closed() {
    let mut one = Scenario::new();
    one.lead().until(Stage::Send);
    let (late, flight) = (one.take(), one.flight());
    one.machine.abandon(flight);
    one.lead().until(Stage::Send).refused().finish();
    one.pass(seconds(50)).put(late).refused().finish();
    one.pass(seconds(30)).hush().lead().finish();
    assert_eq!(one.trace(), "peek, lock, ask password, unlock");
}

#[test]
fn a_late_answer_changes_no_other_flight() {
    let mut one = Scenario::new();
    one.lead().until(Stage::Send);
    let Some(Todo::Send(late)) = one.take() else { panic!("no send") };
    let flight = one.flight();
    one.machine.abandon(flight);
    one.lead().until(Stage::Send);
    let second = one.take();
    let todo = one.machine.replied(one.now, late, Err(SendError::MaybeSent("late".into())));
    assert!(matches!(todo, Some(Todo::Unlock(_))), "its lock is given back");
    one.put(todo).finish();
    assert_eq!(one.landed(), Landed::Flying);
    one.put(second).finish();
    assert_eq!(one.token(), "T1");
}

#[test]
fn a_lock_that_comes_late_is_given_back() {
    let mut one = Scenario::new();
    one.lead().until(Stage::Lock);
    let flight = one.flight();
    one.machine.abandon(flight);
    one.finish();
    assert_eq!(one.trace(), "peek, lock, unlock");
}

/// What a later flight has gained is newer.
#[test]
fn a_late_grant_does_not_replace_what_came_after() {
    let mut one = Scenario::new();
    one.lead().until(Stage::Send);
    let Some(Todo::Send(late)) = one.take() else { panic!("no send") };
    let flight = one.flight();
    one.machine.abandon(flight);
    one.lead().finish();
    let body = Body::new(br#"{"access_token":"LATE","expires_in":3600,"refresh_token":"RLATE"}"#.to_vec());
    let reply =
        Reply { status: http::StatusCode::OK, headers: http::HeaderMap::new(), body, cut: false, received: one.now };
    let todo = one.machine.replied(one.now, late, Ok(reply));
    one.put(todo).finish();
    assert_eq!(one.machine.current().map(|grant| grant.access_token().expose().to_owned()).as_deref(), Some("T1"));
    one.lead().finish();
    assert_eq!(one.stored(), "T1 R1", "the store is right about what is held");
}

#[test]
fn a_flight_that_was_abandoned_before_takes_no_other_with_it() {
    let mut one = Scenario::new();
    one.lead();
    let first = one.flight();
    one.machine.abandon(first);
    one.lead().machine.abandon(first);
    assert_eq!((one.landed(), word(&one.get())), (Landed::Flying, "wait"));
    assert_eq!((first.number(), one.flight().number()), (1, 2));
}

#[test]
fn a_renewal_abandoned_in_save_keeps_its_newer_grant() {
    let mut one = Scenario::new();
    one.lead().finish();
    one.pass(HOUR * 9 / 10).lead().until(Stage::Send);
    one.answer_well();
    let flight = one.until(Stage::Save).flight();
    one.machine.abandon(flight);
    let held = one.machine.current().expect("a grant");
    assert_eq!((held.access_token().expose(), held.is_unsaved()), ("T2", true));
}

#[test]
fn unfinished_is_a_request_without_its_answer_and_a_gain_that_is_not_saved() {
    let mut one = Scenario::new();
    assert!(!one.lead().until(Stage::Secret).machine.has_unfinished());
    assert!(one.until(Stage::Send).machine.has_unfinished());
    assert!(one.until(Stage::Save).machine.has_unfinished());
    assert!(!one.finish().machine.has_unfinished());
}

#[test]
fn a_lock_that_could_not_be_had_changes_nothing_once_the_flight_is_over() {
    let down = StoreFailure::new(StoreTask::Locking, "down");
    for answer in [Ok(Lock::Busy), Err(down)] {
        let mut one = Scenario::new();
        let flight = one.lead().until(Stage::Lock).flight();
        one.machine.abandon(flight);
        assert!(one.locked(answer).take().is_none());
        assert_eq!((one.landed(), word(&one.get())), (Landed::Again, "lead"));
    }
}

#[test]
fn nobody_waits_for_a_flight_that_was_over_when_its_lock_was_given_back() {
    let mut one = Scenario::new();
    let flight = one.lead().until(Stage::Send).replied(503, &[], "").until(Stage::Unlock).flight();
    one.machine.abandon(flight);
    one.finish();
    assert_eq!(one.trace(), "peek, lock, ask password, send authenticate, unlock");
}

/// What was sent under the mark is the refresh before it.
#[test]
fn a_late_not_sent_of_what_followed_a_lost_refresh_frees_no_mark() {
    let mut one = Scenario::new();
    one.lead().finish();
    let flight = one.pass(HOUR).lead().until(Stage::Send).maybe_sent().until(Stage::Send).flight();
    one.machine.abandon(flight);
    one.not_sent().finish();
    one.hush().lead().finish();
    assert_eq!(one.trace(), "peek, lock, ask password, send authenticate, save T2 R2, unlock");
}

#[test]
fn a_late_refusal_of_a_refresh_says_nothing_of_the_credentials() {
    let mut one = Scenario::new();
    one.lead().finish();
    let flight = one.pass(HOUR).lead().until(Stage::Send).flight();
    one.machine.abandon(flight);
    one.refused().finish();
    assert_eq!(word(&one.get()), "lead");
}

/// One whose mark is being taken back as its flight ends.
fn unmarking() -> Scenario {
    let mut one = Scenario::new();
    one.lead().finish();
    let flight = one.pass(HOUR).lead().until(Stage::Send).not_sent().until(Stage::Save).flight();
    one.machine.abandon(flight);
    one
}

#[test]
fn a_mark_that_is_taken_back_late_leaves_nothing_to_do() {
    let mut one = unmarking();
    one.finish();
    assert_eq!((one.stored().as_str(), one.settle()), ("T1 R1", false));
}

#[test]
fn a_mark_that_could_not_be_taken_back_late_is_remembered_as_unsent() {
    let mut one = unmarking();
    one.save_failed(SaveError::NotApplied("no space".into()), false).finish();
    one.hush().lead().finish();
    assert_eq!(one.trace(), "peek, lock, save T1 R1 marked, send refresh R1, save T2 R2, unlock");
    let mut ending = unmarking();
    ending.save_failed(SaveError::NotApplied("no space".into()), false).finish();
    assert!(ending.settle());
    ending.finish();
    assert_eq!(ending.stored(), "T1 R1");
}

#[test]
fn a_gain_whose_save_failed_late_is_saved_by_whoever_comes_next() {
    let mut one = Scenario::new();
    let flight = one.lead().until(Stage::Save).flight();
    one.machine.abandon(flight);
    one.save_failed(SaveError::NotApplied("no space".into()), false).finish();
    one.hush().lead().finish();
    assert_eq!((one.trace().as_str(), one.stored().as_str()), ("lock, save T1 R1, unlock", "T1 R1"));
}

/// A later flight's has a place of its own, after another process had gone on.
#[test]
fn a_late_gain_moves_no_newer_one() {
    let mut one = Scenario::new();
    one.lead().finish();
    let flight = one.pass(HOUR).lead().until(Stage::Send).flight();
    one.machine.abandon(flight);
    let late = one.take();
    one.peer().lead().until(Stage::Send).replied(200, &[], r#"{"access_token":"TX","expires_in":3600}"#).finish();
    let want = Want { not: Some(Scenario::id("TX")), ..Want::default() };
    one.lead_with(&want).until(Stage::Send).replied(200, &[], r#"{"access_token":"TY","expires_in":3600}"#);
    one.save_failed(SaveError::NotApplied("no space".into()), false).finish();
    one.put(late).finish();
    one.lead().finish();
    assert_eq!(one.stored(), "TY");
}

/// The save of the later gain may have been applied, whatever is known of the one before.
#[test]
fn a_gain_that_follows_a_late_one_is_not_revived_after_a_flush() {
    let mut one = Scenario::new();
    one.lead().finish();
    let first = one.pass(HOUR).lead().until(Stage::Send).flight();
    one.machine.abandon(first);
    let late = one.take();
    let second = one.lead().until(Stage::Send).flight();
    let now = one.take();
    one.put(late).finish();
    one.put(now).until(Stage::Save);
    one.machine.abandon(second);
    *one.store.borrow_mut() = None;
    one.hush().lead().finish();
    assert_eq!(one.trace(), "lock, unlock");
}
