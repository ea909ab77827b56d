//! Answers that are lost: a mark that stays, is taken back, or is found by the next start.

use core::time::Duration;

use hallpass_core::dialect::declared::{Declared, Described, Description, Ids};
use hallpass_core::dialect::{Ambiguity, GrantType, Spends};
use hallpass_core::error::Denied;
use hallpass_core::{Error, Reply, Retry, SendError};

use crate::world::{ROTATED, TOKEN, World, basic_form, held, password_form, reply, url, user_key};

fn not_sent() -> Result<Reply, SendError> {
    Err(SendError::NotSent("connection refused".into()))
}

fn maybe_sent() -> Result<Reply, SendError> {
    Err(SendError::MaybeSent("connection reset".into()))
}

#[test]
fn a_refresh_that_was_not_sent_takes_its_mark_back() {
    let run = World::new(&password_form()).holding(held("", "R1")).answers([not_sent()]);
    assert_eq!(run.trace, ["save R1 marked RefreshToken", "send refresh", "save R1"]);
    assert_eq!(run.unreachable().cause, "connection refused");
    assert!(run.error().retry().can_help());
}

/// Statuses that say that the request was not processed take the mark back as well.
#[test]
fn a_refresh_that_was_turned_away_takes_its_mark_back() {
    for status in [408, 425, 429, 503] {
        let run = World::new(&password_form()).holding(held("", "R1")).answered(status, &[("retry-after", "7")], "");
        assert_eq!(run.trace, ["save R1 marked RefreshToken", "send refresh", "save R1"], "{status}");
        assert_eq!(run.error().retry(), Retry::After(Duration::from_secs(7)), "{status}");
    }
}

/// The same request is wanted elsewhere (RFC 9110 sections 15.4.8 and 15.4.9).
#[test]
fn a_refresh_that_is_sent_elsewhere_takes_its_mark_back() {
    for status in [307, 308] {
        let elsewhere = [("location", "https://elsewhere.example/token")];
        let run = World::new(&password_form()).holding(held("", "R1")).answered(status, &elsewhere, "");
        assert_eq!(run.trace, ["save R1 marked RefreshToken", "send refresh", "save R1"], "{status}");
    }
}

/// It is the proxy's word: the server never saw the token.
#[test]
fn a_refresh_that_a_proxy_turned_away_keeps_its_token() {
    let run = World::new(&password_form()).holding(held("", "R1")).answered(407, &[], "");
    assert_eq!(run.trace, ["save R1 marked RefreshToken", "send refresh", "save R1"]);
    assert!(run.refused().advice.contains("proxy"), "{}", run.error());
}

#[test]
fn a_refresh_whose_answer_is_lost_drops_the_token_and_authenticates() {
    let run =
        World::new(&password_form()).holding(held("", "R1")).answers([maybe_sent(), Ok(reply(200, &[], ROTATED))]);
    let expected =
        ["save R1 marked RefreshToken", "send refresh", "save", "ask password", "send authenticate", "save R2"];
    assert_eq!(run.trace, expected);
    assert_eq!(run.grant().header_value(), "Bearer T1");
}

#[test]
fn a_reply_of_no_use_that_brings_the_next_refresh_token_is_kept_where_nothing_replaces_it() {
    let body = r#"{"access_token":"A1","token_type":"bot","refresh_token":"R2"}"#;
    let run = World::new(&basic_form().grant_type(GrantType::RefreshToken { subject: "me".into() }))
        .holding(held("", "R1"))
        .answered(200, &[], body);
    assert_eq!(run.trace[1..], ["save R1 marked RefreshToken", "send refresh", "save R2"]);
    assert!(matches!(run.error(), Error::Malformed(_)), "{}", run.error());

    let run = World::new(&password_form()).holding(held("", "R1")).answers([Ok(reply(200, &[], body)), maybe_sent()]);
    assert_eq!(run.trace[2..], ["save", "ask password", "send authenticate"], "an authentication brings a new one");
}

/// A 500 may follow a commit, a gateway speaks for itself only, and a reply that is no answer proves nothing.
#[test]
fn a_refresh_answered_with_nothing_usable_counts_as_lost() {
    for (status, body) in
        [(500, ""), (502, "<html>"), (503, ""), (504, ""), (200, "<html>"), (200, ""), (302, ""), (200, "{}")]
    {
        let replies = [Ok(reply(status, &[], body)), Ok(reply(200, &[], TOKEN))];
        let run = World::new(&password_form()).holding(held("", "R1")).answers(replies);
        let expected = ["save R1 marked RefreshToken", "send refresh", "save", "ask password", "send authenticate"];
        assert_eq!(run.trace, expected, "{status} {body}");
    }
}

#[test]
fn a_refresh_token_that_does_not_rotate_is_kept_when_its_answer_is_lost() {
    let dialect = password_form().on_lost_refresh(Ambiguity::Resend);
    let run = World::new(&dialect).holding(held("", "R1")).answers([maybe_sent()]);
    assert_eq!(run.trace, ["save R1 marked RefreshToken", "send refresh", "save R1"]);
    assert!(run.error().retry().can_help());
    // Found marked, it is sent again.
    let world = World::new(&dialect).holding(held("", "R1")).marked(Spends::RefreshToken);
    let run = world.answered(200, &[], ROTATED);
    assert_eq!(run.trace, ["save R1 marked RefreshToken", "send refresh", "save R2"]);
}

