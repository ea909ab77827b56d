//! A refused refresh: who else may have rotated it, and what it clears.

use std::sync::Arc;

use hallpass_core::dialect::{Ambiguity, BasicForm, PasswordForm};
use hallpass_core::error::Denied;
use hallpass_core::lifecycle::{Policy, Revision, SaveError};
use hallpass_core::{Endpoint, Error};
use hallpass_testkit::dialects::Imported;
use hallpass_testkit::scenario::{Scenario, Stage};

use super::HOUR;

#[test]
fn a_refused_refresh_reads_again_and_authenticates_once() {
    let mut one = Scenario::new();
    one.lead().finish();
    one.pass(HOUR).hush().lead().until(Stage::Send).refused().finish();
    let expected = "peek, lock, save T1 R1 marked, send refresh R1, peek, save T1, ask password, send authenticate, save T2 R2, unlock";
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

/// It was the server that said no, whatever the store answers then.
#[test]
fn a_refusal_is_told_as_one_though_nobody_knows_whether_the_token_was_cleared() {
    for applied in [false, true] {
        let url = Endpoint::parse("https://auth.example/token").expect("a URL");
        let mut one = Scenario::of(Arc::new(Imported::new(url)), Policy::default());
        one.import("R0").lead().until(Stage::Send).refused().until(Stage::Save);
        one.save_failed(SaveError::Unknown("no answer".into()), applied).finish();
        assert_eq!(one.error().code(), Some("invalid_grant"), "{}", one.error());
    }
}

/// A parameter is missing, say: with the right one the token is as good as before.
#[test]
fn a_request_that_is_wrong_costs_no_imported_token() {
    let url = Endpoint::parse("https://auth.example/token").expect("a URL");
    let mut one = Scenario::of(Arc::new(Imported::new(url)), Policy::default());
    one.import("R0").lead().until(Stage::Send).replied(400, &[], r#"{"error":"invalid_request"}"#).finish();
    assert_eq!(one.stored(), "R0 closed");
}

/// The type of the token is for the user to set right, and the refresh token that was sent is spent.
#[test]
fn a_reply_of_no_use_that_brings_the_next_refresh_token_costs_no_imported_one() {
    let url = Endpoint::parse("https://auth.example/token").expect("a URL");
    let mut one = Scenario::of(Arc::new(Imported::new(url)), Policy::default());
    let body = r#"{"access_token":"A1","token_type":"bot","refresh_token":"R1"}"#;
    one.import("R0").lead().until(Stage::Send).replied(200, &[], body).finish();
    assert!(matches!(one.error(), Error::Malformed(_)), "{}", one.error());
    assert_eq!(one.stored(), "R1");

    let mut odd = Scenario::of(
        Arc::new(Imported::new(Endpoint::parse("https://auth.example/token").expect("a URL"))),
        Policy::default(),
    );
    let no = r#"{"success":false,"errcode":7,"refresh_token":"R1"}"#;
    odd.import("R0").lead().until(Stage::Send).replied(200, &[], no).finish();
    assert_eq!(odd.stored(), "R1", "whatever else it says, R0 is spent");

    let mut full = Scenario::of(
        Arc::new(Imported::new(Endpoint::parse("https://auth.example/token").expect("a URL"))),
        Policy::default(),
    );
    full.import("R0").lead().until(Stage::Send).replied(200, &[], body).until(Stage::Save);
    full.save_failed(SaveError::NotApplied("no space".into()), false).finish();
    assert_eq!(full.stored(), "R0 marked", "what is spent is not sent again");
    let Error::Denied(Denied::LostRefresh { cause: Some(_), .. }) = full.error() else { panic!("{}", full.error()) };
}

#[test]
fn a_token_that_does_not_rotate_is_given_up_once_it_is_refused() {
    let url = Endpoint::parse("https://auth.example/token").expect("a URL");
    let dialect = PasswordForm::new(url, "me").on_lost_refresh(Ambiguity::Resend);
    let mut one = Scenario::of(Arc::new(dialect), Policy::default());
    one.lead().finish();
    one.pass(HOUR).hush().lead().until(Stage::Send).refused().finish();
    let expected = "peek, lock, send refresh R1, peek, save T1, ask password, send authenticate, save T2 R2, unlock";
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
    let keycloak =
        r#"{"error":"unauthorized_client","error_description":"Invalid client or Invalid client credentials"}"#;
    for body in [r#"{"error":"invalid_client"}"#, r#"{"error":"INVALID_CLIENT"}"#, keycloak] {
        let mut one = with_client();
        one.lead().finish();
        one.pass(HOUR).hush().lead().until(Stage::Send).replied(401, &[], body).finish();
        assert_eq!(one.stored(), "T1 R1 closed", "{body}");
    }
    // That this grant is not allowed to the client leaves another.
    let mut one = with_client();
    one.lead().finish();
    one.pass(HOUR).hush().lead().until(Stage::Send).replied(400, &[], r#"{"error":"unauthorized_client"}"#).finish();
    assert!(one.trace().contains("send authenticate"), "{}", one.trace());
}

/// Without a mark, only the flight itself knows that it was refused.
#[test]
fn a_refused_token_is_not_sent_again_after_a_wait() {
    let url = Endpoint::parse("https://auth.example/token").expect("a URL");
    let dialect = PasswordForm::new(url, "me").on_lost_refresh(Ambiguity::Resend);
    let mut one = Scenario::of(Arc::new(dialect), Policy::default());
    one.lead().finish();
    one.pass(HOUR).hush().lead().until(Stage::Send).refused().until(Stage::Send).replied(503, &[], "").finish();
    let expected = "peek, lock, send refresh R1, peek, save T1, ask password, send authenticate, unlock, sleep, \
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

/// Whatever its words were, and whatever became of the authentication that followed: nobody sends it again, or takes it for
/// one whose answer was lost.
#[test]
fn a_refused_refresh_token_leaves_the_store_though_the_flight_fails() {
    let refusals = [(400, r#"{"error":"invalid_grant"}"#), (404, PAGE), (403, ""), (401, "Unauthorized")];
    for (status, body) in refusals {
        let refused = || {
            let mut one = Scenario::new();
            one.lead().finish();
            one.pass(HOUR).hush().lead().until(Stage::Send).replied(status, &[], body);
            one
        };
        let mut without = refused();
        without.until(Stage::Secret).no_secret().finish();
        let expected = "peek, lock, save T1 R1 marked, send refresh R1, peek, save T1, ask password, unlock";
        assert_eq!(without.trace(), expected, "{body}");
        let mut refused_too = refused();
        refused_too.until(Stage::Send).replied(status, &[], body).finish();
        assert_eq!(refused_too.stored(), "T1 closed", "{body}");
        let mut down = refused();
        for _ in 0..3 {
            down.until(Stage::Send).replied(503, &[], "");
        }
        down.finish();
        assert!(down.stored() == "T1" && matches!(down.error(), Error::Unreachable(_)), "{}", down.trace());
        for mut one in [without, refused_too, down] {
            assert!(!one.settle(), "nothing is owed");
            one.pass(HOUR).hush().lead().finish();
            assert_eq!(one.trace(), "peek, lock, ask password, send authenticate, save T2 R2, unlock", "{body}");
        }
    }
}

/// A store that fails just then keeps the mark, which nobody sends under; one that may have done it is asked.
#[test]
fn a_refused_refresh_token_that_cannot_be_cleared_is_not_sent_again() {
    let refused = || {
        let mut one = Scenario::new();
        one.lead().finish();
        one.pass(HOUR).hush().lead().until(Stage::Send).refused().until(Stage::Save);
        one
    };
    let mut full = refused();
    full.save_failed(SaveError::NotApplied("no space".into()), false).until(Stage::Secret).no_secret().finish();
    assert_eq!(full.stored(), "T1 R1 marked");
    full.pass(HOUR).hush().lead().finish();
    assert_eq!(full.trace(), "peek, lock, ask password, send authenticate, save T2 R2, unlock");
    for applied in [false, true] {
        let mut silent = refused();
        silent.hush().save_failed(SaveError::Unknown("no answer".into()), applied).finish();
        let expected = "save T1, unlock, peek, lock, ask password, send authenticate, save T2 R2, unlock";
        assert_eq!((silent.trace().as_str(), silent.stored().as_str()), (expected, "T2 R2"));
    }
}

/// Whoever comes while the flight waits finds nothing to send, and no answer that was lost.
#[test]
fn nobody_finds_a_refused_refresh_token_while_the_flight_waits() {
    for ambiguity in [Ambiguity::Stop, Ambiguity::Resend] {
        let url = Endpoint::parse("https://auth.example/token").expect("a URL");
        let dialect = PasswordForm::new(url, "me").on_lost_refresh(ambiguity);
        let mut one = Scenario::of(Arc::new(dialect), Policy::default());
        one.lead().finish();
        one.pass(HOUR).lead().until(Stage::Send).refused().until(Stage::Send).replied(503, &[], "").until(Stage::Sleep);
        let mut two = one.peer();
        two.hush().lead().finish();
        assert_eq!(two.trace(), "peek, lock, ask password, send authenticate, save T2 R2, unlock");
    }
}

/// It is about neither the login nor its secrets: nothing latches, and nothing knocks at once.
#[test]
fn a_proxy_that_wants_credentials_is_left_alone_for_a_while() {
    let mut one = Scenario::new();
    one.lead().until(Stage::Send).replied(407, &[], "").finish();
    assert_eq!((one.stored().as_str(), super::word(&one.get())), ("nothing", "closed"));
    one.pass(super::seconds(30)).lead().finish();
    assert_eq!(one.token(), "T1");
}
