//! Marks: what is spent is marked before it is sent, and a mark that somebody left is never sent under.

use std::sync::Arc;

use hallpass_core::Endpoint;
use hallpass_core::dialect::{Ambiguity, PasswordForm};
use hallpass_core::error::{Denied, Error, Retry, StoreFailure, StoreTask};
use hallpass_core::lifecycle::{Landed, Policy, SaveError};
use hallpass_testkit::dialects::Imported;
use hallpass_testkit::scenario::{Scenario, Stage};

use super::{HOUR, seconds, word};

/// One that has T1 and R1, whose time is over.
fn spent() -> Scenario {
    let mut one = Scenario::new();
    one.lead().finish();
    one.pass(HOUR).hush();
    one
}

fn imported() -> Scenario {
    let url = Endpoint::parse("https://auth.example/token").expect("a URL");
    let mut one = Scenario::of(Arc::new(Imported::new(url)), Policy::default());
    one.import("R0");
    one
}

#[test]
fn a_marked_token_found_by_a_peek_only_says_try_the_lock() {
    let mut one = spent();
    one.lead().until(Stage::Send).take();
    let mut two = one.peer();
    two.lead().until(Stage::Lock);
    assert_eq!(two.trace(), "peek");
}

#[test]
fn a_marked_token_found_under_the_lock_is_never_sent() {
    let mut one = spent();
    one.lead().until(Stage::Send).take();
    let mut two = one.peer();
    two.lead().finish();
    assert_eq!(two.trace(), "peek, lock, ask password, send authenticate, save T2 R2, unlock");
}

#[test]
fn a_token_whose_mark_was_taken_back_is_refreshed_by_whoever_passed_it_over() {
    let mut one = spent();
    one.lead().until(Stage::Send);
    let mut two = one.peer();
    two.lead().until(Stage::Send).not_sent().until(Stage::Sleep);
    one.not_sent().until(Stage::Sleep);
    two.hush().finish();
    assert_eq!(two.trace(), "sleep, peek, lock, save T1 R1 marked, send refresh R1, save T2 R2, unlock");
}

/// Invariant 12: the wish comes with the answer to a flight that was given up.
#[test]
fn what_a_server_asks_for_while_a_mark_is_saved_is_heard() {
    let mut one = spent();
    let down = StoreFailure::new(StoreTask::Reading, "down");
    one.lead().peeked(Err(down)).until(Stage::Send);
    let (flight, alone) = (one.flight(), one.take());
    one.machine.abandon(flight);
    let marking = one.hush().lead().until(Stage::Save).take();
    one.put(alone).replied(429, &[("retry-after", "120")], "").put(marking).finish();
    assert_eq!(one.trace(), "peek, lock, send authenticate, save T1 R1 marked, save T1 R1, unlock");
    assert_eq!(one.error().retry(), Retry::After(seconds(120)));
}

#[test]
fn an_ambiguous_refresh_authenticates_at_once() {
    let mut one = spent();
    one.lead().until(Stage::Send).maybe_sent().finish();
    let expected =
        "peek, lock, save T1 R1 marked, send refresh R1, ask password, send authenticate, save T2 R2, unlock";
    assert_eq!(one.trace(), expected);
}

#[test]
fn not_sent_clears_the_mark_and_sends_again() {
    let mut one = spent();
    one.lead().until(Stage::Send).not_sent().finish();
    let expected = "peek, lock, save T1 R1 marked, send refresh R1, save T1 R1, unlock, sleep, \
                    peek, lock, save T1 R1 marked, send refresh R1, save T2 R2, unlock";
    assert_eq!(one.trace(), expected);
}

#[test]
fn a_mark_that_could_not_be_taken_back_is_marked_anew() {
    let mut one = spent();
    one.lead().until(Stage::Send).not_sent().until(Stage::Save);
    one.save_failed(SaveError::NotApplied("no space".into()), false).finish();
    let expected = "peek, lock, save T1 R1 marked, send refresh R1, save T1 R1, unlock, sleep, \
                    peek, lock, save T1 R1 marked, send refresh R1, save T2 R2, unlock";
    assert_eq!(one.trace(), expected);
}

#[test]
fn a_mark_that_could_not_be_saved_sends_nothing_and_authenticates_alone() {
    let mut one = spent();
    one.lead().until(Stage::Save).save_failed(SaveError::NotApplied("no space".into()), false);
    one.finish();
    assert_eq!(one.trace(), "peek, lock, save T1 R1 marked, ask password, send authenticate, unlock");
    assert!(one.grant().is_unsaved());
}

