//! A token from the store, and what its clocks say.

use hallpass_core::lifecycle::Want;
use hallpass_testkit::scenario::{Scenario, Stage};

use super::{HOUR, seconds, short_of_an_hour, word};

#[test]
fn the_stores_own_clock_decides_where_there_is_one() {
    let mut one = Scenario::new();
    one.lead().finish();
    let mut two = one.peer();
    two.age = Some(HOUR / 2);
    two.lead().finish();
    assert_eq!(two.grant().expires_in(two.now), Some(HOUR / 2));
    let mut three = one.peer();
    three.age = Some(HOUR);
    three.lead().finish();
    assert_eq!(three.token(), "T2");
}

/// The answer was on its way for ten minutes.
#[test]
fn an_answer_is_as_old_as_its_question() {
    let mut one = Scenario::new();
    one.lead().finish();
    let mut two = one.peer();
    two.age = Some(HOUR / 2);
    two.lead().pass(seconds(600)).finish();
    assert_eq!(two.grant().expires_in(two.now), Some(seconds(1200)));
}

/// The store counts from the last save, and a mark is one.
#[test]
fn a_mark_makes_no_grant_younger() {
    let mut one = Scenario::new();
    one.lead().finish();
    let mut two = one.peer();
    two.age = Some(short_of_an_hour(400));
    let want = Want { min_life: HOUR, not: None };
    two.lead_with(&want).finish();
    two.lead_with(&want).until(Stage::Send);
    let kept = two.store.borrow().clone().and_then(|record| record.grant).expect("a grant");
    assert_eq!(kept.age_when_saved, short_of_an_hour(400));
}

#[test]
fn a_record_from_the_future_counts_as_expired() {
    let mut one = Scenario::new();
    one.lead().finish();
    let mut two = one.peer();
    two.now.wall -= seconds(119);
    two.lead().finish();
    assert_eq!(two.token(), "T1", "two minutes are the difference of two clocks");
    let mut three = one.peer();
    three.now.wall -= seconds(121);
    three.lead().finish();
    assert_eq!(three.token(), "T2");
}

#[test]
fn a_token_in_hand_gets_no_younger_when_the_wall_clock_is_set_back() {
    let mut one = Scenario::new();
    one.lead().finish();
    one.pass(HOUR);
    one.now.wall -= HOUR;
    one.lead().finish();
    assert_eq!(one.token(), "T2");
}

#[test]
fn a_token_before_the_one_in_hand_gets_no_younger_either() {
    let mut one = Scenario::new();
    one.lead().finish();
    let old = one.store.borrow().clone();
    one.pass(HOUR).lead().finish();
    one.pass(HOUR);
    one.now.wall -= HOUR * 2;
    *one.store.borrow_mut() = old;
    one.lead().finish();
    assert_eq!(one.token(), "T3");
}

#[test]
fn a_renewal_ahead_takes_only_a_fresher_one() {
    let mut one = Scenario::new();
    one.lead().finish();
    let mut two = one.peer();
    two.lead().finish();
    one.pass(HOUR * 17 / 20 + seconds(180));
    two.now = one.now;
    assert_eq!(word(&two.get()), "refresh");
    let flying = two.machine.flying().expect("it flies");
    two.machine.abandon(flying);
    one.lead().finish();
    two.hush().lead().finish();
    assert_eq!((two.trace().as_str(), two.token()), ("peek", one.token()));
}

/// T1 came back into the store while T2 was in hand, and by the store's clock it is older than we thought.
#[test]
fn the_stores_clock_is_believed_of_a_token_that_was_in_hand_where_it_says_less() {
    let mut one = Scenario::new();
    one.lead().finish();
    let old = one.store.borrow().clone();
    one.lead_with(&Want { not: Some(Scenario::id("T1")), ..Want::default() }).finish();
    one.machine.invalidate(Scenario::id("T2"));
    *one.store.borrow_mut() = old;
    one.age = Some(HOUR / 2);
    one.lead().finish();
    assert_eq!((one.token().as_str(), one.grant().expires_in(one.now)), ("T1", Some(HOUR / 2)));
}

#[test]
fn only_what_was_had_here_is_new() {
    let mut one = Scenario::new();
    let begun = one.now;
    one.lead().finish();
    assert!(one.grant().is_new_since(begun));
    assert!(!one.grant().is_new_since(begun.after(seconds(1))));
    let mut two = one.peer();
    two.lead().finish();
    assert!(!two.grant().is_new_since(begun), "it was in the store");
    assert_ne!(
        one.grant().detached().header_value().as_bytes().as_ptr(),
        one.grant().header_value().as_bytes().as_ptr()
    );
}
