//! A refused refresh: who else may have rotated it, and what it clears.

use std::sync::Arc;

use hallpass_core::Endpoint;
use hallpass_core::dialect::{Ambiguity, PasswordForm};
use hallpass_core::lifecycle::{Policy, Revision};
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

#[test]
fn a_client_that_is_refused_keeps_its_refresh_token() {
    use hallpass_core::dialect::BasicForm;
    let url = Endpoint::parse("https://auth.example/token").expect("a URL");
    let mut one = Scenario::of(Arc::new(BasicForm::new(url, "client")), Policy::default());
    one.secrets = hallpass_core::Secrets::one(hallpass_core::secret::CLIENT_SECRET, "s3cret");
    one.lead().finish();
    one.pass(HOUR).hush().lead().until(Stage::Send).replied(401, &[], r#"{"error":"invalid_client"}"#).finish();
    assert_eq!(one.stored(), "T1 R1 closed");
}