/// The save was reported failed and was applied: the mark is known to mean nothing, and only to its writer.
#[test]
fn an_own_mark_that_was_applied_all_the_same_is_marked_anew() {
    let mut one = spent();
    one.lead().until(Stage::Save).save_failed(SaveError::Unknown("reset".into()), true);
    one.until(Stage::Send).refused().finish();
    assert_eq!(one.stored(), "T1 R1 marked");
    one.secrets = hallpass_core::Secrets::one(hallpass_core::secret::PASSWORD, "another");
    one.pass(HOUR).hush().lead().finish();
    assert_eq!(one.trace(), "peek, lock, save T1 R1 marked, send refresh R1, save T2 R2, unlock");
}

/// Nobody else knows that it means nothing.
#[test]
fn whoever_ends_takes_back_a_mark_that_nothing_was_sent_under() {
    let mut one = imported();
    one.lead().until(Stage::Save).save_failed(SaveError::Unknown("reset".into()), true).finish();
    assert!(matches!(one.error(), Error::Store(_)) && one.stored() == "R0 marked", "{}", one.stored());
    assert!(one.hush().settle());
    one.finish();
    assert_eq!((one.trace().as_str(), one.stored().as_str()), ("lock, save R0, unlock", "R0"));
    assert!(!one.settle());

    let mut ahead = Scenario::new();
    ahead.lead().finish();
    ahead.pass(HOUR * 9 / 10).hush().lead();
    ahead.until(Stage::Save).save_failed(SaveError::Unknown("reset".into()), true).finish();
    assert_eq!(ahead.stored(), "T1 R1 marked");
    assert!(ahead.hush().settle());
    ahead.finish();
    assert_eq!((ahead.trace().as_str(), ahead.stored().as_str()), ("lock, save T1 R1, unlock", "T1 R1"));

    let mut gone = imported();
    gone.lead().until(Stage::Save).save_failed(SaveError::Unknown("reset".into()), false).finish();
    assert!(gone.hush().settle());
    gone.finish();
    assert_eq!((gone.trace().as_str(), gone.settle()), ("lock, unlock", false), "it never stood there");

    let mut sent = imported();
    sent.lead().until(Stage::Send).maybe_sent().finish();
    assert!(!sent.settle(), "something may have been sent under that one");
}

#[test]
fn a_mark_that_lost_its_lease_begins_again() {
    let mut one = spent();
    one.lead().until(Stage::Save);
    let record = one.store.borrow().clone().expect("a record");
    let gone = SaveError::LeaseGone(Box::new(hallpass_core::lifecycle::Loaded { record, age: None }));
    one.save_failed(gone, false).finish();
    let expected =
        "peek, lock, save T1 R1 marked, unlock, peek, lock, save T1 R1 marked, send refresh R1, save T2 R2, unlock";
    assert_eq!(one.trace(), expected);
}

