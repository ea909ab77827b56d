//! What only a driver that awaits has to show: several runtimes, and callers that leave.

use std::future::Future;
use std::task::Poll;
use std::time::{Duration, Instant};

use hallpass_async::{Client, Config};
use hallpass_core::dialect::{BasicForm, Dialect, Held, UserKeyLogin};
use hallpass_core::lifecycle::{Record, Revision};
use hallpass_core::{Endpoint, RefreshToken, Secrets, UserKey, secret};
use hallpass_store::{Memory, Store};
use hallpass_testserver::TestServer;
use hallpass_testserver::script::{Act, Reply, ScriptServer};
use tokio::runtime::{Builder, Runtime};

/// How long something that must happen may take on a slow machine.
const PATIENCE: Duration = Duration::from_mins(1);

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

fn client(server: &TestServer) -> Client {
    let url = Endpoint::parse(&server.url("/oauth/v2/token")).expect("a URL");
    let secrets = Secrets::one(secret::CLIENT_SECRET, "demo-secret");
    Client::new(Config::new(BasicForm::new(url, "demo-client"), secrets)).expect("a client")
}

/// Waits for something that another thread or task brings about.
async fn until(what: &str, reached: impl Fn() -> bool) {
    let start = Instant::now();
    while !reached() {
        assert!(start.elapsed() < PATIENCE, "{what} did not happen");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[test]
fn one_client_serves_runtimes_that_come_and_go() {
    let server = TestServer::start().expect("a server");
    let client = client(&server);
    for _ in 0..12 {
        runtime().block_on(client.force_refresh()).expect("a token");
    }
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let client = client.clone();
            std::thread::spawn(move || runtime().block_on(client.force_refresh()).map(drop))
        })
        .collect();
    for thread in threads {
        thread.join().expect("no panic").expect("a token");
    }
    // Threads may share a flight.
    assert!((13..=16).contains(&server.requests().len()), "{}", server.requests().len());
}

#[test]
fn connections_of_a_living_runtime_are_used_again() {
    let server = TestServer::start().expect("a server");
    let client = client(&server);
    runtime().block_on(async {
        for _ in 0..5 {
            client.force_refresh().await.expect("a token");
        }
    });
    assert_eq!(server.connections(), 1);
}

#[test]
fn a_caller_that_leaves_cuts_no_rotation_in_half() {
    let body = r#"{"access_token":"tok","refresh_token":"new"}"#;
    let reply = Act::Drip { bytes: Reply::json(200, body).to_bytes(), every: Duration::from_millis(2) };
    let server = ScriptServer::start(vec![Act::Read, reply, Act::Stall]).expect("a server");
    let dialect = UserKeyLogin::new(&Endpoint::parse(&server.origin()).expect("a URL"), "alice").expect("a URL");
    let store = Memory::new();
    let held = Held { user_key: Some(UserKey::new("uk")), refresh_token: Some(RefreshToken::new("old")) };
    let mut lock = store.try_lock(&dialect.key(), PATIENCE).expect("memory works").expect("free");
    lock.save(&Record::new(Revision(1), held)).expect("memory works");
    drop(lock);
    let config = Config::new(dialect.clone(), Secrets::new()).store(store.clone());
    let client = Client::new(config).expect("a client");

    let record = || store.peek(&dialect.key()).expect("memory works").expect("it is held").record;
    runtime().block_on(async {
        let sent = until("the request", || server.requests().len() == 1);
        tokio::select! {
            // On a slow machine both may be over by the time that somebody looks.
            biased;
            () = sent => {}
            _ = client.token() => panic!("the reply takes longer than that"),
        }
        until("the save", || record().held.refresh_token == Some(RefreshToken::new("new"))).await;
    });
    assert_eq!(record().spending, None);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_future_may_be_dropped_at_any_await() {
    let server = TestServer::start().expect("a server");
    let client = client(&server);
    runtime().block_on(async {
        for polls in 0..20 {
            let mut token = Box::pin(client.force_refresh());
            for _ in 0..polls {
                let done = std::future::poll_fn(|context| Poll::Ready(token.as_mut().poll(context).is_ready())).await;
                if done {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
        client.token().await.expect("a token after all that");
    });
}
