//! One total deadline, however steadily bytes arrive. None of these replies ends in time, so a deadline that is not kept
//! shows as a token or another error, not as a number of milliseconds.

use std::time::Duration;

use hallpass_core::Error;
use hallpass_testserver::script::{Act, Reply, ScriptServer};

use super::{SHORT, TOKEN, basic_form, silence};
use crate::driver::Driver;

fn is_given_up<D: Driver>(script: Vec<Act>) {
    let server = ScriptServer::start(script).expect("a server");
    let config = basic_form(&server.url("/token")).timeout(SHORT);
    let error = D::new(config).expect("a client").token().expect_err("no token in time");
    assert!(matches!(&error, Error::Unreachable(_)), "{}: {error}", D::NAME);
    assert!(error.to_string().contains("time"), "{}: {error}", D::NAME);
    assert_eq!(server.requests().len(), 1);
}

/// The request arrives, and nothing comes.
pub fn silence_before_the_head<D: Driver>() {
    is_given_up::<D>(vec![Act::Read, silence()]);
}

/// The head comes, and half the body.
pub fn silence_in_the_body<D: Driver>() {
    let mut bytes = Reply::json(200, TOKEN).to_bytes();
    bytes.truncate(bytes.len() - 10);
    is_given_up::<D>(vec![Act::Read, Act::Write(bytes), silence()]);
}

/// A timeout per read would wait for all of it, over half a minute.
pub fn a_byte_every_half_second<D: Driver>() {
    let bytes = Reply::json(200, TOKEN).to_bytes();
    is_given_up::<D>(vec![Act::Read, drip(bytes)]);
}

/// Where HTTP libraries count the time of a head as a whole, they may not count that of a body so.
pub fn a_byte_every_half_second_of_the_body<D: Driver>() {
    let mut head = Reply::json(200, TOKEN).to_bytes();
    let body = head.split_off(head.len() - TOKEN.len());
    is_given_up::<D>(vec![Act::Read, Act::Write(head), drip(body)]);
}

fn drip(bytes: Vec<u8>) -> Act {
    Act::Drip { bytes, every: Duration::from_millis(500) }
}
