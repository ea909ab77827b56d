//! Renewal ahead: whatever becomes of it, the token in hand is served, and the next caller renews.

use std::time::{Duration, Instant};

use hallpass_async::{Ahead, Change, Client, Config, Policy};
use hallpass_core::dialect::BasicForm;
use hallpass_core::lifecycle::Revision;
use hallpass_core::{Endpoint, Secrets, secret};
use hallpass_store::{Memory, Store};
use hallpass_testserver::TestServer;
use tokio::runtime::{Builder, Runtime};

/// How long something that must happen may take on a slow machine; less than a flight may.
const PATIENCE: Duration = Duration::from_mins(1);

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// A login whose store has a token that was made 50 minutes ago.
fn near_its_end(server: &TestServer) -> Config {
    let (url, memory) = (Endpoint::parse(&server.url("/oauth/v2/token")).expect("a URL"), Memory::new());
    let secrets = Secrets::one(secret::CLIENT_SECRET, "demo-secret");
    let config = Config::new(BasicForm::new(url, "demo-client"), secrets).store(memory.clone());
    runtime().block_on(Client::new(config.clone()).expect("a client").token()).expect("a token");

    let mut lock = memory.try_lock(&config.dialect().key(), PATIENCE).expect("memory works").expect("free");
    let mut record = lock.found().expect("it is held").record.clone();
    record.revision = Revision(record.revision.0.wrapping_add(1));
    record.grant.as_mut().expect("it is kept").issued -= Duration::from_mins(50);
    lock.save(&record).expect("memory works");
    config.policy(Policy { advisory_percent: 100, ..Policy::default() })
}

/// Invariant 19.
#[test]
fn a_renewal_that_is_dropped_before_it_ran_is_begun_by_the_next_caller() {
    let server = TestServer::start().expect("a server");
    let client = Client::new(near_its_end(&server)).expect("a client");
    for _ in 0..2 {
        runtime().block_on(client.token()).expect("the token in hand");
    }
    assert_eq!(server.requests().len(), 1, "the runtime was gone before the renewal was polled");
    runtime().block_on(async {
        client.token().await.expect("the token in hand");
        let start = Instant::now();
        while server.requests().len() < 2 {
            assert!(start.elapsed() < PATIENCE, "nobody renews");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    });
}

/// Invariant 18.
#[test]
fn a_flight_that_found_no_runtime_holds_up_nobody() {
    let server = TestServer::start().expect("a server");
    let url = Endpoint::parse(&server.url("/oauth/v2/token")).expect("a URL");
    let secrets = Secrets::one(secret::CLIENT_SECRET, "demo-secret");
    let client = Client::new(Config::new(BasicForm::new(url, "demo-client"), secrets)).expect("a client");
    let lost = client.clone();
    std::thread::spawn(move || {
        let mut token = Box::pin(lost.token());
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let _ = token.as_mut().poll(&mut context);
    })
    .join()
    .expect_err("there is no runtime");
    runtime().block_on(async {
        tokio::time::timeout(PATIENCE, client.token()).await.expect("in time").expect("a token");
    });
}

#[test]
fn a_renewal_that_panics_takes_no_token_away() {
    let server = TestServer::start().expect("a server");
    let watch = |change: &Change| assert!(!matches!(change, Change::Granted { .. }), "on purpose");
    let config = near_its_end(&server).ahead(Ahead::Inline).watch(watch);
    let client = Client::new(config).expect("a client");
    runtime().block_on(async {
        client.token().await.expect("one that is near its end");
        client.token().await.expect("it is good all the same");
    });
    assert_eq!(server.requests().len(), 2, "it was renewed");
}
