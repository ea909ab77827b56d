//! Secrets that cannot be had. They are asked for under the lock, which others want too (invariant 12).

use hallpass_core::error::{Error, Misuse};
use hallpass_core::lifecycle::{Policy, Todo};
use hallpass_testkit::scenario::{Scenario, Stage};

use super::{HOUR, seconds, word};

/// A caller who leads, and whose source fails if it is asked.
fn call(one: &mut Scenario) {
    let todo = {
        one.lead().until(Stage::Lock).answer_well();
        one.take()
    };
    let asks = matches!(todo, Some(Todo::Secret(_)));
    one.put(todo);
    if asks {
        one.no_secret();
    }
    one.finish();
    assert!(matches!(one.error(), Error::Misuse(Misuse::Secret { .. })), "{}", one.error());
}

#[test]
fn a_source_that_fails_is_not_asked_at_every_call() {
    let mut one = Scenario::new();
    for _ in 0..600 {
        call(&mut one);
        one.pass(seconds(1));
    }
    let asked = one.trace().matches("ask").count();
    assert!((15..100).contains(&asked), "{asked} times in ten minutes");
    one.pass(Policy::default().backoff_cap).lead().finish();
    assert_eq!(one.token(), "T1");
}

#[test]
fn what_somebody_else_has_saved_needs_no_secret() {
    let mut one = Scenario::new();
    for _ in 0..5 {
        call(&mut one);
        one.pass(seconds(1));
    }
    one.peer().lead().finish();
    one.hush().lead().finish();
    assert_eq!((one.trace().as_str(), one.token().as_str()), ("peek", "T1"));
}

#[test]
fn a_token_that_is_still_good_is_served_without_a_flight_for_each_call() {
    let mut one = Scenario::new();
    one.lead().finish();
    let mut record = one.store.borrow_mut().take().expect("a record");
    record.held.refresh_token = None;
    *one.store.borrow_mut() = Some(record);
    one.pass(HOUR * 9 / 10).hush().lead().until(Stage::Secret).no_secret().finish();
    assert_eq!(word(&one.get()), "ready");
    one.pass(Policy::default().backoff_cap).lead().finish();
    assert_eq!(one.token(), "T2");
}
