//! One total deadline, however steadily bytes arrive. None of these replies ends in time, so a deadline that is not kept
//! shows as a token or another error, not as a number of milliseconds.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hallpass_client::{Ahead, Change, Config};
use hallpass_core::Error;
use hallpass_store::Memory;
use hallpass_testserver::script::{Act, Reply, ScriptServer, answers};

use super::{SHORTER, TOKEN, basic_form, get, holding_a_token_near_its_end, silence};
use crate::driver::Driver;

fn is_given_up<D: Driver>(script: Vec<Act>) {
    let server = ScriptServer::start(script).expect("a server");
    let config = basic_form::<D>(&server.url("/token")).timeout(SHORTER);
    let error = D::new(config).expect("a client").token().expect_err("no token in time");
    assert!(matches!(&error, Error::Unreachable(_)), "{}: {error}", D::NAME);
    assert!(error.to_string().contains("time"), "{}: {error}", D::NAME);
    assert_eq!(server.requests().len(), 1, "{}: all of it has one deadline", D::NAME);
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

/// A call that is to be over soon, and one that may take longer than a request of a login.
pub fn a_call_has_a_time_of_its_own<D: Driver>() {
    let token = ScriptServer::start(answers([Reply::json(200, TOKEN)])).expect("a server");
    let mut head = Reply::new(200).body("a long export").to_bytes();
    let body = head.split_off(head.len() - "export".len());
    let api = ScriptServer::builder().connection(vec![Act::Read, silence()]);
    let api = api.connection(vec![Act::Read, Act::Write(head), drip(body)]).start().expect("a server");
    let config = basic_form::<D>(&token.url("/token")).store(Memory::new());
    let config = config.api_url(&api.origin()).expect("loopback");
    let call = |config| D::new(config).expect("a client").send(get(&api.url("/export")));

    let error = call(config.clone().call_timeout(SHORTER)).expect_err("no answer in time");
    assert!(error.to_string().contains("time"), "{}: {error}", D::NAME);
    let answer = call(config.timeout(SHORTER).call_timeout(super::PATIENCE)).expect("an answer, late as it is");
    assert_eq!(answer.body(), b"a long export", "{}", D::NAME);
    assert_eq!(token.requests().len(), 1, "{}: the second has the first one's token", D::NAME);
}

fn drip(bytes: Vec<u8>) -> Act {
    Act::Drip { bytes, every: Duration::from_millis(500) }
}

/// Who has a token in hand that is still good does not wait any longer than it would for one to be had at all.
pub fn a_renewal_of_the_callers_own_ends_with_its_patience<D: Driver>() {
    let token = ScriptServer::start(vec![Act::Read, silence()]).expect("a server");
    let api = ScriptServer::start(answers((0..TRIES).map(|_| Reply::new(200)))).expect("a server");
    let (config, failures) = impatient::<D>(&token);
    let store = holding_a_token_near_its_end(config.dialect());
    let client = D::new(config.store(store).api_url(&api.origin()).expect("loopback")).expect("a client");
    let call = || client.send(get(&api.url("/things")));
    (0..TRIES - 1).find_map(|_| call().ok()).expect("the store has a token");
    call().expect("it is in hand");
    assert_eq!(failures.load(Ordering::SeqCst), 0, "{}: it waited for the renewal's end", D::NAME);
    assert!(api.requests().iter().all(|request| request.header("authorization") == Some("Bearer old")), "{}", D::NAME);
    drop(token);
}

/// Also where nothing is to go on behind it.
pub fn a_login_of_the_callers_own_ends_with_its_patience<D: Driver>() {
    let server = ScriptServer::start(vec![Act::Read, silence()]).expect("a server");
    let (config, failures) = impatient::<D>(&server);
    let client = D::new(config).expect("a client");
    let error = client.token().expect_err("nobody answers");
    assert!(error.to_string().contains("ready to wait"), "{}: {error}", D::NAME);
    assert_eq!(failures.load(Ordering::SeqCst), 0, "{}: it waited for the login's end", D::NAME);
    drop(server);
}

/// On a slow machine a token out of a store may take longer than the caller waits for it.
const TRIES: usize = 30;

/// A caller that does all by itself, and waits for less than an exchange may take; and how many flights of its failed.
fn impatient<D: Driver>(server: &ScriptServer) -> (Config, Arc<AtomicUsize>) {
    let failures = Arc::new(AtomicUsize::new(0));
    let count = failures.clone();
    let watch = move |change: &Change| {
        if matches!(change, Change::Failed(_)) {
            count.fetch_add(1, Ordering::SeqCst);
        }
    };
    (basic_form::<D>(&server.url("/token")).ahead(Ahead::Inline).wait(SHORTER).watch(watch), failures)
}
