//! Real processes on one Redis.

use std::path::Path;
use std::time::Duration;

use hallpass_conformance::fleet::redis::{CLIENTS, pauses};
use hallpass_conformance::fleet::{Fleet, Worker, rotating};
use hallpass_testkit::provider::Endpoint;
use hallpass_testserver::TestServer;
use hallpass_testserver::redis::RedisServer;

use super::FLEET;

const PROCESSES: usize = 8;

/// Invariant 6.
#[test]
fn a_thousand_clients_in_eight_processes_make_one_request() {
    // Room for all of them, as far as the system gives it.
    let redis = RedisServer::builder().setting("tcp-backlog", "4096").start().unwrap_or_else(|error| panic!("{error}"));
    let server = TestServer::builder().provider(rotating(Duration::from_hours(1))).start().expect("a server");
    let fleet = Fleet::new(Path::new(FLEET), Path::new(&redis.url()), &server.origin()).expect("a pipe");
    let mut workers: Vec<Worker> = (0..PROCESSES).map(|_| fleet.start("herd", |_| ()).expect("a process")).collect();
    for _ in 0..PROCESSES {
        assert_eq!(fleet.next().what, "ready");
    }
    workers.iter_mut().for_each(Worker::go);
    let mut tokens = Vec::new();
    while tokens.len() < PROCESSES * CLIENTS {
        let said = fleet.next();
        assert_eq!(said.what, "token", "{said:?}");
        tokens.push(said.rest);
    }
    assert!(workers.iter_mut().all(|worker| worker.wait().expect("a child").success()));
    assert_eq!(server.with_provider(|provider| provider.token_requests(Endpoint::PasswordForm)), 1);
    tokens.dedup();
    assert_eq!(tokens.len(), 1, "one token for all: {tokens:?}");
}

/// Invariants 1 and 6.
#[test]
fn no_refresh_token_is_sent_twice_whoever_stops_longer_than_the_lease() {
    let paused = pauses(Path::new(FLEET), 10, |_| ()).unwrap_or_else(|wrong| panic!("{wrong}"));
    println!("{paused:?}");
    assert!(paused.at.values().sum::<u64>() >= 10 && paused.refreshes > 0, "{paused:?}");
}
