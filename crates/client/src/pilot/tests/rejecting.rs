//! A token that one call was refused with and another was not, at the same time.

use std::sync::atomic::AtomicU32;

use hallpass_core::lifecycle::{Policy, Ticket, Want};
use shuttle::thread;

use super::{SCHEDULES, Server, check, pilot, token};

/// Its successor proves itself by its first success: if it is refused later, there is another flight.
#[test]
fn a_success_beside_a_rejection_hides_no_later_one() {
    let rejects = || {
        let (pilot, sends) = (pilot(Policy::default()), AtomicU32::new(0));
        token(&pilot, Server::Grants, &sends, false).expect("a token");
        let first = pilot.in_hand().expect("a token");
        let (theirs, accepted) = (pilot.clone(), first.clone());
        let accepting = thread::spawn(move || theirs.accepted(&accepted));
        pilot.rejected(first.id());
        accepting.join().expect("no panic");

        token(&pilot, Server::Grants, &sends, false).expect("another token");
        let second = pilot.in_hand().expect("a token");
        pilot.accepted(&second);
        pilot.rejected(second.id());
        assert!(matches!(pilot.ask(&Want::default()), Ticket::Lead(..)));
    };
    check(rejects, SCHEDULES);
}
