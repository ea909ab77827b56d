//! What an API says of tokens.

use core::time::Duration;

use hallpass_core::error::{Denied, Error};
use hallpass_core::lifecycle::{Ticket, Want};
use hallpass_testkit::scenario::Scenario;

use super::{seconds, word};

fn with_token() -> Scenario {
    let mut one = Scenario::new();
    one.lead().finish();
    one
}

fn another(token: &str) -> Want {
    Want { not: Some(Scenario::id(token)), ..Want::default() }
}

#[test]
fn many_rejections_of_one_token_start_one_flight() {
    let mut one = with_token();
    for _ in 0..10 {
        one.machine.rejected(one.now, Scenario::id("T1"));
    }
    one.lead_with(&another("T1"));
    for _ in 0..10 {
        one.machine.rejected(one.now, Scenario::id("T1"));
        assert_eq!(word(&one.machine.get(one.now, &another("T1"))), "wait");
    }
    one.finish();
    one.machine.rejected(one.now, Scenario::id("T1"));
    assert_eq!(word(&one.machine.get(one.now, &another("T1"))), "ready");
}

#[test]
fn a_rejected_token_is_not_adopted_again() {
    let mut one = with_token();
    one.machine.rejected(one.now, Scenario::id("T1"));
    one.lead().finish();
    assert_eq!(one.token(), "T2");
}

#[test]
fn eight_rejected_tokens_are_remembered() {
    let mut one = with_token();
    for number in 2..=8 {
        one.machine.rejected(one.now, Scenario::id(&format!("T{number}")));
    }
    one.machine.rejected(one.now, Scenario::id("T1"));
    let mut two = one.peer();
    two.now = one.now;
    for number in 1..=8 {
        two.machine.rejected(two.now, Scenario::id(&format!("T{number}")));
    }
    two.lead().finish();
    assert_ne!(two.token(), "T1");
}

#[test]
fn an_api_that_refuses_every_token_starts_few_flights() {
    let mut one = with_token();
    let mut flights = 0;
    let mut token = "T1".to_owned();
    for _ in 0..600 {
        one.machine.rejected(one.now, Scenario::id(&token));
        match one.machine.get(one.now, &another(&token)) {
            Ticket::Lead(flight, todo) => {
                flights += 1;
                one.put(Some(todo)).finish();
                token = format!("T{}", flights + 1);
                let landed = one.machine.outcome(one.now, flight, &Want::default());
                assert!(matches!(landed, hallpass_core::lifecycle::Landed::Ok(_)));
            }
            Ticket::Closed(Error::Denied(Denied::Rejected { .. })) => {}
            other => panic!("{}", word(&other)),
        }
        assert_eq!(word(&one.get()), "ready", "who has not seen it fail may try it");
        one.pass(seconds(1));
    }
    assert!((5..=16).contains(&flights), "{flights} in ten minutes");
}

#[test]
fn one_success_forgets_the_rejections() {
    let mut one = with_token();
    one.machine.rejected(one.now, Scenario::id("T1"));
    one.lead().finish();
    one.machine.rejected(one.now, Scenario::id("T2"));
    assert_eq!(word(&one.machine.get(one.now, &another("T2"))), "closed");
    one.machine.accepted(Scenario::id("T0"));
    one.machine.rejected(one.now, Scenario::id("T2"));
    assert_eq!(word(&one.machine.get(one.now, &another("T2"))), "closed", "an old token proves nothing of this one");
    one.machine.accepted(Scenario::id("T2"));
    one.machine.rejected(one.now, Scenario::id("T2"));
    assert_eq!(word(&one.machine.get(one.now, &another("T2"))), "lead");
}

#[test]
fn an_invalidated_token_counts_against_nobody() {
    let mut one = with_token();
    one.machine.invalidate(Scenario::id("T1"));
    one.lead().finish();
    one.machine.rejected(one.now, Scenario::id("T2"));
    assert_eq!(word(&one.get()), "lead");
}

#[test]
fn to_invalidate_one_token_is_to_invalidate_no_other() {
    let mut one = with_token();
    one.machine.invalidate(Scenario::id("T0"));
    assert_eq!(word(&one.get()), "ready");
    one.machine.invalidate(Scenario::id("T1"));
    assert!(one.machine.current().is_none());
}

/// T2 is renewed in its time, while rejections are held back since it was refused.
#[test]
fn a_token_in_hand_that_the_api_takes_proves_itself_whatever_came_before() {
    let mut one = with_token();
    one.machine.rejected(one.now, Scenario::id("T1"));
    one.lead().finish();
    one.pass(super::short_of_an_hour(31) + Duration::from_millis(500));
    one.machine.rejected(one.now, Scenario::id("T2"));
    one.pass(Duration::from_millis(500)).lead().finish();
    assert_eq!(one.token(), "T3");
    one.machine.accepted(Scenario::id("T3"));
    one.machine.rejected(one.now, Scenario::id("T3"));
    assert_eq!(word(&one.machine.get(one.now, &another("T3"))), "lead");
}
