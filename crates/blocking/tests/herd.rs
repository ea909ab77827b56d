//! Many callers and one flight, on real threads against a real server.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use hallpass_blocking::{Client, Config, Policy};
use hallpass_core::dialect::{BasicForm, Key};
use hallpass_core::{Endpoint, Error, Misuse, Secret, Secrets, secret};
use hallpass_store::{Memory, Store};
use hallpass_testserver::TestServer;
use hallpass_testserver::script::{Act, Reply, ScriptServer, answers};

const THREADS: usize = 64;

fn config(token_url: &str) -> Config {
    let url = Endpoint::parse(token_url).expect("a URL");
    Config::new(BasicForm::new(url, "demo-client"), Secrets::one(secret::CLIENT_SECRET, "demo-secret"))
}

/// Every thread asks at once.
fn herd(client: &Client) -> Vec<Result<String, Error>> {
    let start = Barrier::new(THREADS);
    thread::scope(|scope| {
        let ask = || {
            start.wait();
            client.token().map(|grant| grant.access_token().expose().to_owned())
        };
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(ask)).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    })
}

#[test]
fn sixty_four_threads_on_an_empty_cache_and_on_one_that_is_gone_make_one_request_each() {
    let server = TestServer::start().expect("a server");
    let client = Client::new(config(&server.url("/oauth/v2/token"))).expect("a client");
    for round in 1..=3 {
        assert!(herd(&client).iter().all(Result::is_ok));
        assert_eq!(server.requests().len(), round);
        client.invalidate(client.token().expect("it is fresh").id());
    }
}

#[test]
fn sixty_four_threads_on_an_expired_token_make_one_request() {
    let (server, store) = (TestServer::start().expect("a server"), Memory::new());
    let config = config(&server.url("/oauth/v2/token")).store(store.clone());
    let begun = || Client::new(config.clone()).expect("a client");
    let first = begun().token().expect("a token").access_token().expose().to_owned();
    expire(&store, &config.dialect().key());
    let tokens = herd(&begun());
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

/// More clients than a thread keeps copies of tokens.
#[test]
fn many_clients_in_turn_each_have_their_own_token_and_no_old_one() {
    let server = TestServer::start().expect("a server");
    let clients: Vec<_> =
        (0..20).map(|_| Client::new(config(&server.url("/oauth/v2/token"))).expect("a client")).collect();
    let tokens = || clients.iter().map(|client| client.token().expect("a token").id()).collect::<Vec<_>>();
    let first = tokens();
    assert!((1..20).all(|at| !first[..at].contains(&first[at])), "each logged in by itself");
    assert_eq!((tokens(), tokens(), server.requests().len()), (first.clone(), first.clone(), 20));
    for client in &clients {
        assert_eq!(client.token().expect("a token").id(), client.token().expect("a token").id(), "twice in a row");
    }
    clients.iter().zip(&first).for_each(|(client, id)| client.invalidate(*id));
    let second = tokens();
    assert!(second.iter().all(|id| !first.contains(id)) && server.requests().len() == 40);
}

#[test]
fn one_failure_answers_all() {
    let policy = Policy { sends: 2, ..Policy::default() };
    let server = ScriptServer::start(answers([Reply::new(500)])).expect("a server");
    let client = Client::new(config(&server.url("/token")).policy(policy)).expect("a client");
    let results = herd(&client);
    assert!(results.iter().all(|result| matches!(result, Err(Error::Unreachable(_)))), "{results:?}");
    assert!(server.requests().len() <= 4, "one flight's sends, or two if somebody came late");
}

#[test]
fn a_first_500_is_hidden() {
    let scripts = ScriptServer::builder()
        .connection(answers([Reply::new(500)]))
        .every(answers([Reply::json(200, r#"{"access_token":"tok","expires_in":60}"#)]));
    let server = scripts.start().expect("a server");
    let client = Client::new(config(&server.url("/token"))).expect("a client");
    assert!(herd(&client).iter().all(Result::is_ok));
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_panicking_secret_source_answers_all() {
    let server = TestServer::start().expect("a server");
    let url = Endpoint::parse(&server.url("/oauth/v2/token")).expect("a URL");
    let asked = std::sync::Arc::new(AtomicUsize::new(0));
    let counted = asked.clone();
    let source = move |_: &str| -> Result<Secret, Misuse> {
        counted.fetch_add(1, Ordering::SeqCst);
        panic!("on purpose")
    };
    let client = Client::new(Config::new(BasicForm::new(url, "demo-client"), source)).expect("a client");
    assert!(herd(&client).iter().all(|result| matches!(result, Err(Error::Misuse(Misuse::Secret { .. })))));
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_callers_patience_does_not_cut_the_flight() {
    let reply = Reply::json(200, r#"{"access_token":"tok","expires_in":60}"#).to_bytes();
    let slow = vec![Act::Read, Act::Drip { bytes: reply, every: Duration::from_millis(3) }, Act::Stall];
    let server = ScriptServer::start(slow).expect("a server");
    let client = Client::new(config(&server.url("/token")).wait(Duration::from_millis(1))).expect("a client");
    let error = client.token().expect_err("no token in a millisecond");
    assert!(error.to_string().contains("ready to wait"), "{error}");
    while client.token().is_err() {}
    assert_eq!(server.requests().len(), 1, "the flight went on, and nobody asked again");
}

#[test]
fn the_last_drop_waits_for_what_was_sent() {
    let reply = Reply::json(200, r#"{"access_token":"tok","refresh_token":"r1","expires_in":60}"#).to_bytes();
    let slow = vec![Act::Read, Act::Drip { bytes: reply, every: Duration::from_millis(3) }, Act::Stall];
    let server = ScriptServer::start(slow).expect("a server");
    let store = Memory::new();
    let config = config(&server.url("/token")).wait(Duration::from_millis(1)).store(store.clone());
    let client = Client::new(config.clone()).expect("a client");
    client.token().expect_err("no token in a millisecond");
    assert!(server.wait_for(1, Duration::from_mins(1)), "nothing is sent");
    drop(client);
    let record = store.peek(&config.dialect().key()).expect("memory works").expect("a record");
    assert!(record.record.grant.is_some(), "the answer was waited for and kept");
}
