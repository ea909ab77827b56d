//! The store on a real Redis, in health and out of it.
#![cfg(unix)]

mod access;
mod damage;
mod outage;
mod sound;
mod unknown;

use std::thread;
use std::time::Duration;

use hallpass_core::dialect::{Held, Key, Spends};
use hallpass_core::lifecycle::{Mark, Revision};
use hallpass_core::{Endpoint, RefreshToken, UtcDateTime};
use hallpass_store::{Locked, Record, Redis, Store};
use hallpass_testserver::redis::RedisServer;
use redis::Commands;

/// Longer than any of this takes.
const LEASE: Duration = Duration::from_mins(1);

/// The time for what never comes, and enough for what does: a lock keeps the time that it was taken with.
const SHORT: Duration = Duration::from_secs(1);

fn server() -> RedisServer {
    RedisServer::start().unwrap_or_else(|error| panic!("{error}"))
}

fn at(server: &RedisServer) -> Redis {
    Redis::new(&server.url()).expect("a URL")
}

/// Cases that wait do so together.
fn side_by_side<T: Send>(cases: impl IntoIterator<Item = T>, holds: impl Fn(T) + Sync) {
    let holds = &holds;
    thread::scope(|scope| {
        for case in cases {
            scope.spawn(move || holds(case));
        }
    });
}

fn key() -> Key {
    let endpoint = Endpoint::parse("https://auth.example/token").expect("a URL");
    Key::new("basic-form", &endpoint).with("client_id", "canary-id")
}

fn lock(store: &Redis) -> Box<dyn Locked> {
    store.try_lock(&key(), LEASE).expect("it can be locked").expect("nobody has the lock")
}

/// Saves a record and gives the lock back.
fn keep(store: &Redis, record: &Record) {
    let mut lock = lock(store);
    lock.save(record).expect("it is saved");
    lock.unlock().expect("it is unlocked");
}

fn kept(store: &Redis) -> Option<Record> {
    store.peek(&key()).expect("it can be read").map(|found| found.record)
}

fn gain(revision: u64) -> Record {
    let held = Held { refresh_token: Some(RefreshToken::new("canary-refresh")), user_key: None };
    Record::new(Revision(revision), held)
}

fn mark(revision: u64) -> Record {
    let mark = Mark { spends: Spends::RefreshToken, since: UtcDateTime::UNIX_EPOCH, by: "test".into() };
    Record { spending: Some(mark), ..gain(revision) }
}

/// No error shows an id, a token or a password.
fn shows_nothing(error: &impl std::fmt::Debug) {
    let printed = format!("{error:?}");
    assert!(!printed.contains("canary"), "{printed}");
}

/// A connection for what the store does not do.
fn raw(server: &RedisServer) -> redis::Connection {
    redis::Client::open(server.url()).expect("a URL").get_connection().expect("it answers")
}

/// The name of the only record.
fn name(server: &RedisServer) -> String {
    let names: Vec<String> = raw(server).keys("*}").expect("it answers");
    names.into_iter().next().expect("a record was saved")
}

/// How often it was told to run this command.
fn calls(server: &RedisServer, command: &str) -> u64 {
    let (info, start) = (info(server, "commandstats"), format!("cmdstat_{command}:calls="));
    let calls = info.lines().find_map(|line| line.strip_prefix(&start)?.split(',').next());
    calls.map_or(0, |calls| calls.parse().expect("a number"))
}

fn info(server: &RedisServer, section: &str) -> String {
    redis::cmd("INFO").arg(section).query(&mut raw(server)).expect("it answers")
}
