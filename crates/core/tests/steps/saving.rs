//! Saves that fail: a mark that cannot be kept stops the send, a gain that cannot be kept is served.

use hallpass_core::dialect::Goal;
use hallpass_core::error::{StoreFailure, StoreTask};
use hallpass_core::step::{Login, Outcome, Step};
use hallpass_core::{EgressRules, Error, Retry, SendError};

use crate::world::{ROTATED, World, held, password_form, reply, start, user_key};

fn store_failure() -> Error {
    Error::Store(StoreFailure::new(StoreTask::Saving, "no space"))
}

#[test]
fn a_mark_that_cannot_be_saved_stops_the_send() {
    let run = World::new(&user_key()).holding(held("K", "R1")).failing_save(0).answered(200, &[], ROTATED);
    assert_eq!(run.trace, ["save K R1 marked RefreshToken"]);
    assert_eq!(run.error(), &store_failure());
    assert!(matches!(run.error().retry(), Retry::After(_)));

    let run = World::new(&user_key()).registering().failing_save(0).answered(200, &[], r#"{"user_key":"K"}"#);
    assert_eq!(run.trace, ["ask user_secret", "save marked Registration"]);
    assert_eq!(run.error(), &store_failure());
}

#[test]
fn a_gain_that_cannot_be_saved_is_served_all_the_same() {
    let run = World::new(&user_key()).holding(held("K", "R1")).failing_save(1).answered(200, &[], ROTATED);
    assert_eq!(run.trace, ["save K R1 marked RefreshToken", "send refresh", "save K R2"]);
    assert_eq!(run.grant().header_value(), "Bearer T1");

    let run = World::new(&user_key()).registering().failing_save(1).answered(200, &[], r#"{"user_key":"K"}"#);
    assert!(matches!(&run.end, Ok(Outcome::UserKey(key)) if key.expose() == "K"));
}

#[test]
fn a_fallback_goes_on_though_the_dropped_token_could_not_be_saved() {
    let replies = [Ok(reply(400, &[], "")), Ok(reply(200, &[], ROTATED))];
    let run = World::new(&password_form()).holding(held("", "R1")).failing_save(1).answers(replies);
    assert_eq!(run.trace.last().expect("a save"), "save R2");
    assert_eq!(run.grant().header_value(), "Bearer T1");
}

/// The failure that is told is the one that matters to the caller; the store keeps a mark, which is safe.
#[test]
fn a_mark_that_cannot_be_taken_back_does_not_hide_why_nothing_was_sent() {
    let lost = [Err(SendError::NotSent("no route".into()))];
    let run = World::new(&user_key()).holding(held("K", "R1")).failing_save(1).answers(lost);
    assert_eq!(run.unreachable().cause, "no route");
}

#[test]
fn a_save_before_a_failure_says_why_and_any_other_says_nothing() {
    let (dialect, rules) = (user_key(), EgressRules::default());
    let step = Login::new(&dialect, &rules).start(start(), Goal::Token, held("", "R1"), None);
    let Step::Save(marking) = step else { panic!("no mark") };
    assert_eq!(marking.error(), None);
    let Step::Send(sending) = marking.saved(start()) else { panic!("no send") };
    let Step::Save(clearing) = sending.replied(Ok(reply(400, &[], r#"{"error":"invalid_grant"}"#))) else {
        panic!("no save")
    };
    assert_eq!(clearing.error().and_then(Error::code), Some("invalid_grant"));
}