/// What may be spent is not repeated as if nothing was, whatever the dialect says.
#[test]
fn to_repeat_a_refresh_is_to_authenticate() {
    let dialect = password_form().on_lost_refresh(Ambiguity::Repeat);
    let run = World::new(&dialect).holding(held("", "R1")).answers([maybe_sent(), Ok(reply(200, &[], TOKEN))]);
    let expected = ["save R1 marked RefreshToken", "send refresh", "save", "ask password", "send authenticate"];
    assert_eq!(run.trace, expected);
    let run = World::new(&dialect).holding(held("", "R1")).marked(Spends::RefreshToken).answered(200, &[], TOKEN);
    assert_eq!(run.trace[..2], ["ask password", "send authenticate"]);
}

/// Nothing is written: the mark in the store goes on warning whoever comes next.
#[test]
fn a_lost_refresh_with_nothing_to_fall_back_to_leaves_its_mark() {
    let run = World::new(&user_key()).holding(held("", "R1")).answers([maybe_sent()]);
    assert_eq!(run.trace, ["save R1 marked RefreshToken", "send refresh"]);
    assert_eq!(run.error().retry(), Retry::Never, "{}", run.error());

    let stops = password_form().on_lost_refresh(Ambiguity::Stop);
    let run = World::new(&stops).holding(held("", "R1")).answers([maybe_sent()]);
    assert_eq!(run.trace, ["save R1 marked RefreshToken", "send refresh"]);
    assert_eq!(run.error().retry(), Retry::Never, "{}", run.error());
}

#[test]
fn a_refresh_token_found_marked_is_not_sent() {
    let run = World::new(&basic_form()).holding(held("", "R1")).marked(Spends::RefreshToken).answered(200, &[], TOKEN);
    assert_eq!(run.trace, ["ask client_secret", "send authenticate", "save"]);
    assert_eq!(run.grant().header_value(), "Bearer T1");
}

/// An authentication that fails leaves the mark where it is: the token is still the one that may be spent.
#[test]
fn a_mark_that_was_found_outlives_a_failed_authentication() {
    let run = World::new(&basic_form()).holding(held("", "R1")).marked(Spends::RefreshToken).answered(401, &[], "");
    assert_eq!(run.trace, ["ask client_secret", "send authenticate"]);
}

/// Told to stop, or with nothing to authenticate with, a start that finds the mark says so and writes nothing.
#[test]
fn a_marked_refresh_token_with_nothing_to_fall_back_to_is_reported() {
    let stops = password_form().on_lost_refresh(Ambiguity::Stop);
    let run = World::new(&stops).holding(held("", "R1")).marked(Spends::RefreshToken).answered(200, &[], TOKEN);
    assert!(run.trace.is_empty(), "{:?}", run.trace);
    assert_eq!(run.error(), &Error::Denied(Denied::LostRefresh { since: None, by: None, cause: None }));

    let imported = held("", "R1");
    let run = World::new(&user_key()).holding(imported).marked(Spends::RefreshToken).answered(200, &[], TOKEN);
    assert!(run.trace.is_empty(), "{:?}", run.trace);
    assert_eq!(run.error(), &Error::Denied(Denied::LostRefresh { since: None, by: None, cause: None }));
}

#[test]
fn an_authentication_whose_answer_is_lost_fails_and_may_be_repeated() {
    for (lost, maybe_sent) in [(not_sent(), false), (maybe_sent(), true), (Ok(reply(502, &[], "")), true)] {
        let run = World::new(&basic_form()).answers([lost]);
        assert_eq!(run.trace, ["ask client_secret", "send authenticate"]);
        assert!(run.unreachable().retry.can_help());
        assert_eq!(run.unreachable().maybe_sent, maybe_sent);
    }
}

/// A transport may quote what it was given.
#[test]
fn no_secret_is_shown_in_why_nothing_was_sent() {
    let quoting = Err(SendError::NotSent("no line may be as long as client_secret=client-s3cret".into()));
    let run = World::new(&basic_form()).answers([quoting]);
    let cause = &run.unreachable().cause;
    assert!(!cause.is_empty() && !cause.contains("client-s3cret"), "{cause}");
}

/// What spends nothing may be sent again, unless it is described as sent once.
#[test]
fn a_lost_authentication_says_whether_it_may_be_repeated() {
    for (on_lost, may) in [(Ambiguity::Stop, false), (Ambiguity::Repeat, true)] {
        let login = Described { on_lost: Some(on_lost), ..Described::post(url("https://auth.example/login")) };
        let ids = Ids { account: Some("me".into()), ..Ids::default() };
        let description = Description { authenticate: Some(login), ids, ..Description::default() };
        let dialect = Declared::new(description).expect("it can work");
        let run = World::new(&dialect).answers([maybe_sent()]);
        assert_eq!(run.error().retry().can_help(), may, "{}", run.error());
    }
}
