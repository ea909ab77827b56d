//! A login that ends: what could not be saved is tried again, since a rotated refresh token would end with it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use hallpass_client::Config;
use hallpass_core::dialect::{Dialect, Key};
use hallpass_core::lifecycle::{Loaded, Record, SaveError};
use hallpass_core::{Misuse, Secret};
use hallpass_store::{Locked, Memory, Store, StoreError};
use hallpass_testkit::provider::{ProviderConfig, RefreshIssue};
use hallpass_testserver::TestServer;
use hallpass_testserver::script::{Act, Reply, ScriptServer};

use super::{PATIENCE, secrets};
use crate::driver::Driver;

/// A disk that is full for a moment, or a Redis that starts again.
pub fn what_was_not_saved_is_tried_again<D: Driver>() {
    let server = server();
    for ill in [1, 3] {
        let store = Hiccup { memory: Memory::new(), ill: Arc::default() };
        let config = super::basic_form::<D>(&server.url("/oauth/v2/token")).store(store.clone());
        let client = D::new(config).expect("a client");
        client.token().expect("a token");
        store.ill.store(ill, Ordering::SeqCst);
        the_end_saves(&client, &store, &server);
    }
}

/// A server may give a refresh token with the first authentication only.
pub fn a_first_refresh_token_is_tried_again<D: Driver>() {
    let server = server();
    let store = Hiccup { memory: Memory::new(), ill: Arc::new(AtomicUsize::new(1)) };
    let config = super::basic_form::<D>(&server.url("/oauth/v2/token")).store(store.clone());
    the_end_saves(&D::new(config).expect("a client"), &store, &server);
}

/// A server that gives a new refresh token each time.
fn server() -> TestServer {
    let mut settings = ProviderConfig::default();
    settings.basic_form.refresh_token = RefreshIssue::Always;
    TestServer::builder().provider(settings).start().expect("a server")
}

fn the_end_saves<D: Driver>(client: &D, store: &Hiccup, server: &TestServer) {
    let (grant, before) = (client.token().expect("it is served all the same"), server.requests().len());
    assert!(grant.is_unsaved(), "{}", D::NAME);
    client.close();
    let key = super::basic_form::<D>(&server.url("/oauth/v2/token")).dialect().key();
    let kept = store.memory.peek(&key).expect("memory works").expect("it is saved").record;
    assert_eq!(kept.grant.map(|kept| kept.access_token).as_ref(), Some(grant.access_token()), "{}", D::NAME);
    assert!(kept.held.refresh_token.is_some() && kept.spending.is_none(), "{}", D::NAME);
    assert_eq!(server.requests().len(), before, "{}: nothing else is sent", D::NAME);
}

/// Invariant 4: the server gives a `user_key` once.
pub fn a_registration_is_waited_for<D: Driver>() {
    let reply = Reply::json(201, r#"{"user_key":"uk-1"}"#).to_bytes();
    let slow = vec![Act::Read, Act::Drip { bytes: reply, every: Duration::from_millis(3) }, Act::Stall];
    let (server, store) = (ScriptServer::start(slow).expect("a server"), Memory::new());
    let dialect = super::user_key::<D>(&server.origin());
    let client = D::new(Config::new(dialect.clone(), secrets()).store(store.clone())).expect("a client");
    thread::scope(|scope| {
        let registering = scope.spawn(|| client.register());
        assert!(server.wait_for(1, PATIENCE), "nothing is sent");
        client.close();
        let key = dialect.identity().expect("it registers");
        let kept = store.peek(&key).expect("memory works").expect("it was marked").record;
        assert!(kept.held.user_key.is_some() && kept.spending.is_none(), "{}: its answer is kept", D::NAME);
        assert_eq!(registering.join().expect("no panic").ok(), kept.held.user_key, "{}", D::NAME);
    });
}

/// Its process may end at once, and nothing was spent.
pub fn a_registration_that_has_sent_nothing_is_not_waited_for<D: Driver>() {
    let (server, store) = (TestServer::start().expect("a server"), Memory::new());
    let dialect = super::user_key::<D>(&server.origin());
    let (asks, asked) = mpsc::channel();
    let (answers, answer) = mpsc::channel();
    let answer = Mutex::new(answer);
    let source = move |_: &str| -> Result<Secret, Misuse> {
        asks.send(()).expect("it is waited for");
        Ok(answer.lock().expect("nobody panics").recv_timeout(PATIENCE).expect("it is answered"))
    };
    let client = D::new(Config::new(dialect.clone(), source).store(store.clone())).expect("a client");
    thread::scope(|scope| {
        let registering = scope.spawn(|| client.register());
        asked.recv_timeout(PATIENCE).expect("the secret is asked for");
        client.close();
        answers.send(Secret::new("correct horse 9")).expect("it waits");
        for registered in [registering.join().expect("no panic"), client.register()] {
            let error = registered.expect_err("it is closed").to_string();
            assert!(error.contains("closed"), "{}: {error}", D::NAME);
        }
    });
    assert!(asked.try_recv().is_err() && server.requests().is_empty(), "{}", D::NAME);
    assert_eq!(store.peek(&dialect.identity().expect("it registers")).expect("memory works"), None, "{}", D::NAME);
}

/// A store that saves no gain for so many times.
#[derive(Clone)]
struct Hiccup {
    memory: Memory,
    ill: Arc<AtomicUsize>,
}

impl Store for Hiccup {
    fn peek(&self, key: &Key) -> Result<Option<Loaded>, StoreError> {
        self.memory.peek(key)
    }

    fn try_lock(&self, key: &Key, lease: Duration) -> Result<Option<Box<dyn Locked>>, StoreError> {
        let lock = self.memory.try_lock(key, lease)?;
        Ok(lock.map(|lock| Box::new(HiccupLock(lock, self.ill.clone())) as Box<dyn Locked>))
    }
}

struct HiccupLock(Box<dyn Locked>, Arc<AtomicUsize>);

impl Locked for HiccupLock {
    fn found(&self) -> Option<&Loaded> {
        self.0.found()
    }

    fn save(&mut self, record: &Record) -> Result<(), SaveError> {
        let is_gain = record.spending.is_none();
        let ill = self.1.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |ill| ill.checked_sub(1).filter(|_| is_gain));
        if ill.is_ok() { Err(SaveError::NotApplied("no space".into())) } else { self.0.save(record) }
    }

    fn unlock(self: Box<Self>) -> Result<(), StoreError> {
        self.0.unlock()
    }
}
