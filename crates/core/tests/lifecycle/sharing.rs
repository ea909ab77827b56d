//! One flight for all, and what a flight asks for.

use core::time::Duration;

use hallpass_core::EgressRules;
use hallpass_core::lifecycle::{Landed, Lock, Policy, Todo, Want};
use hallpass_testkit::scenario::{Scenario, Stage};

use super::{HOUR, seconds, word};

#[test]
fn a_first_login_peeks_locks_asks_sends_saves_and_unlocks() {
    let mut one = Scenario::new();
    one.lead().finish();
    assert_eq!(one.trace(), "peek, lock, ask password, send authenticate, save T1 R1, unlock");
    let grant = one.grant();
    assert_eq!((one.token().as_str(), grant.is_unsaved(), grant.is_kept()), ("T1", false, false));
}

#[test]
fn one_leads_and_all_others_wait_until_it_lands() {
    let mut one = Scenario::new();
    one.lead();
    for _ in 0..100 {
        assert_eq!(word(&one.get()), "wait");
    }
    assert_eq!(one.landed(), Landed::Flying);
    one.until(Stage::Unlock);
    assert!(matches!(one.landed(), Landed::Ok(_)), "nobody waits for the unlock");
    assert_eq!(word(&one.get()), "ready");
}

#[test]
fn a_failure_answers_all() {
    let mut one = Scenario::new();
    one.lead().until(Stage::Send).refused().finish();
    assert!(matches!(one.landed(), Landed::Failed(_)));
    assert_eq!(word(&one.get()), "closed");
}

#[test]
fn a_peek_that_finds_a_usable_token_ends_the_flight() {
    let mut one = Scenario::new();
    one.lead().finish();
    let mut two = one.peer();
    two.lead().finish();
    assert_eq!((two.trace().as_str(), two.token().as_str(), two.grant().is_kept()), ("peek", "T1", true));
}

#[test]
fn a_token_found_under_the_lock_ends_the_flight_too() {
    let mut one = Scenario::new();
    let mut two = one.peer();
    two.lead().until(Stage::Lock);
    one.lead().finish();
    two.finish();
    assert_eq!((two.trace().as_str(), two.token().as_str()), ("peek, lock, unlock", "T1"));
}

#[test]
fn a_busy_lock_sleeps_without_it_and_peeks_again() {
    let mut one = Scenario::new();
    let mut two = one.peer();
    two.lead().until(Stage::Lock).locked(Ok(Lock::Busy));
    two.until(Stage::Sleep);
    assert_eq!(two.trace(), "peek, lock");
    one.lead().finish();
    two.finish();
    assert_eq!((two.trace().as_str(), two.token().as_str()), ("peek, lock, sleep, peek", "T1"));
}

#[test]
fn nothing_sleeps_under_the_lock() {
    let mut one = Scenario::new();
    one.lead().until(Stage::Send).replied(503, &[], "");
    one.finish();
    let expected =
        "peek, lock, ask password, send authenticate, unlock, sleep, peek, lock, send authenticate, save T1 R1, unlock";
    assert_eq!(one.trace(), expected, "and the secret is asked for once");
}

/// Whose store takes longer than the margin of a lease has the lock, and never the time to use it.
#[test]
fn a_store_that_is_too_slow_is_not_another_login() {
    let mut one = Scenario::new();
    one.lead();
    while matches!(one.landed(), Landed::Flying) {
        one.until(Stage::Lock).pass(Policy::default().lease_margin).answer_well();
    }
    assert!(one.error().to_string().contains("the store is too slow"), "{}", one.error());
}

#[test]
fn a_lock_that_stays_busy_fails_in_the_flights_own_time() {
    let mut one = Scenario::new();
    let begun = one.now;
    one.lead();
    while matches!(one.landed(), Landed::Flying) {
        one.until(Stage::Lock).locked(Ok(Lock::Busy));
        if matches!(one.landed(), Landed::Flying) {
            one.until(Stage::Sleep);
            one.answer_well();
        }
    }
    assert!(one.error().to_string().contains("holds the lock"), "{}", one.error());
    let took = one.now.mono.saturating_sub(begun.mono);
    assert!(took > seconds(80) && took <= seconds(90), "{took:?}");
}

#[test]
fn a_refresh_is_marked_before_it_is_sent() {
    let mut one = Scenario::new();
    one.lead().finish();
    one.pass(HOUR).hush().lead().finish();
    assert_eq!(one.trace(), "peek, lock, save T1 R1 marked, send refresh R1, save T2 R2, unlock");
}

