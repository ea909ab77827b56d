//! What befalls one program.

use hallpass_testkit::scenario::Stage;

use super::*;

#[test]
pub(crate) fn a_late_reply_for_an_abandoned_flight() {
    let (realm, mut one) = one();
    one.lead().until(Stage::Send).reaches_server();
    let (flight, late) = (one.flight(), one.take());
    one.machine.abandon(flight);
    assert_eq!(one.landed(), Landed::Again, "those who wait are told");
    one.put(late).arrives().finish();
    assert_eq!(one.landed(), Landed::Again, "it changes no flight");
    one.lead().finish();
    assert!(!one.grant().is_unsaved(), "what it has proved is kept, and saved by the next flight");
    assert!(!one.trace().contains("authenticate"), "{}", one.trace());
    has_a_good_token(&realm, &one);
    all_is_well(&realm, 2);
}

#[test]
pub(crate) fn a_waiter_that_wakes_two_hours_late() {
    let (realm, mut one) = one();
    one.lead().finish();
    one.pass(2 * HOUR);
    assert_eq!(one.landed(), Landed::Again, "not the token of two hours ago");
    one.lead().finish();
    has_a_good_token(&realm, &one);
    all_is_well(&realm, 3);
}

#[test]
pub(crate) fn an_api_that_refuses_every_token() {
    let (realm, mut one) = one();
    let mut refused = None;
    for _ in 0..100 {
        one.pass(seconds(1));
        let token = match one.machine.get(one.now, &Want { not: refused, ..Want::default() }) {
            Ticket::Ready(grant) => grant,
            Ticket::Lead(flight, todo) => {
                one.put(Some(todo)).finish();
                let Landed::Ok(grant) = one.machine.outcome(one.now, flight, &Want::default()) else { continue };
                grant
            }
            Ticket::Closed(_) => continue,
            Ticket::Refresh(..) | Ticket::Wait(_) => panic!("nobody else flies"),
        };
        one.machine.rejected(one.now, token.id());
        refused = Some(token.id());
    }
    assert!(realm.requests() <= 20, "{} requests for 100 refusals", realm.requests());
    assert!(realm.requests() >= 5, "it does look again: {}", realm.requests());
    let requests = realm.requests();
    all_is_well(&realm, requests);
}
