//! A gain that could not be saved: served, said to be unsaved, and tried again under a new lock.

use hallpass_core::RefreshToken;
use hallpass_core::error::{StoreFailure, StoreTask};
use hallpass_core::lifecycle::{Loaded, Revision, SaveError, Todo, Want};
use hallpass_testkit::scenario::{Scenario, Stage};

use super::{HOUR, seconds, word};

/// T2 and R2 were had with R1, and their save failed.
fn failed(error: impl FnOnce(&Scenario) -> SaveError, applied: bool) -> Scenario {
    let mut one = Scenario::new();
    one.lead().finish();
    one.pass(HOUR).lead().until(Stage::Send);
    one.answer_well();
    one.until(Stage::Save);
    let error = error(&one);
    one.save_failed(error, applied).finish();
    assert!(one.grant().is_unsaved());
    assert_eq!(one.token(), "T2");
    one.hush();
    one
}

fn not_applied() -> Scenario {
    failed(|_| SaveError::NotApplied("no space".into()), false)
}

fn unknown(applied: bool) -> Scenario {
    failed(|_| SaveError::Unknown("reset".into()), applied)
}

#[test]
fn an_unsaved_grant_is_saved_over_our_own_mark() {
    let mut one = not_applied();
    assert_eq!(one.stored(), "T1 R1 marked");
    one.lead().finish();
    assert_eq!((one.trace().as_str(), one.stored().as_str()), ("lock, save T2 R2, unlock", "T2 R2"));
    assert!(!one.grant().is_unsaved());
    assert_eq!(word(&one.get()), "ready");
}

#[test]
fn a_lease_that_is_gone_is_a_failed_save_and_no_conflict() {
    let mut one = failed(
        |one| {
            let record = one.store.borrow().clone().expect("a record");
            SaveError::LeaseGone(Box::new(Loaded { record, age: None }))
        },
        false,
    );
    one.lead().finish();
    assert_eq!((one.trace().as_str(), one.stored().as_str()), ("lock, save T2 R2, unlock", "T2 R2"));
}

#[test]
fn a_save_that_was_applied_all_the_same_is_found_saved() {
    let mut one = unknown(true);
    one.lead().finish();
    assert_eq!((one.trace().as_str(), one.stored().as_str()), ("lock, unlock", "T2 R2"));
    assert_eq!(word(&one.get()), "ready");
}

#[test]
fn a_save_that_nobody_knows_of_is_tried_again() {
    let mut one = unknown(false);
    one.lead().finish();
    assert_eq!((one.trace().as_str(), one.stored().as_str()), ("lock, save T2 R2, unlock", "T2 R2"));
}

#[test]
fn anything_else_supersedes_it() {
    let mut one = not_applied();
    let mut other = one.store.borrow().clone().expect("a record");
    (other.revision, other.held.refresh_token, other.spending) = (Revision(9), Some(RefreshToken::new("R9")), None);
    *one.store.borrow_mut() = Some(other);
    one.lead().finish();
    assert_eq!((one.trace().as_str(), one.stored().as_str()), ("lock, unlock", "T1 R9"));
    assert_eq!(one.token(), "T2", "it is still served here");
    assert_eq!(word(&one.get()), "ready");
}

#[test]
fn after_a_flush_one_that_was_never_saved_is_created() {
    let mut one = not_applied();
    *one.store.borrow_mut() = None;
    one.lead().finish();
    assert_eq!(one.stored(), "T2 R2");
}

#[test]
fn after_a_flush_one_that_may_have_been_saved_is_not() {
    let mut one = unknown(true);
    *one.store.borrow_mut() = None;
    one.lead().finish();
    assert_eq!((one.stored().as_str(), one.token().as_str()), ("nothing", "T2"));
}

/// Whoever abandoned the flight in `Save` never told what became of it.
#[test]
fn a_save_whose_answer_never_came_may_have_been_applied() {
    let mut one = Scenario::new();
    one.lead().until(Stage::Save);
    let flight = one.flight();
    one.machine.abandon(flight);
    drop(one.take());
    one.hush().lead().finish();
    assert_eq!((one.trace().as_str(), one.stored().as_str(), one.token().as_str()), ("lock, unlock", "nothing", "T1"));
}

