//! Many callers, many keys, one pool: one flight a key, shared connections, nothing lost that is still needed.

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use hallpass_blocking::{Client, Config, Pool};
use hallpass_core::dialect::{BasicForm, Key};
use hallpass_core::{Endpoint, Error, Secrets, secret};
use hallpass_store::{Loaded, Locked, Memory, Record, SaveError, Store, StoreError};
use hallpass_testserver::script::{Act, Reply, ScriptServer, answers};

const CALLERS: usize = 1_000;
const KEYS: usize = 100;

const TOKEN: &str = r#"{"access_token":"tok","expires_in":60}"#;

fn server() -> ScriptServer {
    let replies: Vec<_> = (0..2 * CALLERS).map(|_| Reply::json(200, TOKEN)).collect();
    ScriptServer::start(answers(replies)).expect("a server")
}

fn config(server: &ScriptServer, tenant: usize) -> Config {
    let url = Endpoint::parse(&server.url("/token")).expect("a URL");
    Config::new(BasicForm::new(url, format!("tenant-{tenant}")), Secrets::one(secret::CLIENT_SECRET, "s"))
}

fn client(pool: &Pool, server: &ScriptServer, tenant: usize) -> Result<Client, Error> {
    let config = config(server, tenant);
    pool.client(&config.dialect().key(), || Ok(config.clone()))
}

#[test]
fn a_thousand_callers_of_a_hundred_keys_make_a_hundred_requests() {
    let (server, pool, start) = (server(), Pool::new(KEYS), Barrier::new(CALLERS));
    let ask = |caller: usize| {
        start.wait();
        client(&pool, &server, caller % KEYS)?.token().map(drop)
    };
    let results: Vec<_> = thread::scope(|scope| {
        let spawn = |caller| thread::Builder::new().stack_size(256 * 1024).spawn_scoped(scope, move || ask(caller));
        let threads: Vec<_> = (0..CALLERS).map(|caller| spawn(caller).expect("a thread")).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!((server.requests().len(), pool.len()), (KEYS, KEYS));
}

#[test]
fn tenants_that_come_one_after_the_other_share_a_connection() {
    let (server, pool) = (server(), Pool::new(KEYS));
    for tenant in 0..KEYS {
        client(&pool, &server, tenant).and_then(|client| client.token()).expect("a token");
    }
    assert_eq!((server.requests().len(), server.connections()), (KEYS, 1));
}

#[test]
fn whoever_makes_room_logs_in_again() {
    let (server, pool) = (server(), Pool::new(1));
    for (tenant, requests) in [(1, 1), (1, 1), (2, 2), (1, 3)] {
        client(&pool, &server, tenant).and_then(|client| client.token()).expect("a token");
        assert_eq!((server.requests().len(), pool.len()), (requests, 1));
    }
}

#[test]
fn a_flight_is_never_dropped() {
    let slow =
        vec![Act::Read, Act::Drip { bytes: Reply::json(200, TOKEN).to_bytes(), every: Duration::from_millis(2) }];
    let server = ScriptServer::start([slow, vec![Act::Stall]].concat()).expect("a server");
    let pool = Pool::new(1);
    let impatient = config(&server, 1).wait(Duration::from_millis(1));
    let flying = pool.client(&impatient.dialect().key(), || Ok(impatient.clone())).expect("a client");
    flying.token().expect_err("not in a millisecond");
    drop(flying);
    let full = client(&pool, &server, 2).expect_err("the only place is taken by one that flies");
    assert!(full.to_string().contains("still to be saved"), "{full}");
    while client(&pool, &server, 2).is_err() {
        thread::yield_now();
    }
    assert_eq!(server.requests().len(), 1);
}

/// Invariant 3: what is not saved is not lost.
#[test]
fn a_grant_that_is_still_to_be_saved_is_never_dropped() {
    let (server, pool) = (server(), Pool::new(1).idle(Duration::ZERO));
    let unsavable = config(&server, 1).store(Full(Memory::new()));
    let key = unsavable.dialect().key();
    let grant = pool.client(&key, || Ok(unsavable.clone())).and_then(|client| client.token()).expect("a token");
    assert!(grant.is_unsaved());
    client(&pool, &server, 2).expect_err("the only place is taken");
    assert_eq!((pool.evict_idle(), pool.len()), (0, 1));
    assert_eq!(pool.get(&key).expect("it is there").token().expect("a token"), grant);
}

/// A store in which nothing can be saved.
struct Full(Memory);

struct FullLock(Box<dyn Locked>);

impl Store for Full {
    fn peek(&self, key: &Key) -> Result<Option<Loaded>, StoreError> {
        self.0.peek(key)
    }

    fn try_lock(&self, key: &Key, lease: Duration) -> Result<Option<Box<dyn Locked>>, StoreError> {
        Ok(self.0.try_lock(key, lease)?.map(|lock| Box::new(FullLock(lock)) as Box<dyn Locked>))
    }

    fn blocks(&self) -> bool {
        false
    }
}

impl Locked for FullLock {
    fn found(&self) -> Option<&Loaded> {
        self.0.found()
    }

    fn save(&mut self, _: &Record) -> Result<(), SaveError> {
        Err(SaveError::NotApplied("no space is left".into()))
    }

    fn unlock(self: Box<Self>) -> Result<(), StoreError> {
        self.0.unlock()
    }
}
