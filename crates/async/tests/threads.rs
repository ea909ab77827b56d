//! A process that can start no thread: a container's limit on processes is reached.

use std::env;
use std::process::Command;
use std::time::Duration;

use hallpass_async::{Client, Config, Want};
use hallpass_core::dialect::{BasicForm, Dialect, Key};
use hallpass_core::{Endpoint, Misuse, Secret};
use hallpass_store::{Loaded, Locked, Memory, Store, StoreError};
use hallpass_testserver::TestServer;
use tokio::runtime::Builder;

/// Neither the store, nor the source of secrets, nor the name of the server has a thread.
#[test]
fn a_login_needs_no_thread() {
    let Ok(origin) = env::var(ORIGIN) else { return without_threads() };
    assert!(std::thread::Builder::new().spawn(|| ()).is_err(), "there is no thread to be had");
    let endpoint = Endpoint::parse(&format!("{origin}/oauth/v2/token")).expect("a URL");
    let (dialect, store) = (BasicForm::new(endpoint, "demo-client"), Blocks(Memory::new()));
    let key = dialect.key();
    // A source that may ask a person.
    let secrets = |_: &str| -> Result<Secret, Misuse> { Ok(Secret::new("demo-secret")) };
    let client = Client::new(Config::new(dialect, secrets).allow_http("localhost").store(store.clone()));
    let client = client.expect("a client");
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let kept = || store.peek(&key).expect("it works").expect("it is kept").record.grant.expect("a token").access_token;
    runtime.block_on(async {
        let first = client.token().await.expect("a token");
        assert_eq!(kept().expose(), first.access_token().expose());
        let second = client.token_with(&Want { not: Some(first.id()), ..Want::default() }).await.expect("another");
        assert!(first.id() != second.id() && !second.is_unsaved());
        assert_eq!(kept().expose(), second.access_token().expose());
        client.close().await;
    });
}

/// A store that may block, as most do.
#[derive(Clone)]
struct Blocks(Memory);

impl Store for Blocks {
    fn peek(&self, key: &Key) -> Result<Option<Loaded>, StoreError> {
        self.0.peek(key)
    }

    fn try_lock(&self, key: &Key, lease: Duration) -> Result<Option<Box<dyn Locked>>, StoreError> {
        self.0.try_lock(key, lease)
    }
}

/// The server's address, for the process without threads.
const ORIGIN: &str = "HALLPASS_TEST_ORIGIN";

/// Runs the test in a process of its own, whose threads would need more memory than there can be.
fn without_threads() {
    let server = TestServer::start().expect("a server");
    let mut alone = Command::new(env::current_exe().expect("a path"));
    alone.args(["a_login_needs_no_thread", "--exact", "--test-threads=1", "--nocapture"]);
    alone.env("RUST_MIN_STACK", (1_u64 << 60).to_string());
    let output = alone.env(ORIGIN, server.origin().replace("127.0.0.1", "localhost")).output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(server.requests().len(), 2, "it ran, and logged in twice");
}
