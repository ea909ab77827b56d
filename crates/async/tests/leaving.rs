//! A caller that leaves while a store takes its time: what it began is not left half done.

use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use hallpass_async::{Client, Config};
use hallpass_core::dialect::{BasicForm, ClientAuth, Key};
use hallpass_core::revocation::Revocation;
use hallpass_core::{Endpoint, Secrets, secret};
use hallpass_store::{Loaded, Locked, Memory, Record, SaveError, Store, StoreError};
use hallpass_testserver::TestServer;
use tokio::time;

/// How long something that must happen may take on a slow machine; less than a flight may.
const PATIENCE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn what_is_forgotten_is_served_no_more() {
    for revokes in [false, true] {
        let server = TestServer::start().expect("a server");
        let url = |path| Endpoint::parse(&server.url(path)).expect("a URL");
        let ((entered, enters), (opens, opened)) = (mpsc::channel(), mpsc::channel());
        let opened = Mutex::new(opened);
        let store = Hooked::new(move |record| {
            if record.grant.is_none() {
                entered.send(()).expect("it is waited for");
                opened.lock().expect("nobody panics").recv_timeout(PATIENCE).expect("it is opened");
            }
            Ok(())
        });
        let secrets = Secrets::one(secret::CLIENT_SECRET, "demo-secret");
        let config = Config::new(BasicForm::new(url("/oauth/v2/token"), "demo-client"), secrets).store(store);
        let revocation = Revocation::new(url("/revoke")).client("demo-client", ClientAuth::Body);
        let client = Client::new(config.revocation(revocation).expect("loopback")).expect("a client");
        let before = client.token().await.expect("a token").id();
        let forgetting =
            async { if revokes { client.revoke().await.map(drop) } else { client.forget().await.map(drop) } };
        tokio::select! {
            _ = forgetting => panic!("its store takes its time"),
            () = until(|| enters.try_recv().is_ok()) => {}
        }
        opens.send(()).expect("it is waited for");
        let start = Instant::now();
        while client.token().await.expect("a token").id() == before {
            assert!(start.elapsed() < PATIENCE, "it is served still, revoked: {revokes}");
            time::sleep(Duration::from_millis(1)).await;
        }
    }
}

async fn until(reached: impl Fn() -> bool) {
    let start = Instant::now();
    while !reached() {
        assert!(start.elapsed() < PATIENCE, "it did not happen");
        time::sleep(Duration::from_millis(1)).await;
    }
}

/// A store that is asked before each save.
#[derive(Clone)]
struct Hooked {
    memory: Memory,
    hook: Arc<Hook>,
}

type Hook = dyn Fn(&Record) -> Result<(), SaveError> + Send + Sync;

impl Hooked {
    fn new(hook: impl Fn(&Record) -> Result<(), SaveError> + Send + Sync + 'static) -> Self {
        Self { memory: Memory::new(), hook: Arc::new(hook) }
    }
}

impl Store for Hooked {
    fn peek(&self, key: &Key) -> Result<Option<Loaded>, StoreError> {
        self.memory.peek(key)
    }

    fn try_lock(&self, key: &Key, lease: Duration) -> Result<Option<Box<dyn Locked>>, StoreError> {
        let hooked = |held| -> Box<dyn Locked> { Box::new(HookedLock(held, self.hook.clone())) };
        Ok(self.memory.try_lock(key, lease)?.map(hooked))
    }
}

struct HookedLock(Box<dyn Locked>, Arc<Hook>);

impl Locked for HookedLock {
    fn found(&self) -> Option<&Loaded> {
        self.0.found()
    }

    fn save(&mut self, record: &Record) -> Result<(), SaveError> {
        (self.1)(record)?;
        self.0.save(record)
    }

    fn unlock(self: Box<Self>) -> Result<(), StoreError> {
        self.0.unlock()
    }
}
