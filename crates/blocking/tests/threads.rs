//! Which thread a flight is on, also in a process that can start none: a container's limit on processes is reached.

use std::env;
use std::process::Command;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use hallpass_blocking::{Ahead, Client, Config, Want, probe};
use hallpass_core::dialect::BasicForm;
use hallpass_core::{Endpoint, Misuse, Secret};
use hallpass_testserver::TestServer;

/// Neither the flight nor the name of its server has a thread.
#[test]
fn a_login_and_a_lookup_need_no_thread() {
    let Ok(origin) = env::var(ORIGIN) else { return without_threads("a_login_and_a_lookup_need_no_thread") };
    assert!(thread::Builder::new().spawn(|| ()).is_err(), "there is no thread to be had");
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

/// A person who types a password may take any time.
#[test]
fn a_caller_who_waits_for_ever_flies_by_itself() {
    let server = TestServer::start().expect("a server");
    let endpoint = Endpoint::parse(&server.url("/oauth/v2/token")).expect("a URL");
    let (tell, asked) = mpsc::channel();
    let secrets = move |_: &str| -> Result<Secret, Misuse> {
        tell.send(thread::current().id()).expect("it is heard");
        Ok(Secret::new("demo-secret"))
    };
    let config = Config::new(BasicForm::new(endpoint, "demo-client"), secrets).ahead(Ahead::Inline);
    Client::new(config.wait(Duration::MAX)).and_then(|client| client.token()).expect("a token");
    assert_eq!(asked.recv(), Ok(thread::current().id()));
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
