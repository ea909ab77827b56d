//! One total deadline, however steadily bytes arrive. None of these replies ever ends in time, so a deadline that is not
//! kept shows as a token or as a test that hangs, not as a number of milliseconds.

use std::time::Duration;

use hallpass_core::Error;
use hallpass_testserver::script::{Act, Reply, ScriptServer};

use super::{TOKEN, basic_form};
use crate::driver::Driver;

fn is_given_up<D: Driver>(script: Vec<Act>) {
    let server = ScriptServer::start(script).expect("a server");
    let config = basic_form(&server.url("/token")).timeout(Duration::from_millis(1200));
    let error = D::new(config).expect("a client").token().expect_err("no token in time");
    assert!(matches!(&error, Error::Unreachable(_)), "{}: {error}", D::NAME);
    assert!(error.to_string().contains("time"), "{}: {error}", D::NAME);
    assert_eq!(server.requests().len(), 1);
}

/// The request arrives, and nothing comes.
pub fn silence_before_the_head<D: Driver>() {
    is_given_up::<D>(vec![Act::Read, Act::Stall]);
}

/// The head comes, and half the body.
pub fn silence_in_the_body<D: Driver>() {
    let mut bytes = Reply::json(200, TOKEN).to_bytes();
    bytes.truncate(bytes.len() - 10);
    is_given_up::<D>(vec![Act::Read, Act::Write(bytes), Act::Stall]);
}

/// A timeout per read would wait for all of it, over half a minute.
pub fn a_byte_every_half_second<D: Driver>() {
    let bytes = Reply::json(200, TOKEN).to_bytes();
    is_given_up::<D>(vec![Act::Read, Act::Drip { bytes, every: Duration::from_millis(500) }]);
}
