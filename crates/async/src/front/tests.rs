//! Who comes first: the leader that puts its flight in front, or the caller that waits for it.

use core::future::{pending, poll_fn};
use core::pin::pin;
use core::task::Poll;

use hallpass_client::Config;
use hallpass_client::pilot::Pilot;
use hallpass_core::dialect::BasicForm;
use hallpass_core::lifecycle::{Ticket, Want};
use hallpass_core::{Endpoint, Secrets, secret};

use super::*;

fn flight() -> Flight {
    let url = Endpoint::parse("https://auth.example/token").expect("a URL");
    let secrets = Secrets::one(secret::CLIENT_SECRET, "s");
    let Ticket::Lead(flight, _) = Pilot::new(Config::new(BasicForm::new(url, "id"), secrets)).ask(&Want::default())
    else {
        panic!("nobody leads yet")
    };
    flight
}

/// Whether the leader has nothing left to poll.
async fn is_handed_over(leader: Pin<&mut impl Future<Output = ()>>) -> bool {
    let mut leader = leader;
    poll_fn(|context| Poll::Ready(leader.as_mut().poll(context).is_ready())).await
}

/// Invariant 18: a leader that is not polled after its first time holds up no waiter.
#[tokio::test]
async fn a_flight_that_is_waited_for_does_not_stay() {
    for waiter_is_first in [true, false] {
        let (front, flight) = (Front::default(), flight());
        let mut leader = pin!(front.fly(flight, Box::pin(pending())));
        if waiter_is_first {
            front.waited_for(flight);
        } else {
            assert!(!is_handed_over(leader.as_mut()).await, "nobody waits yet");
            front.waited_for(flight);
        }
        assert!(is_handed_over(leader).await, "waiter first: {waiter_is_first}");
    }
}
