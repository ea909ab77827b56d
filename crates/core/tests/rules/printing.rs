//! What `Debug` shows of what it hides, enough to tell what it is; and what `Display` does of what was being done.

use std::sync::Arc;

use hallpass_core::dialect::{Dialect, Refusal};
use hallpass_core::error::{Place, Purpose, StoreFailure, StoreTask};
use hallpass_core::lifecycle::{Setup, TokenId};
use hallpass_core::step::Login;
use hallpass_core::wire::json::{Member, Object};
use hallpass_core::{AccessToken, Body, EgressRules, RefreshToken, Request, Secret};
use hallpass_testkit::scenario::Scenario;
use http::StatusCode;

use crate::world::{basic_form, reply, url};

#[test]
fn what_is_hidden_is_named() {
    let token = AccessToken::new("T1").expect("visible ASCII");
    let request = Request::post(url("https://auth.example/token"), "text/plain", b"abc".to_vec());
    let mut cut = reply(200, &[], "abc");
    cut.cut = true;
    let cases = [
        (format!("{token:?}"), "AccessToken(redacted)"),
        (format!("{:?}", RefreshToken::new("R1")), "RefreshToken(redacted)"),
        (format!("{:?}", Secret::new("s")), "Secret(redacted)"),
        (format!("{:?}", Body::new(b"abc".to_vec())), "Body(3 bytes)"),
        (
            format!("{request:?}"),
            r#"Request(POST https://auth.example/token, ["content-type", "accept", "accept-encoding"], Body(3 bytes))"#,
        ),
        (format!("{:?}", reply(200, &[], "abc")), "Reply(200, Body(3 bytes))"),
        (format!("{cut:?}"), "Reply(200, Body(3 bytes), cut)"),
        (format!("{:?}", basic_form().key()), r#"Key(basic-form ["client_id", "url"])"#),
        (format!("{:?}", Object::parse(r#"{"a":1}"#).expect("an object")), "Object(1 members)"),
        (format!("{:?}", Member::Text("s")), "Text(redacted)"),
        (format!("{:?}", Member::Object(vec![("a", Member::Text("s"))])), "Object(1 members)"),
        (format!("{:?}", Refusal::denied(StatusCode::UNAUTHORIZED, None, None)), "Refusal(401 denied)"),
    ];
    for (printed, expected) in cases {
        assert_eq!(printed, expected);
    }
    let id = format!("{:?}", TokenId::of(&token));
    assert!(id.starts_with("TokenId(") && id.len() == "TokenId(01234567)".len(), "{id}");
}

#[test]
fn a_login_is_shown_by_its_key_and_an_effect_by_its_flight() {
    let (mut one, basic, rules) = (Scenario::new(), basic_form(), EgressRules::default());
    let cases = [
        (format!("{:?}", one.machine), "Lifecycle { key: Key(password-form"),
        (format!("{:?}", Setup::new(Arc::new(basic.clone()), 7, "one")), "Setup { key: Key(basic-form"),
        (format!("{:?}", Login::new(&basic, &rules)), "Login { key: Key(basic-form"),
        (format!("{:?}", one.lead().take()), "Some(Peek(Slot { flight: Flight(1), effect: Peeking"),
    ];
    for (printed, expected) in cases {
        assert!(printed.starts_with(expected), "{printed}");
    }
}

#[test]
fn what_was_being_done_is_told_by_its_name() {
    for task in StoreTask::ALL {
        let told = StoreFailure::new(*task, "the disk is gone").to_string();
        assert_eq!(told, format!("the store failed while {}: the disk is gone", task.name()));
    }
    let revoking = Place::new(Purpose::Revoke, "https://auth.example/revoke");
    assert_eq!(revoking.to_string(), "revoke at https://auth.example/revoke");
}
