//! A lock is given back where blocking is allowed, whichever way its holder leaves.

use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use hallpass_async::{Client, Config};
use hallpass_core::dialect::{BasicForm, Dialect, Held, Key, UserKeyLogin};
use hallpass_core::lifecycle::Revision;
use hallpass_core::revocation::Revocation;
use hallpass_core::{Endpoint, Misuse, RefreshToken, Secret, Secrets, secret};
use hallpass_store::{Loaded, Locked, Memory, Record, SaveError, Store, StoreError};
use hallpass_testserver::TestServer;
use hallpass_testserver::script::{Act, Reply, ScriptServer, answers};

/// How long something that must happen may take on a slow machine.
const PATIENCE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn by_a_registration() {
    let (server, store) = (TestServer::start().expect("a server"), Noting::default());
    let url = Endpoint::parse(&server.origin()).expect("a URL");
    let dialect = UserKeyLogin::new(&url, "alice").expect("a URL");
    let broken = |_: &str| -> Result<Secret, Misuse> { Err(Misuse::NotRegistered) };
    let config = Config::new(dialect.clone(), broken).store(store.clone());
    Client::new(config).expect("a client").register().await.expect_err("it has no secret");
    store.has_back(1).await;

    let config = Config::new(dialect, Secrets::one(secret::USER_SECRET, "correct horse 9")).store(store.clone());
    Client::new(config).expect("a client").register().await.expect("a user key");
    store.has_back(2).await;
}

#[tokio::test]
async fn by_a_revocation() {
    let scripts = ScriptServer::builder().connection(answers([Reply::new(503)]));
    let (server, store) = (scripts.every(vec![Act::Read, Act::Stall]).start().expect("a server"), Noting::default());
    let url = |path| Endpoint::parse(&server.url(path)).expect("a URL");
    let dialect = BasicForm::new(url("/token"), "demo-client");
    let held = Held { user_key: None, refresh_token: Some(RefreshToken::new("old")) };
    let mut lock = store.memory.try_lock(&dialect.key(), PATIENCE).expect("memory works").expect("free");
    lock.save(&Record::new(Revision(1), held)).expect("memory works");
    drop(lock);
    let config = Config::new(dialect, Secrets::one(secret::CLIENT_SECRET, "demo-secret")).store(store.clone());
    let client = Client::new(config.revocation(Revocation::new(url("/revoke"))).expect("loopback")).expect("a client");
    client.revoke().await.expect_err("the server is busy");
    store.has_back(1).await;

    tokio::select! {
        _ = client.revoke() => panic!("nobody answers"),
        () = until(|| server.requests().len() == 2) => {}
    }
    store.has_back(2).await;
}

async fn until(reached: impl Fn() -> bool) {
    let start = Instant::now();
    while !reached() {
        assert!(start.elapsed() < PATIENCE, "it did not happen");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// A store that notes on which threads its locks were given back.
#[derive(Clone, Default)]
struct Noting {
    memory: Memory,
    threads: Arc<Mutex<Vec<ThreadId>>>,
}

impl Noting {
    /// Waits until so many locks were given back, none of them by the thread that awaits.
    async fn has_back(&self, locks: usize) {
        until(|| self.threads().len() == locks).await;
        assert!(!self.threads().contains(&thread::current().id()));
    }

    fn threads(&self) -> MutexGuard<'_, Vec<ThreadId>> {
        self.threads.lock().expect("nothing panics while it is held")
    }
}

impl Store for Noting {
    fn peek(&self, key: &Key) -> Result<Option<Loaded>, StoreError> {
        self.memory.peek(key)
    }

    fn try_lock(&self, key: &Key, lease: Duration) -> Result<Option<Box<dyn Locked>>, StoreError> {
        let noted = |held| -> Box<dyn Locked> { Box::new(Lock { held, store: self.clone() }) };
        Ok(self.memory.try_lock(key, lease)?.map(noted))
    }
}

struct Lock {
    held: Box<dyn Locked>,
    store: Noting,
}

impl Locked for Lock {
    fn found(&self) -> Option<&Loaded> {
        self.held.found()
    }

    fn save(&mut self, record: &Record) -> Result<(), SaveError> {
        self.held.save(record)
    }

    fn unlock(self: Box<Self>) -> Result<(), StoreError> {
        drop(self);
        Ok(())
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        self.store.threads().push(thread::current().id());
    }
}
