//! A process that can start no thread: a container's limit on processes is reached.

use std::env;
use std::process::Command;
use std::time::Duration;

use hallpass_blocking::{Client, Config, Want, probe};
use hallpass_core::dialect::BasicForm;
use hallpass_core::{Endpoint, Misuse, Secret};
use hallpass_testserver::TestServer;

/// Neither the flight nor the name of its server has a thread.
#[test]
fn a_login_and_a_lookup_need_no_thread() {
    let Ok(origin) = env::var(ORIGIN) else { return without_threads("a_login_and_a_lookup_need_no_thread") };
    assert!(std::thread::Builder::new().spawn(|| ()).is_err(), "there is no thread to be had");
    let endpoint = Endpoint::parse(&format!("{origin}/oauth/v2/token")).expect("a URL");
    // A source that may ask a person: then the flight is flown behind its caller.
    let secrets = |_: &str| -> Result<Secret, Misuse> { Ok(Secret::new("demo-secret")) };
    let client = Client::new(Config::new(BasicForm::new(endpoint, "demo-client"), secrets).allow_http("localhost"));
    let client = client.expect("a client");
    let first = client.token().expect("a token");
    let second = client.token_with(&Want { not: Some(first.id()), ..Want::default() }).expect("another");
    assert_ne!(first.id(), second.id());
    assert!(!probe::resolve("localhost", 1, Duration::from_mins(1)).expect("addresses").is_empty());
}

/// The server's address, for the process without threads.
const ORIGIN: &str = "HALLPASS_TEST_ORIGIN";

/// Runs one of these tests in a process of its own, whose threads would need more memory than there can be.
fn without_threads(test: &str) {
    let server = TestServer::start().expect("a server");
    let mut alone = Command::new(env::current_exe().expect("a path"));
    alone.args([test, "--exact", "--test-threads=1", "--nocapture"]).env("RUST_MIN_STACK", (1_u64 << 60).to_string());
    let output = alone.env(ORIGIN, server.origin().replace("127.0.0.1", "localhost")).output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(server.requests().len(), 2, "it ran, and logged in twice");
}
