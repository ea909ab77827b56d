//! Lives, margins, waits and budgets.

use core::time::Duration;
use std::collections::BTreeSet;
use std::sync::Arc;

use hallpass_core::Endpoint;
use hallpass_core::dialect::declared::{Declared, Described, Description, Ids};
use hallpass_core::dialect::{Ambiguity, PasswordForm};
use hallpass_core::error::{Error, Retry};
use hallpass_core::lifecycle::{Landed, Lock, Policy, Ticket, Want};
use hallpass_testkit::scenario::{Scenario, Stage};

use super::{HOUR, seconds, short_of_an_hour, word};

#[test]
fn a_token_is_renewed_ahead_while_it_is_served() {
    let mut one = Scenario::new();
    one.lead().finish();
    one.pass(short_of_an_hour(721));
    assert_eq!(word(&one.get()), "ready");
    one.pass(HOUR / 10 + seconds(1));
    one.hush().lead();
    assert_eq!(word(&one.get()), "ready", "somebody renews it already");
    one.finish();
    assert_eq!(one.token(), "T2");
}

#[test]
fn a_failed_renewal_keeps_serving_the_old_token() {
    let mut one = Scenario::new();
    one.lead().finish();
    one.pass(HOUR * 9 / 10).lead();
    for _ in 0..4 {
        one.until(Stage::Send).not_sent();
    }
    one.finish();
    assert!(matches!(one.landed(), Landed::Failed(_)));
    assert_eq!(word(&one.get()), "ready");
}

#[test]
fn a_token_within_its_mandatory_margin_is_not_served() {
    let mut one = Scenario::new();
    one.lead().finish();
    one.pass(short_of_an_hour(31));
    assert_eq!(word(&one.get()), "refresh");
    let flying = one.machine.flying().expect("it flies");
    one.machine.abandon(flying);
    one.pass(seconds(1));
    assert_eq!(word(&one.get()), "lead");
}

#[test]
fn both_clocks_must_agree() {
    for suspended in [true, false] {
        let mut one = Scenario::new();
        one.lead().finish();
        if suspended {
            one.now.wall += HOUR;
        } else {
            one.now.mono += HOUR;
        }
        assert_eq!(word(&one.get()), "lead");
    }
}

#[test]
fn a_token_of_no_life_serves_those_who_waited() {
    let mut one = Scenario::new();
    one.expires_in = 0;
    one.lead().finish();
    assert_eq!(one.token(), "T1");
    assert_eq!(word(&one.get()), "lead");
}

#[test]
fn a_waiter_that_wakes_two_hours_late_asks_again() {
    for suspended in [true, false] {
        let mut one = Scenario::new();
        one.lead().finish();
        one.now.wall += HOUR * 2;
        if !suspended {
            one.now.mono += HOUR * 2;
        }
        assert_eq!(one.landed(), Landed::Again);
    }
}

#[test]
fn a_late_waiter_keeps_the_margins() {
    let mut one = Scenario::new();
    one.lead().finish();
    one.pass(short_of_an_hour(10));
    assert_eq!(one.landed(), Landed::Again);
}

#[test]
fn retry_after_beyond_the_budget_fails_now_and_says_until_when() {
    let mut one = Scenario::new();
    one.lead().until(Stage::Send).replied(429, &[("retry-after", "600")], "").finish();
    assert_eq!(one.error().retry(), Retry::After(seconds(600)));
    one.pass(seconds(9));
    let Ticket::Closed(error) = one.get() else { panic!("it is not closed") };
    assert_eq!(error.retry(), Retry::After(seconds(591)));
    one.pass(seconds(591)).lead().finish();
    assert_eq!(one.token(), "T1");
}

#[test]
fn retry_after_within_the_budget_is_slept_out() {
    let mut one = Scenario::new();
    let begun = one.now;
    one.lead().until(Stage::Send).replied(503, &[("retry-after", "30")], "").finish();
    assert_eq!(one.token(), "T1");
    assert!(one.now.mono >= begun.mono + seconds(30));
}

#[test]
fn retry_after_holds_for_whoever_takes_over() {
    let mut one = Scenario::new();
    one.lead().until(Stage::Send).replied(503, &[("retry-after", "30")], "");
    let flight = one.flight();
    one.machine.abandon(flight);
    assert_eq!(word(&one.get()), "closed");
    one.pass(seconds(30)).lead().finish();
}

#[test]
fn a_flight_sends_four_requests_at_most() {
    let mut one = Scenario::new();
    one.lead();
    for _ in 0..4 {
        one.until(Stage::Send).maybe_sent();
    }
    assert!(matches!(one.landed(), Landed::Failed(_)), "it does not wait to fail");
    one.finish();
    assert_eq!(one.trace().matches("send authenticate").count(), 4);
    assert_eq!(word(&one.get()), "closed");
}

#[test]
fn clocks_that_jump_by_a_year_cost_a_login_at_most() {
    let year = HOUR * 24 * 365;
    let mut one = Scenario::new();
    one.lead().finish();
    one.now.wall += year;
    one.lead().finish();
    one.now.wall -= year * 2;
    assert_eq!(word(&one.get()), "ready", "its own monotonic clock vouches for it");
    one.pass(HOUR).lead_with(&Want::default()).finish();
    assert_eq!(one.token(), "T3");
}

