//! The event loop of the examples, run against the test server.

#[path = "../examples/event_loop.rs"]
mod event_loop;

#[test]
fn two_logins_in_a_loop_of_ones_own_make_two_requests() {
    event_loop::main().expect("both logins have a token");
}