#[test]
fn a_second_save_whose_answer_never_came_may_have_been_applied_too() {
    let mut one = not_applied();
    let flight = one.lead().until(Stage::Save).flight();
    one.machine.abandon(flight);
    drop(one.take());
    *one.store.borrow_mut() = None;
    one.lead().finish();
    assert_eq!((one.stored().as_str(), one.token().as_str()), ("nothing", "T2"));
}

#[test]
fn a_store_that_stays_down_costs_no_request() {
    let mut one = not_applied();
    for _ in 0..5 {
        one.lead().until(Stage::Lock);
        one.locked(Err(StoreFailure::new(StoreTask::Locking, "down"))).finish();
        assert_eq!(word(&one.get()), "ready", "the store is left alone for a while");
        one.pass(seconds(30));
    }
    assert_eq!(one.trace(), "lock, lock, lock, lock, lock");
}

#[test]
fn a_conflict_adopts_what_it_finds() {
    let mut one = Scenario::new();
    one.lead().until(Stage::Save);
    let mut two = one.peer();
    two.lead().finish();
    let record = one.store.borrow().clone().expect("a record");
    one.save_failed(SaveError::Conflict(Some(Box::new(Loaded { record, age: None }))), false).finish();
    assert_eq!((one.token(), one.stored().as_str()), (two.token(), "T2 R2"));
}

#[test]
fn a_conflict_without_a_usable_token_serves_our_own() {
    let mut one = Scenario::new();
    one.lead().until(Stage::Save);
    one.import("R9");
    let record = one.store.borrow().clone().expect("a record");
    one.save_failed(SaveError::Conflict(Some(Box::new(Loaded { record, age: None }))), false).finish();
    assert_eq!((one.token().as_str(), one.grant().is_unsaved(), one.stored().as_str()), ("T1", false, "R9"));
}

#[test]
fn whoever_ends_tries_again_and_sends_nothing() {
    let mut one = not_applied();
    assert!(one.settle());
    one.finish();
    assert_eq!((one.trace().as_str(), one.stored().as_str()), ("lock, save T2 R2, unlock", "T2 R2"));
    assert!(!one.settle(), "all is saved");

    let mut late = not_applied();
    assert!(late.pass(HOUR).settle());
    late.finish();
    assert_eq!((late.trace().as_str(), late.stored().as_str()), ("lock, save T2 R2, unlock", "T2 R2"));

    let mut failing = not_applied();
    assert!(failing.settle());
    failing.until(Stage::Save).save_failed(SaveError::NotApplied("no space".into()), false).finish();
    assert_eq!(failing.trace(), "lock, save T2 R2, unlock");
    assert!(failing.settle(), "there is still something to save");

    let mut one = not_applied();
    one.lead();
    assert!(!one.settle(), "another flight does it");
}