#[test]
fn a_refresh_answered_without_a_new_token_frees_the_old_one() {
    let mut one = spent();
    one.lead().until(Stage::Send).replied(200, &[], r#"{"access_token":"T9","expires_in":60}"#).finish();
    assert_eq!(one.stored(), "T9 R1");
    one.pass(HOUR).hush().lead().finish();
    assert_eq!(one.trace(), "peek, lock, save T9 R1 marked, send refresh R1, save T2 R2, unlock");
}

#[test]
fn an_authentication_without_a_refresh_token_does_not_revive_a_marked_one() {
    let mut one = spent();
    one.lead().until(Stage::Send).maybe_sent().until(Stage::Send);
    one.replied(200, &[], r#"{"access_token":"T9","expires_in":60}"#).finish();
    assert_eq!(one.stored(), "T9");
}

#[test]
fn with_nothing_to_follow_the_finder_writes_nothing_and_says_what_is_lost() {
    let mut one = imported();
    one.lead().until(Stage::Send).maybe_sent().finish();
    let Error::Denied(Denied::LostRefresh { since: Some(_), by: Some(by), cause: Some(_) }) = one.error() else {
        panic!("{:?}", one.error());
    };
    assert_eq!((by.as_str(), one.stored().as_str()), ("one", "R0 marked"));
    let mut two = one.peer();
    two.lead().finish();
    assert!(matches!(two.error(), Error::Denied(Denied::LostRefresh { .. })));
    assert_eq!((two.trace().as_str(), one.stored().as_str()), ("peek, lock, unlock", "R0 marked"));
    one.import("R8");
    two.hush().lead().finish();
    assert_eq!(two.trace(), "peek, lock, save R8 marked, send refresh R8, save T1 R1, unlock");
}

#[test]
fn authentication_that_is_impossible_is_as_good_as_stop() {
    let url = Endpoint::parse("https://auth.example/token").expect("a URL");
    let dialect = Imported::new(url).on_lost_refresh(Ambiguity::Authenticate);
    let mut one = Scenario::of(Arc::new(dialect), Policy::default());
    one.import("R0").lead().until(Stage::Send).maybe_sent().finish();
    assert!(matches!(one.error(), Error::Denied(Denied::LostRefresh { .. })));
}

#[test]
fn a_token_that_does_not_rotate_is_sent_again_without_a_mark() {
    let url = Endpoint::parse("https://auth.example/token").expect("a URL");
    let dialect = PasswordForm::new(url, "me").on_lost_refresh(Ambiguity::Resend);
    let mut one = Scenario::of(Arc::new(dialect), Policy::default());
    one.lead().finish();
    one.pass(HOUR).hush().lead().until(Stage::Send).maybe_sent().finish();
    let expected = "peek, lock, send refresh R1, unlock, sleep, peek, lock, send refresh R1, save T2 R2, unlock";
    assert_eq!(one.trace(), expected);
}

#[test]
fn a_mark_answered_after_the_flight_is_over_is_remembered_as_unsent() {
    let mut one = spent();
    one.lead().until(Stage::Save);
    let flight = one.flight();
    one.machine.abandon(flight);
    one.finish();
    assert_eq!((one.trace().as_str(), one.landed()), ("peek, lock, save T1 R1 marked, unlock", Landed::Again));
    assert_eq!(word(&one.get()), "lead");
    one.hush();
    let flying = one.machine.flying().expect("it leads");
    one.machine.abandon(flying);
    one.lead().finish();
    assert_eq!(one.trace(), "peek, lock, save T1 R1 marked, send refresh R1, save T2 R2, unlock");
}

#[test]
fn what_came_in_place_of_an_answer_is_told() {
    let mut one = imported();
    one.lead().until(Stage::Send).replied(302, &[("location", "https://elsewhere.example/")], "").finish();
    let said = one.error().to_string();
    assert!(said.contains("redirect to https://elsewhere.example") && said.contains("import a new"), "{said}");

    let mut down = imported();
    down.lead().until(Stage::Send).replied(500, &[], "").finish();
    let said = down.error().to_string();
    assert!(said.contains("cannot answer now: 500") && !said.contains("Trying again"), "{said}");
}

#[test]
fn an_irreplaceable_token_is_kept_unless_it_is_refused_itself() {
    for (status, body) in [
        (403, "<html>blocked</html>"),
        (400, "<html>blocked</html>"),
        (401, r#"{"error":"unauthorized_client"}"#),
        (404, ""),
        (401, "Unauthorized"),
        (400, ""),
    ] {
        let mut one = imported();
        one.lead().until(Stage::Send).replied(status, &[], body).finish();
        assert_eq!(one.stored(), "R0 closed", "{body}");
        let may_have_ended = [(401, "Unauthorized"), (400, "")].contains(&(status, body));
        assert_eq!(one.error().to_string().contains("import"), may_have_ended, "{}", one.error());
        let mut two = one.peer();
        two.lead().finish();
        assert!(matches!(two.error(), Error::Denied(Denied::Latched { .. })), "{:?}", two.error());
        two.import("R8");
        one.pass(seconds(10)).hush().lead().finish();
        assert_eq!(one.trace(), "peek, lock, save R8 marked, send refresh R8, save T1 R1, unlock");
    }
    for (status, body) in [(400, r#"{"error":"invalid_grant"}"#), (403, r#"{"error":"token_revoked"}"#)] {
        let mut one = imported();
        one.lead().until(Stage::Send).replied(status, &[], body).finish();
        assert!(!one.stored().contains("R0"), "{}", one.stored());
        assert!(one.error().to_string().contains("Import a new refresh token"), "{}", one.error());
    }
}

/// The first stands in the store, and a second cannot even be set.
#[test]
fn whoever_ends_takes_back_an_earlier_mark_too() {
    let full = || SaveError::NotApplied("no space".into());
    let mut one = imported();
    one.lead().until(Stage::Send).not_sent().until(Stage::Save).save_failed(full(), false);
    one.until(Stage::Save).save_failed(full(), false).finish();
    assert_eq!(one.stored(), "R0 marked");
    assert!(one.settle());
    one.finish();
    assert_eq!((one.stored().as_str(), one.settle()), ("R0", false));
}

#[test]
fn whoever_ends_takes_back_a_mark_whose_request_is_found_unsent_late() {
    let mut one = imported();
    let flight = one.lead().until(Stage::Send).flight();
    one.machine.abandon(flight);
    one.not_sent().finish();
    assert!(one.settle());
    one.finish();
    assert_eq!(one.stored(), "R0");
}