#[test]
fn what_is_told_as_the_time_to_ask_again_is_when_it_is_renewed() {
    let mut one = Scenario::new();
    one.lead().finish();
    let wait = one.grant().ask_again().remaining(one.now);
    assert!((HOUR * 8 / 10..=HOUR * 9 / 10).contains(&wait), "{wait:?}");
    assert_eq!(word(&one.pass(wait.saturating_sub(Duration::from_nanos(1))).get()), "ready");
    assert_eq!(word(&one.pass(Duration::from_nanos(1)).get()), "refresh");
}

#[test]
fn those_that_share_a_token_renew_it_at_moments_of_their_own() {
    let mut one = Scenario::new();
    one.lead().finish();
    let mut moments = BTreeSet::new();
    for _ in 0..8 {
        one = one.peer();
        one.lead().finish();
        moments.insert(one.grant().ask_again());
    }
    assert!(moments.len() > 4, "{moments:?}");
}

#[test]
fn a_reply_that_nobody_could_read_is_not_asked_for_again_at_once() {
    let mut one = Scenario::new();
    one.lead().until(Stage::Send).replied(200, &[], "<html>").finish();
    assert!(matches!(one.error(), Error::Malformed(_)), "{}", one.error());
    assert_eq!(word(&one.get()), "closed");
    one.pass(Policy::default().backoff_base).lead().finish();
}

/// Whoever asks would knock at once: a proxy may lock the account. It stays final, whatever is left of the wait.
#[test]
fn a_connection_that_is_not_trusted_is_not_tried_again_at_once() {
    let mut one = Scenario::new();
    one.lead().until(Stage::Send).untrusted().finish();
    let error = one.error().clone();
    assert_eq!((error.retry(), word(&one.get())), (Retry::Never, "closed"));
    assert!(matches!(one.get(), Ticket::Closed(again) if again == error));
    one.pass(Policy::default().backoff_base);
    assert_eq!(word(&one.get()), "closed");
    one.pass(Policy::default().backoff_cap).lead().finish();
}

/// Nor what follows a refresh token that was lost or refused, nor the first request behind a lock that came late.
#[test]
fn no_request_but_the_first_begins_without_room_for_it() {
    let late = || {
        let mut one = Scenario::new();
        one.lead().finish();
        one.pass(HOUR).lead();
        one.until(Stage::Send).replied(429, &[("retry-after", "50")], "").until(Stage::Send).pass(seconds(15));
        one
    };
    let mut lost = late();
    lost.maybe_sent().finish();
    assert!(matches!(lost.error(), Error::Unreachable(_)) && lost.error().retry() != Retry::Never, "{}", lost.error());

    let mut refused = late();
    refused.refused().finish();
    let Error::Unreachable(error) = refused.error() else { panic!("{}", refused.error()) };
    assert!(!error.maybe_sent && error.to_string().contains("time was over"), "{error}");

    for mut one in [lost, refused] {
        assert_eq!(one.trace().matches("send authenticate").count(), 1, "{}", one.trace());
        one.pass(Policy::default().backoff_cap).lead().finish();
        assert_eq!(one.token(), "T2", "{}", one.trace());
    }

    let mut behind = Scenario::new();
    behind.lead().until(Stage::Lock).locked(Ok(Lock::Busy)).until(Stage::Lock).pass(seconds(61)).finish();
    assert!(matches!(behind.error(), Error::Store(_)) && !behind.trace().contains("send"), "{}", behind.trace());

    let mut typed = Scenario::new();
    typed.lead().until(Stage::Lock).locked(Ok(Lock::Busy)).until(Stage::Secret).pass(seconds(80)).finish();
    assert_eq!(typed.token(), "T1", "{}", typed.trace());
}

/// A third of it, not the timeout, where a whole flight has no longer.
#[test]
fn a_short_flight_waits_if_there_is_time_for_a_short_send() {
    let url = Endpoint::parse("https://auth.example/token").expect("a URL");
    let policy = Policy { flight: seconds(30), ..Policy::default() };
    let mut one = Scenario::of(Arc::new(PasswordForm::new(url, "me")), policy);
    one.lead().until(Stage::Send).replied(503, &[("retry-after", "15")], "").finish();
    assert_eq!(one.token(), "T1");
}

/// Such as a login that counts tries, or sends a code by text message.
#[test]
fn a_login_that_is_described_as_sent_once_is_not_sent_again() {
    let url = Endpoint::parse("https://auth.example/token").expect("a URL");
    for (on_lost, sends) in [(Ambiguity::Stop, 1), (Ambiguity::Repeat, 4)] {
        let login = Described { on_lost: Some(on_lost), ..Described::post(url.clone()) };
        let ids = Ids { account: Some("me".into()), ..Ids::default() };
        let description = Description { authenticate: Some(login), ids, ..Description::default() };
        let mut one = Scenario::of(Arc::new(Declared::new(description).expect("it can work")), Policy::default());
        one.lead();
        for _ in 0..sends {
            one.until(Stage::Send).maybe_sent();
        }
        one.finish();
        assert_eq!(one.trace().matches("send authenticate").count(), sends, "{on_lost:?}");
        assert_eq!(one.error().retry().can_help(), on_lost == Ambiguity::Repeat);
    }
}
