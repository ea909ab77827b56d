//! A caller that leaves while a store takes its time: what it began is not left half done.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use hallpass_async::{Client, Config};
use hallpass_core::dialect::{BasicForm, ClientAuth, Dialect, Held, Key, UserKeyLogin};
use hallpass_core::lifecycle::Revision;
use hallpass_core::revocation::Revocation;
use hallpass_core::{Endpoint, RefreshToken, Secrets, UserKey, secret};
use hallpass_store::{Loaded, Locked, Memory, Record, SaveError, Store, StoreError};
use hallpass_testserver::TestServer;
use hallpass_testserver::script::{Reply, ScriptServer, answers};
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

/// As by a timeout around it, in the pause after a try that failed. On a slow machine it is left sooner, and nothing else
/// changes.
#[tokio::test]
async fn a_close_that_is_left_may_be_begun_again() {
    let reply = Reply::json(200, r#"{"access_token":"tok","refresh_token":"new"}"#);
    let server = ScriptServer::start(answers([reply])).expect("a server");
    let dialect = UserKeyLogin::new(&Endpoint::parse(&server.origin()).expect("a URL"), "alice").expect("a URL");
    let ill = AtomicUsize::new(2);
    let store = Hooked::new(move |record| {
        let is_gain = record.grant.is_some();
        let ill = ill.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |ill| ill.checked_sub(1).filter(|_| is_gain));
        if ill.is_ok() { Err(SaveError::NotApplied("no space".into())) } else { Ok(()) }
    });
    let held = Held { user_key: Some(UserKey::new("uk")), refresh_token: Some(RefreshToken::new("old")) };
    let mut lock = store.memory.try_lock(&dialect.key(), PATIENCE).expect("memory works").expect("free");
    lock.save(&Record::new(Revision(1), held)).expect("memory works");
    drop(lock);
    let client = Client::new(Config::new(dialect.clone(), Secrets::new()).store(store.clone())).expect("a client");
    assert!(client.token().await.expect("it is served all the same").is_unsaved());

    time::timeout(Duration::from_millis(100), client.close()).await.expect_err("the pause is longer");
    time::timeout(PATIENCE, client.close()).await.expect("nothing flies");
    let kept = store.peek(&dialect.key()).expect("memory works").expect("it is held").record.held;
    assert_eq!(kept.refresh_token, Some(RefreshToken::new("new")));
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
