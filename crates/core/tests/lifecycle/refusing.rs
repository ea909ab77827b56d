//! A refused refresh: who else may have rotated it, and what it clears.

use std::sync::Arc;

use hallpass_core::Endpoint;
use hallpass_core::dialect::{Ambiguity, BasicForm, PasswordForm};
use hallpass_core::lifecycle::{Policy, Revision, SaveError};
use hallpass_testkit::dialects::Imported;
use hallpass_testkit::scenario::{Scenario, Stage};

use super::HOUR;

#[test]
fn a_refused_refresh_reads_again_and_authenticates_once() {
    let mut one = Scenario::new();
    one.lead().finish();
    one.pass(HOUR).hush().lead().until(Stage::Send).refused().finish();
    let expected =
        "peek, lock, save T1 R1 marked, send refresh R1, peek, ask password, send authenticate, save T2 R2, unlock";
    assert_eq!(one.trace(), expected);
}

#[test]
fn a_refused_refresh_that_somebody_rotated_adopts_what_it_finds() {
    let mut one = Scenario::new();
    one.lead().finish();
    one.pass(HOUR).hush().lead().until(Stage::Send);
    let mut two = one.peer();
    two.lead().finish();
    one.refused().finish();
    assert_eq!(one.trace(), "peek, lock, save T1 R1 marked, send refresh R1, peek, unlock");
    assert_eq!(one.token(), two.token());
}

#[test]
fn a_refusal_with_nothing_to_fall_back_on_clears_the_token() {
    let url = Endpoint::parse("https://auth.example/token").expect("a URL");
    let mut one = Scenario::of(Arc::new(Imported::new(url)), Policy::default());
    one.import("R0").lead().until(Stage::Send).refused().finish();
    assert_eq!(one.stored(), "empty");
    assert!(one.error().to_string().contains("was refused"), "{}", one.error());
}

