//! A mark that somebody else left: what follows is the finder's own dialect's to say.

use std::sync::Arc;

use hallpass_core::Endpoint;
use hallpass_core::dialect::{Ambiguity, Dialect, PasswordForm};
use hallpass_core::error::{Denied, Error};
use hallpass_core::lifecycle::Policy;
use hallpass_testkit::dialects::Imported;
use hallpass_testkit::scenario::{Scenario, Stage};

use super::HOUR;

fn url() -> Endpoint {
    Endpoint::parse("https://auth.example/token").expect("a URL")
}

/// One who finds the mark that `one` has left.
fn finder(one: &Scenario, dialect: impl Dialect + 'static) -> Scenario {
    let mut finder = Scenario::of(Arc::new(dialect), Policy::default());
    (finder.store, finder.now) = (one.store.clone(), one.now);
    finder
}

fn left() -> Scenario {
    let mut one = Scenario::new();
    one.lead().finish();
    one.pass(HOUR).lead().until(Stage::Send).take();
    one
}

#[test]
fn whoever_may_send_again_sends_a_marked_token() {
    let one = left();
    let mut two = finder(&one, PasswordForm::new(url(), "me").on_lost_refresh(Ambiguity::Resend));
    two.lead().finish();
    assert_eq!(two.trace(), "peek, lock, send refresh R1, save T1 R1, unlock");
}

#[test]
fn whoever_is_told_to_stop_does_not_authenticate_though_it_could() {
    let one = left();
    let mut two = finder(&one, PasswordForm::new(url(), "me").on_lost_refresh(Ambiguity::Stop));
    two.lead().finish();
    assert!(matches!(two.error(), Error::Denied(Denied::LostRefresh { .. })), "{}", two.error());
    assert_eq!((two.trace().as_str(), two.stored().as_str()), ("peek, lock, unlock", "T1 R1 marked"));
}

#[test]
fn whoever_cannot_authenticate_says_that_the_token_is_lost() {
    let dialect = Imported::new(url()).on_lost_refresh(Ambiguity::Authenticate);
    let mut one = Scenario::of(Arc::new(dialect.clone()), Policy::default());
    one.import("R0").lead().until(Stage::Send).take();
    let mut two = finder(&one, dialect);
    two.lead().finish();
    assert!(matches!(two.error(), Error::Denied(Denied::LostRefresh { .. })), "{}", two.error());
}
