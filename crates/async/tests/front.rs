//! A leader that is kept but no longer polled, as in a `select!` whose other branch takes its time.

use core::future::poll_fn;
use core::task::Poll;
use std::pin::Pin;
use std::time::{Duration, Instant};

use hallpass_async::{Client, Config, Error, Grant};
use hallpass_core::dialect::{BasicForm, Dialect, Held, UserKeyLogin};
use hallpass_core::lifecycle::{Record, Revision};
use hallpass_core::{Endpoint, RefreshToken, Secrets, UserKey, secret};
use hallpass_store::{Memory, Store};
use hallpass_testserver::script::{Act, Reply, ScriptServer};
use tokio::time;

/// How long something that must happen may take on a slow machine.
const PATIENCE: Duration = Duration::from_mins(1);

const TICK: Duration = Duration::from_millis(1);

fn dripping(body: &str) -> ScriptServer {
    let reply = Act::Drip { bytes: Reply::json(200, body).to_bytes(), every: Duration::from_millis(2) };
    ScriptServer::start(vec![Act::Read, reply, Act::Stall]).expect("a server")
}

fn basic_form(server: &ScriptServer) -> Client {
    let dialect = BasicForm::new(Endpoint::parse(&server.url("/token")).expect("a URL"), "demo-client");
    let secrets = Secrets::one(secret::CLIENT_SECRET, "demo-secret");
    Client::new(Config::new(dialect, secrets)).expect("a client")
}

/// Polls a caller until the server has its request, and no more.
async fn sent(leader: &mut Pin<Box<impl Future<Output = Result<Grant, Error>>>>, server: &ScriptServer) {
    let start = Instant::now();
    while server.requests().is_empty() {
        let landed = poll_fn(|context| Poll::Ready(leader.as_mut().poll(context).is_ready())).await;
        assert!(!landed && start.elapsed() < PATIENCE, "the reply takes longer than that, the request does not");
        time::sleep(TICK).await;
    }
}

/// Invariant 18.
#[tokio::test]
async fn it_holds_up_no_other_caller() {
    let server = dripping(r#"{"access_token":"tok","expires_in":60}"#);
    let client = basic_form(&server);
    let mut leader = Box::pin(client.token());
    sent(&mut leader, &server).await;
    let other = time::timeout(PATIENCE, client.token()).await.expect("in time").expect("a token");
    let own = time::timeout(PATIENCE, leader).await.expect("in time").expect("the same");
    assert_eq!((other.id(), server.requests().len()), (own.id(), 1));
}

/// Whoever is handed over waits like everybody else, and is woken like everybody else.
#[tokio::test]
async fn one_that_is_polled_is_answered_too() {
    let server = dripping(r#"{"access_token":"tok","expires_in":60}"#);
    let client = basic_form(&server);
    let leader = tokio::spawn({
        let client = client.clone();
        async move { client.token().await }
    });
    while server.requests().is_empty() {
        time::sleep(TICK).await;
    }
    client.token().await.expect("a token");
    time::timeout(PATIENCE, leader).await.expect("in time").expect("no panic").expect("the same");
}

#[tokio::test]
async fn it_holds_up_no_close() {
    let server = dripping(r#"{"access_token":"tok","expires_in":60}"#);
    let client = basic_form(&server);
    let mut leader = Box::pin(client.token());
    sent(&mut leader, &server).await;
    time::timeout(PATIENCE, client.close()).await.expect("in time");
    leader.await.expect("what was sent before was answered");
}

/// Its flight has the record's lock.
#[tokio::test]
async fn it_holds_up_no_forget() {
    let server = dripping(r#"{"access_token":"tok","expires_in":60}"#);
    let client = basic_form(&server);
    let mut leader = Box::pin(client.token());
    sent(&mut leader, &server).await;
    let forgotten = time::timeout(PATIENCE, client.forget()).await.expect("in time").expect("the lock is had");
    assert!(forgotten.is_some_and(|record| record.grant.is_some()), "what was sent before was answered");
    drop(leader);
}

/// Invariant 1.
#[tokio::test]
async fn it_cuts_no_rotation_in_half() {
    let server = dripping(r#"{"access_token":"tok","refresh_token":"new"}"#);
    let dialect = UserKeyLogin::new(&Endpoint::parse(&server.origin()).expect("a URL"), "alice").expect("a URL");
    let store = Memory::new();
    let held = Held { user_key: Some(UserKey::new("uk")), refresh_token: Some(RefreshToken::new("old")) };
    let mut lock = store.try_lock(&dialect.key(), PATIENCE).expect("memory works").expect("free");
    lock.save(&Record::new(Revision(1), held)).expect("memory works");
    drop(lock);
    let client = Client::new(Config::new(dialect.clone(), Secrets::new()).store(store.clone())).expect("a client");
    let mut leader = Box::pin(client.token());
    sent(&mut leader, &server).await;

    let start = Instant::now();
    let record = || store.peek(&dialect.key()).expect("memory works").expect("it is held").record;
    while record().held.refresh_token != Some(RefreshToken::new("new")) {
        assert!(start.elapsed() < PATIENCE, "the reply was not read");
        time::sleep(TICK).await;
    }
    assert_eq!((record().spending, server.requests().len()), (None, 1));
    drop(leader);
}