#[test]
fn a_wish_for_a_long_life_makes_no_call_a_login() {
    let mut one = Scenario::new();
    let want = Want { min_life: HOUR * 10, not: None };
    one.lead_with(&want).finish();
    assert!(matches!(one.machine.outcome(one.now, one.flight(), &want), Landed::Ok(_)));
    one.pass(HOUR / 20);
    assert_eq!(word(&one.machine.get(one.now, &want)), "ready", "a new one is long enough for any wish");
    one.pass(HOUR / 5);
    assert_eq!(word(&one.machine.get(one.now, &want)), "lead");
}

#[test]
fn a_token_that_will_not_do_is_not_taken_from_the_store_either() {
    let mut one = Scenario::new();
    one.lead().finish();
    let mut two = one.peer();
    let want = Want { not: Some(Scenario::id("T1")), ..Want::default() };
    two.lead_with(&want).finish();
    assert_eq!(two.token(), "T2");
}

/// Two thirds of T1's life are over when a new process starts, and its first caller wants more than is left.
fn choosy() -> (Scenario, Want) {
    let mut one = Scenario::new();
    one.lead().finish();
    let mut two = one.peer();
    two.pass(HOUR * 2 / 3);
    (two, Want { min_life: HOUR * 3 / 4, not: None })
}

#[test]
fn a_token_that_will_not_do_for_the_leader_serves_the_others_at_once() {
    let (mut two, want) = choosy();
    two.lead_with(&want);
    assert_eq!(word(&two.get()), "wait");
    two.finish();
    assert_eq!((two.trace().as_str(), two.token().as_str()), ("peek", "T1"), "whoever waited has it");
    assert_eq!(two.machine.outcome(two.now, two.flight(), &want), Landed::Again, "whoever led asks again");
    two.hush().lead_with(&want);
    assert_eq!(word(&two.get()), "ready");
    two.finish();
    let expected = "peek, lock, save T1 R1 marked, send refresh R1, save T2 R2, unlock";
    assert_eq!((two.trace().as_str(), two.token().as_str()), (expected, "T2"));
}

#[test]
fn it_serves_them_though_the_leader_fails() {
    let (mut two, want) = choosy();
    two.lead_with(&want).finish();
    two.lead_with(&want).until(Stage::Send).replied(429, &[("retry-after", "600")], "").finish();
    assert_eq!(word(&two.machine.get(two.now, &want)), "closed");
    assert_eq!(word(&two.get()), "ready");
}

#[test]
fn it_does_so_too_if_it_is_found_under_the_lock() {
    let (mut two, want) = choosy();
    let found = two.store.borrow_mut().take();
    two.lead_with(&want).until(Stage::Lock);
    *two.store.borrow_mut() = found;
    two.finish();
    assert_eq!((two.trace().as_str(), two.token().as_str()), ("peek, lock, unlock", "T1"));
    assert_eq!(two.lead_with(&want).finish().token(), "T2");
}

/// It is good for longer than the one in hand, though it is to be renewed as well.
#[test]
fn a_renewal_ahead_takes_what_lives_longer_and_goes_on_at_the_next_call() {
    let mut one = Scenario::new();
    one.lead().finish();
    let mut two = one.peer();
    two.lead().finish();
    one.pass(seconds(100)).lead_with(&Want { not: Some(Scenario::id("T1")), ..Want::default() }).finish();
    one.pass(HOUR * 9 / 10);
    two.now = one.now;
    two.hush().lead().finish();
    assert_eq!((two.trace().as_str(), two.token().as_str()), ("peek", "T2"));
    two.hush().lead().until(Stage::Send);
    assert_eq!(word(&two.get()), "ready");
}

#[test]
fn a_busy_lock_is_waited_for_longer_each_time() {
    let mut one = Scenario::new();
    one.lead();
    for longest in [20, 40, 80, 160, 320, 640, 1000, 1000].map(Duration::from_millis) {
        let todo = one.until(Stage::Lock).locked(Ok(Lock::Busy)).until(Stage::Sleep).take();
        let Some(Todo::Sleep(slot)) = &todo else { panic!("no sleep") };
        let wait = slot.until().remaining(one.now);
        assert!((longest / 2..=longest).contains(&wait), "{wait:?} of {longest:?}");
        one.put(todo);
        one.answer_well();
    }
}

#[test]
fn a_lease_has_time_for_a_send_and_the_policys_margin() {
    let todo = Scenario::new().lead().until(Stage::Lock).take();
    let Some(Todo::Lock(slot)) = &todo else { panic!("no lock") };
    assert_eq!(slot.lease(), EgressRules::default().timeout + Policy::default().lease_margin);
}
