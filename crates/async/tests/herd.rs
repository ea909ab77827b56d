//! Many callers and one flight, on a real runtime against a real server.

use std::time::Duration;

use hallpass_async::{Client, Config, Policy};
use hallpass_core::dialect::{BasicForm, Key};
use hallpass_core::{Endpoint, Error, Misuse, Secret, Secrets, secret};
use hallpass_store::{Memory, Store};
use hallpass_testserver::TestServer;
use hallpass_testserver::script::{Act, Reply, ScriptServer, answers};
use tokio::task::JoinSet;

const TASKS: usize = 1000;

const TOKEN: &str = r#"{"access_token":"tok","expires_in":60}"#;

fn config(token_url: &str) -> Config {
    let url = Endpoint::parse(token_url).expect("a URL");
    Config::new(BasicForm::new(url, "demo-client"), Secrets::one(secret::CLIENT_SECRET, "demo-secret"))
}

/// Every task asks at once.
async fn herd(client: &Client) -> Vec<Result<String, Error>> {
    let mut tasks = JoinSet::new();
    for _ in 0..TASKS {
        let client = client.clone();
        tasks.spawn(async move { client.token().await.map(|grant| grant.access_token().expose().to_owned()) });
    }
    tasks.join_all().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_tasks_on_an_empty_cache_and_on_one_that_is_gone_make_one_request_each() {
    let server = TestServer::start().expect("a server");
    let client = Client::new(config(&server.url("/oauth/v2/token"))).expect("a client");
    for round in 1..=3 {
        assert!(herd(&client).await.iter().all(Result::is_ok));
        assert_eq!(server.requests().len(), round);
        client.invalidate(client.token().await.expect("it is fresh").id());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_tasks_on_an_expired_token_make_one_request() {
    let (server, store) = (TestServer::start().expect("a server"), Memory::new());
    let config = config(&server.url("/oauth/v2/token")).store(store.clone());
    let begun = || Client::new(config.clone()).expect("a client");
    let first = begun().token().await.expect("a token").access_token().expose().to_owned();
    expire(&store, &config.dialect().key());
    let tokens = herd(&begun()).await;
    assert!(tokens.iter().all(|token| token.as_ref().is_ok_and(|token| *token != first)), "each is the new one");
    assert_eq!(server.requests().len(), 2);
}

/// The kept token grows a year older.
fn expire(store: &Memory, key: &Key) {
    let mut lock = store.try_lock(key, Duration::from_mins(1)).expect("memory works").expect("nobody has the lock");
    let mut record = lock.found().expect("a record").record.clone();
    record.revision.0 += 1;
    record.grant.as_mut().expect("a token").issued -= Duration::from_hours(24 * 365);
    lock.save(&record).expect("it is the record that was found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_failure_answers_all() {
    let policy = Policy { sends: 2, ..Policy::default() };
    let server = ScriptServer::start(answers([Reply::new(500)])).expect("a server");
    let client = Client::new(config(&server.url("/token")).policy(policy)).expect("a client");
    let results = herd(&client).await;
    assert!(results.iter().all(|result| matches!(result, Err(Error::Unreachable(_)))));
    assert!(server.requests().len() <= 4, "one flight's sends, or two if somebody came late");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_500_is_hidden() {
    let scripts = ScriptServer::builder().connection(answers([Reply::new(500)]));
    let server = scripts.every(answers([Reply::json(200, TOKEN)])).start().expect("a server");
    let client = Client::new(config(&server.url("/token"))).expect("a client");
    assert!(herd(&client).await.iter().all(Result::is_ok));
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panicking_secret_source_answers_all() {
    let server = TestServer::start().expect("a server");
    let url = Endpoint::parse(&server.url("/oauth/v2/token")).expect("a URL");
    let source = |_: &str| -> Result<Secret, Misuse> { panic!("on purpose") };
    let client = Client::new(Config::new(BasicForm::new(url, "demo-client"), source)).expect("a client");
    assert!(herd(&client).await.iter().all(|result| matches!(result, Err(Error::Misuse(Misuse::Secret { .. })))));
    assert_eq!(server.connections(), 0);
}

/// The leader's own future goes away; the flight that it started does not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_is_cancelled_leaves_nobody_waiting() {
    let slow = Act::Drip { bytes: Reply::json(200, TOKEN).to_bytes(), every: Duration::from_millis(2) };
    let server = ScriptServer::start(vec![Act::Read, slow, Act::Stall]).expect("a server");
    let client = Client::new(config(&server.url("/token"))).expect("a client");
    let leader = tokio::spawn({
        let client = client.clone();
        async move { client.token().await.map(drop) }
    });
    assert!(server.wait_for(1, Duration::from_mins(1)), "nothing is sent");
    leader.abort();
    assert!(herd(&client).await.iter().all(Result::is_ok));
    assert_eq!(server.requests().len(), 1);
}

/// A whole runtime goes away with the flight that ran in it; a waiter in another one leads.
#[test]
fn a_flight_whose_runtime_is_gone_is_taken_up_by_a_waiter() {
    let scripts = ScriptServer::builder().connection(vec![Act::Read, Act::Stall]);
    let server = scripts.every(answers([Reply::json(200, TOKEN)])).start().expect("a server");
    let client = Client::new(config(&server.url("/token"))).expect("a client");
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let first = runtime();
    first.block_on(async {
        let leader = tokio::spawn({
            let client = client.clone();
            async move { client.token().await.map(drop) }
        });
        while server.requests().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        drop(leader);
    });
    let waiter = std::thread::spawn({
        let client = client.clone();
        move || runtime().block_on(client.token()).map(drop)
    });
    drop(first);
    waiter.join().expect("no panic").expect("a token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_waits_for_what_was_sent() {
    let slow = Act::Drip { bytes: Reply::json(200, TOKEN).to_bytes(), every: Duration::from_millis(2) };
    let server = ScriptServer::start(vec![Act::Read, slow, Act::Stall]).expect("a server");
    let store = Memory::new();
    let config = config(&server.url("/token")).wait(Duration::from_millis(1)).store(store.clone());
    let client = Client::new(config.clone()).expect("a client");
    client.token().await.expect_err("no token in a millisecond");
    assert!(server.wait_for(1, Duration::from_mins(1)), "nothing is sent");
    client.close().await;
    let record = store.peek(&config.dialect().key()).expect("memory works");
    assert!(record.is_some_and(|found| found.record.grant.is_some()), "the answer was waited for and kept");
    client.force_refresh().await.expect_err("no flight starts any more");
}