/// A server may give it with the first authentication only.
#[test]
fn whoever_ends_tries_again_to_save_a_refresh_token_that_an_authentication_gave() {
    let mut one = Scenario::new();
    one.lead().until(Stage::Save).save_failed(SaveError::NotApplied("no space".into()), false).finish();
    assert!(one.hush().settle());
    one.finish();
    assert_eq!((one.trace().as_str(), one.stored().as_str()), ("lock, save T1 R1, unlock", "T1 R1"));
    let mut alone = Scenario::new();
    let down = StoreFailure::new(StoreTask::Reading, "down");
    alone.lead().until(Stage::Peek).peeked(Err(down)).finish();
    assert!(alone.grant().is_unsaved() && !alone.settle(), "a store that is down costs one time-out");
    let mut without = Scenario::new();
    without.lead().until(Stage::Send).replied(200, &[], r#"{"access_token":"T9","expires_in":3600}"#);
    without.save_failed(SaveError::NotApplied("no space".into()), false).finish();
    assert!(!without.settle(), "an access token is had again");
}

#[test]
fn an_earlier_try_that_arrives_before_the_next_is_no_conflict() {
    let mut one = unknown(false);
    let todo = one.lead().until(Stage::Save).take();
    let Some(Todo::Save(slot)) = &todo else { panic!("no save") };
    let record = slot.record().clone();
    one.store.borrow_mut().clone_from(&Some(record.clone()));
    one.put(todo).save_failed(SaveError::Conflict(Some(Box::new(Loaded { record, age: None }))), false).finish();
    assert_eq!((one.trace().as_str(), one.grant().is_unsaved()), ("lock, save T2 R2, unlock", false));
}

#[test]
fn what_is_found_saved_is_unsaved_no_more_though_it_is_about_to_be_renewed() {
    let mut one = unknown(true);
    one.pass(HOUR * 9 / 10).lead().until(Stage::Send);
    assert!(one.machine.current().is_some_and(|grant| !grant.is_unsaved()));
}

#[test]
fn a_rejected_token_that_is_found_saved_is_not_taken_in_hand() {
    let mut one = unknown(true);
    one.machine.rejected(one.now, Scenario::id("T2"));
    one.lead().until(Stage::Send);
    assert!(one.machine.current().is_none());
}

/// A login that ends has it revoked, and then it is not to come back.
#[test]
fn what_is_to_be_saved_is_told_until_it_is_forgotten() {
    let mut one = not_applied();
    let told = one.machine.unsaved().and_then(|record| record.held.refresh_token.clone());
    assert_eq!(told, Some(RefreshToken::new("R2")));
    one.machine.forget();
    assert!(one.machine.unsaved().is_none() && one.machine.current().is_none());
    one.lead().finish();
    assert_eq!((one.token().as_str(), one.stored().as_str()), ("T3", "T3 R3"));
}

/// Somebody refused a token that others still take, and was gone when the answer came.
#[test]
fn what_came_late_is_taken_in_hand_once_it_is_saved() {
    let mut one = Scenario::new();
    one.lead().finish();
    let want = Want { not: Some(Scenario::id("T1")), ..Want::default() };
    let flight = one.pass(seconds(600)).lead_with(&want).until(Stage::Send).flight();
    one.machine.abandon(flight);
    one.finish();
    one.hush().lead().finish();
    assert_eq!((one.trace().as_str(), one.token().as_str()), ("lock, save T2 R2, unlock", "T2"));
}

/// The store stays away for longer than the token lives.
fn alone_since(mut one: Scenario, reply: &str) -> Scenario {
    let down = StoreFailure::new(StoreTask::Locking, "down");
    one.pass(HOUR).lead().until(Stage::Lock).locked(Err(down)).until(Stage::Send);
    one.replied(200, &[], reply).finish();
    assert_eq!(one.token(), "T9");
    one.hush();
    one
}

#[test]
fn what_is_gained_without_the_store_goes_where_the_gain_before_it_was_to_be_saved() {
    let only_a_token = r#"{"access_token":"T9","expires_in":3600}"#;
    for (reply, saved) in [(only_a_token, "T9 R2"), (&only_a_token.replace('}', r#","refresh_token":"R9"}"#), "T9 R9")]
    {
        let mut one = alone_since(not_applied(), reply);
        one.lead().finish();
        assert_eq!((one.trace(), one.stored().as_str()), (format!("lock, save {saved}, unlock"), saved));
    }
}

/// T2 and R2 came when the flight was given up, and another had done without the store.
#[test]
fn a_late_gain_goes_over_its_mark_though_another_was_had_without_the_store() {
    let mut one = Scenario::new();
    one.lead().finish();
    let flight = one.pass(HOUR).lead().until(Stage::Send).flight();
    one.machine.abandon(flight);
    let late = one.take();
    let mut one = alone_since(one, r#"{"access_token":"T9","expires_in":3600}"#);
    one.put(late).finish();
    one.hush().lead().finish();
    assert_eq!((one.trace().as_str(), one.stored().as_str()), ("lock, save T9 R2, unlock", "T9 R2"));
}

/// It may have been saved, and its refresh token used since by somebody else.
#[test]
fn a_late_gain_makes_no_other_one_out_of_what_may_have_been_saved() {
    let mut one = Scenario::new();
    one.lead().finish();
    let flight = one.pass(HOUR).lead().until(Stage::Send).flight();
    one.machine.abandon(flight);
    let late = one.take();
    one.lead().until(Stage::Send).replied(200, &[], r#"{"access_token":"T9","expires_in":3600,"refresh_token":"R9"}"#);
    one.save_failed(SaveError::Unknown("no answer".into()), true).finish();
    one.put(late).finish();
    *one.store.borrow_mut() = None;
    one.pass(HOUR).hush().lead().finish();
    assert_eq!(one.trace(), "lock, ask password, send authenticate, save T3 R3, unlock");
}
