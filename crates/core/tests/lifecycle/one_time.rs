//! An assertion is good for one send: it is asked for anew before each, and its maker is what a refusal latches.

use std::sync::Arc;

use hallpass_core::dialect::{BasicForm, ClientAuth, GrantType, PasswordForm};
use hallpass_core::error::{Denied, Error};
use hallpass_core::lifecycle::{Policy, Todo};
use hallpass_core::{Endpoint, Secret, Secrets, secret};
use hallpass_testkit::scenario::{Scenario, Stage};

use super::{HOUR, seconds};

fn assertion(text: &str, key: &str) -> Secrets {
    let assertion = Secret::new(text).made_from(key);
    Secrets::one(secret::PASSWORD, "pass-s3cret").with(secret::CLIENT_ASSERTION, assertion)
}

/// A login with a password, by a client that signs.
fn signing() -> Scenario {
    let url = Endpoint::parse("https://auth.example/token").expect("a URL");
    let dialect = PasswordForm::new(url, "me").client("app", ClientAuth::Assertion);
    let mut one = Scenario::of(Arc::new(dialect), Policy::default());
    one.secrets = assertion("first", "key 1");
    one
}

fn sends(one: &mut Scenario, assertion: &str) {
    let todo = one.until(Stage::Send).take();
    let Some(Todo::Send(slot)) = &todo else { panic!("it sends") };
    let body = String::from_utf8_lossy(slot.request().body.expose()).into_owned();
    assert!(body.ends_with(&format!("&client_assertion={assertion}")), "{body}");
    one.put(todo);
}

#[test]
fn a_second_send_asks_for_a_second_assertion_and_for_no_other_secret() {
    let mut one = signing();
    sends(one.lead(), "first");
    one.secrets = assertion("second", "key 1");
    one.replied(503, &[], "");
    sends(&mut one, "second");
    one.finish();
    let asked: Vec<_> = one.trace().split(", ").filter(|word| word.starts_with("ask")).map(str::to_owned).collect();
    assert_eq!(asked, ["ask password client_assertion", "ask client_assertion"], "{}", one.trace());
    assert_eq!(one.token(), "T1");
}

#[test]
fn a_refused_refresh_is_followed_by_an_authentication_with_an_assertion_of_its_own() {
    let mut one = signing();
    one.lead().finish();
    one.pass(HOUR).secrets = assertion("second", "key 1");
    sends(one.lead(), "second");
    one.secrets = assertion("third", "key 1");
    one.refused();
    sends(&mut one, "third");
    one.finish();
    assert_eq!(one.stored(), "T2 R2");
}

#[test]
fn another_text_of_the_same_key_opens_no_latch_and_another_key_does() {
    let mut one = signing();
    one.lead().until(Stage::Send).refused().finish();
    one.secrets = assertion("second", "key 1");
    one.pass(seconds(10)).hush().lead().finish();
    assert_eq!(one.trace(), "peek, lock, ask password client_assertion, unlock");

    let mut two = one.peer();
    two.secrets = assertion("third", "key 1");
    two.lead().finish();
    assert!(matches!(two.error(), Error::Denied(Denied::Latched { .. })), "{:?}", two.error());
    two.secrets = assertion("fourth", "key 2");
    two.pass(seconds(10)).lead().finish();
    assert_eq!(two.token(), "T1");
}

#[test]
fn what_is_asked_for_again_does_not_change_what_a_latch_is_of() {
    let url = Endpoint::parse("https://auth.example/token").expect("a URL");
    let dialect = BasicForm::new(url, "app").grant_type(GrantType::JwtBearer { subject: None, claims: vec![] });
    let mut one = Scenario::of(Arc::new(dialect), Policy::default());
    let secrets = |text| {
        let assertion = Secret::new(text).made_from("key 1");
        Secrets::one(secret::ASSERTION, assertion).with(secret::CLIENT_SECRET, "s3cret")
    };
    one.secrets = secrets("first");
    one.lead().until(Stage::Send).replied(503, &[], "");
    one.secrets = secrets("second");
    one.until(Stage::Send).refused().finish();

    let mut two = one.peer();
    two.secrets = secrets("third");
    two.lead().finish();
    assert!(matches!(two.error(), Error::Denied(Denied::Latched { .. })), "{:?}", two.error());
}

#[test]
fn after_a_refused_refresh_only_what_is_missing_is_asked_for() {
    let url = Endpoint::parse("https://auth.example/token").expect("a URL");
    let dialect = PasswordForm::new(url, "me").client("app", ClientAuth::default());
    let mut one = Scenario::of(Arc::new(dialect), Policy::default());
    one.secrets = Secrets::one(secret::PASSWORD, "pass-s3cret").with(secret::CLIENT_SECRET, "s3cret");
    one.lead().finish();
    one.pass(HOUR).hush().lead().until(Stage::Send).refused().finish();
    let asked: Vec<_> = one.trace().split(", ").filter(|word| word.starts_with("ask")).map(str::to_owned).collect();
    assert_eq!(asked, ["ask client_secret", "ask password"], "{}", one.trace());
}

/// It is made under the lock, and leaves too little of the lease to send.
#[test]
fn a_signer_that_is_too_slow_twice_is_told_of() {
    let mut one = signing();
    one.lead().until(Stage::Secret).pass(seconds(20)).until(Stage::Lock);
    let mut quicker = one.peer();
    one.until(Stage::Secret).pass(seconds(20)).finish();
    assert!(one.error().to_string().contains("raise the policy's `lease_margin`"), "{}", one.error());
    assert!(!one.trace().contains("send"), "{}", one.trace());
    quicker.lead().until(Stage::Secret).pass(seconds(20)).finish();
    assert_eq!(quicker.token(), "T1", "once it may have been the machine");
}

/// What is typed once is in hand: slow it may be.
#[test]
fn two_slow_secrets_that_last_are_two_rounds_and_no_failure() {
    let url = Endpoint::parse("https://auth.example/token").expect("a URL");
    let dialect = PasswordForm::new(url, "me").client("app", ClientAuth::default());
    let mut one = Scenario::of(Arc::new(dialect), Policy::default());
    one.secrets = Secrets::one(secret::PASSWORD, "pass-s3cret").with(secret::CLIENT_SECRET, "s3cret");
    one.lead().finish();
    one.pass(HOUR).lead().until(Stage::Secret).pass(seconds(20)).until(Stage::Send).refused();
    one.until(Stage::Secret).pass(seconds(20)).finish();
    assert_eq!(one.token(), "T2");
}

/// What a request takes of the lease is no secret's doing.
#[test]
fn a_slow_secret_and_a_lost_answer_are_no_failure() {
    let url = Endpoint::parse("https://auth.example/token").expect("a URL");
    let mut one = Scenario::of(Arc::new(BasicForm::new(url, "app")), Policy::default());
    one.secrets = Secrets::one(secret::CLIENT_SECRET, "s3cret");
    one.lead().finish();
    one.pass(HOUR).lead().until(Stage::Secret).pass(seconds(20)).until(Stage::Send).pass(seconds(30)).maybe_sent();
    one.finish();
    assert_eq!(one.token(), "T2");
}