/// A parameter is missing, say: with the right one the token is as good as before.
#[test]
fn a_request_that_is_wrong_costs_no_imported_token() {
    let url = Endpoint::parse("https://auth.example/token").expect("a URL");
    let mut one = Scenario::of(Arc::new(Imported::new(url)), Policy::default());
    one.import("R0").lead().until(Stage::Send).replied(400, &[], r#"{"error":"invalid_request"}"#).finish();
    assert_eq!(one.stored(), "R0 closed");
}

#[test]
fn a_token_that_does_not_rotate_is_given_up_once_it_is_refused() {
    let url = Endpoint::parse("https://auth.example/token").expect("a URL");
    let dialect = PasswordForm::new(url, "me").on_lost_refresh(Ambiguity::Resend);
    let mut one = Scenario::of(Arc::new(dialect), Policy::default());
    one.lead().finish();
    one.pass(HOUR).hush().lead().until(Stage::Send).refused().finish();
    let expected = "peek, lock, send refresh R1, peek, ask password, send authenticate, save T2 R2, unlock";
    assert_eq!(one.trace(), expected);
}

/// R1 was refused, then R8 was found: what clears the one must not clear the other.
#[test]
fn a_refusal_clears_only_what_was_refused() {
    let mut one = Scenario::new();
    one.lead().finish();
    one.pass(HOUR).hush().lead().until(Stage::Send).refused().until(Stage::Send);
    one.replied(503, &[], "").until(Stage::Sleep);
    let mut newer = one.store.borrow().clone().expect("a record");
    newer.revision = Revision(8);
    newer.held.refresh_token = Some(hallpass_core::RefreshToken::new("R8"));
    newer.spending = None;
    *one.store.borrow_mut() = Some(newer);
    one.until(Stage::Send).not_sent().until(Stage::Sleep);
    assert_eq!(one.stored(), "T1 R8", "its mark is taken back, and it stays");
    one.finish();
    assert!(one.trace().ends_with("save T1 R8 marked, send refresh R8, save T2 R2, unlock"), "{}", one.trace());
}

fn with_client() -> Scenario {
    let url = Endpoint::parse("https://auth.example/token").expect("a URL");
    let mut one = Scenario::of(Arc::new(BasicForm::new(url, "client")), Policy::default());
    one.secrets = hallpass_core::Secrets::one(hallpass_core::secret::CLIENT_SECRET, "s3cret");
    one
}

#[test]
fn a_client_that_is_refused_keeps_its_refresh_token() {
    let mut one = with_client();
    one.lead().finish();
    one.pass(HOUR).hush().lead().until(Stage::Send).replied(401, &[], r#"{"error":"invalid_client"}"#).finish();
    assert_eq!(one.stored(), "T1 R1 closed");
}

/// Without a mark, only the flight itself knows that it was refused.
#[test]
fn a_refused_token_is_not_sent_again_after_a_wait() {
    let url = Endpoint::parse("https://auth.example/token").expect("a URL");
    let dialect = PasswordForm::new(url, "me").on_lost_refresh(Ambiguity::Resend);
    let mut one = Scenario::of(Arc::new(dialect), Policy::default());
    one.lead().finish();
    one.pass(HOUR).hush().lead().until(Stage::Send).refused().until(Stage::Send).replied(503, &[], "").finish();
    let expected = "peek, lock, send refresh R1, peek, ask password, send authenticate, unlock, sleep, \
                    peek, lock, send authenticate, save T2 R2, unlock";
    assert_eq!(one.trace(), expected);
}

/// R1 was refused, then R8 was found, and with it the client.
#[test]
fn a_refused_client_clears_no_token_that_was_found_since() {
    let mut one = with_client();
    one.lead().finish();
    one.pass(HOUR).lead().until(Stage::Send).refused().until(Stage::Send).replied(503, &[], "").until(Stage::Sleep);
    let mut newer = one.store.borrow().clone().expect("a record");
    (newer.revision, newer.spending) = (Revision(8), None);
    newer.held.refresh_token = Some(hallpass_core::RefreshToken::new("R8"));
    *one.store.borrow_mut() = Some(newer);
    one.until(Stage::Send).replied(401, &[], r#"{"error":"invalid_client"}"#).finish();
    assert_eq!(one.stored(), "T1 R8 closed");
}

/// It may be spent, and the next one must know.
#[test]
fn a_refused_authentication_leaves_the_mark_of_a_lost_refresh() {
    let mut one = Scenario::new();
    one.lead().finish();
    one.pass(HOUR).lead().until(Stage::Send).maybe_sent().until(Stage::Send).refused().finish();
    assert_eq!(one.stored(), "T1 R1 marked closed");
}

#[test]
fn a_refresh_that_is_refused_at_the_last_try_is_not_followed_by_a_fifth_send() {
    let mut one = Scenario::new();
    one.lead().finish();
    one.pass(HOUR).hush().lead();
    for _ in 0..3 {
        one.until(Stage::Send).not_sent();
    }
    one.until(Stage::Send).refused().finish();
    assert_eq!((one.trace().matches("send").count(), one.error().code()), (4, Some("invalid_grant")));
}

/// Only this process knows that the token was not looked at.
#[test]
fn a_refused_client_whose_latch_cannot_be_saved_costs_no_imported_token() {
    for late in [false, true] {
        let url = Endpoint::parse("https://auth.example/token").expect("a URL");
        let mut one = Scenario::of(Arc::new(Imported::new(url)), Policy::default());
        let flight = one.import("R0").lead().until(Stage::Send).flight();
        one.replied(401, &[], r#"{"error":"invalid_client"}"#);
        if late {
            one.machine.abandon(flight);
        }
        one.save_failed(SaveError::NotApplied("no space".into()), false).finish();
        assert_eq!(one.stored(), "R0 marked");
        assert!(one.settle());
        one.hush().finish();
        assert_eq!((one.trace().as_str(), one.stored().as_str()), ("lock, save R0, unlock", "R0"));
        one.pass(HOUR).hush().lead().finish();
        assert_eq!(one.trace(), "peek, lock, save R0 marked, send refresh R0, save T1 R1, unlock");
    }
}

const PAGE: &str = "<html>no such page</html>";

/// One whose refresh met a gateway's page.
fn doubted() -> Scenario {
    let mut one = Scenario::new();
    one.lead().finish();
    one.pass(HOUR).hush().lead().until(Stage::Send).replied(404, &[], PAGE);
    one
}

/// The password that could replace the token is not to be had.
#[test]
fn a_gateways_page_costs_no_refresh_token() {
    let mut one = doubted();
    one.until(Stage::Secret).no_secret().finish();
    let expected = "peek, lock, save T1 R1 marked, send refresh R1, peek, ask password, unlock";
    assert_eq!((one.trace().as_str(), one.settle()), (expected, true));
    one.finish();
    assert_eq!(one.stored(), "T1 R1");
    one.pass(HOUR).hush().lead().finish();
    assert_eq!(one.trace(), "peek, lock, save T1 R1 marked, send refresh R1, save T2 R2, unlock");
}

/// At once, after a wait, or under a new lock since the page took its time.
#[test]
fn a_page_for_the_password_too_costs_no_refresh_token() {
    let mut waited = doubted();
    waited.until(Stage::Send).replied(503, &[], "");
    let mut slow = Scenario::new();
    slow.lead().finish();
    slow.pass(HOUR).lead().until(Stage::Send).pass(super::seconds(20)).replied(404, &[], PAGE);
    for mut one in [doubted(), waited, slow] {
        one.until(Stage::Send).replied(404, &[], PAGE).finish();
        assert_eq!(one.stored(), "T1 R1 closed", "{}", one.trace());
    }
}

#[test]
fn a_page_is_remembered_though_the_flight_is_given_up() {
    let mut one = doubted();
    let flight = one.flight();
    one.machine.abandon(flight);
    one.finish();
    assert!(one.settle());
    one.finish();
    assert_eq!(one.stored(), "T1 R1");
}

#[test]
fn a_doubted_refresh_token_goes_once_there_is_a_token_without_it() {
    for (given, stored) in [("", "T9"), (r#","refresh_token":"R9""#, "T9 R9")] {
        let mut one = doubted();
        one.until(Stage::Send).replied(200, &[], &format!(r#"{{"access_token":"T9","expires_in":3600{given}}}"#));
        one.finish();
        assert_eq!((one.stored().as_str(), one.settle()), (stored, false));
    }
}
