//! Code of the caller's that panics: it fails, and takes nobody with it.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use hallpass_client::{Ahead, Change, Config};
use hallpass_core::dialect::{Dialect, Exchange, Gain, Goal, Held, Key, Refusal};
use hallpass_core::{Misuse, Now, Reply, Request, Secret, Secrets};
use hallpass_store::{Loaded, Locked, Memory, Record, SaveError, Store, StoreError};
use hallpass_testserver::script::{self, ScriptServer, answers};

use super::{TOKEN, basic_form, demo, dialect, secrets, user_key};
use crate::altered::Altered;
use crate::driver::Driver;

/// Invariant 18. Its flight would else be begun again and again, each time with a request.
pub fn a_dialects_fails_the_login<D: Driver>() {
    for (method, sends) in METHODS {
        let server = ScriptServer::start(answers([script::Reply::json(200, TOKEN)])).expect("a server");
        let dialect = Panics(dialect::<D>(demo(&server.url("/token"))), method);
        let behind = |_: &str| Ok::<_, Misuse>(Secret::new("demo-secret"));
        for config in [Config::new(dialect.clone(), behind), Config::new(dialect.clone(), secrets())] {
            let client = D::new(config).expect("a client");
            let error = client.token().expect_err("its dialect panics").to_string();
            assert!(error.contains("panic") && error.contains(method), "{}: {error}", D::NAME);
        }
        assert_eq!(server.requests().len(), 2 * sends, "{}: {method}", D::NAME);
    }
}

/// What was marked is told as lost, and not repeated.
pub fn a_dialects_fails_the_registration<D: Driver>() {
    for (method, sends) in METHODS {
        let reply = script::Reply::json(201, r#"{"user_key":"uk-1"}"#);
        let server = ScriptServer::start(answers([reply])).expect("a server");
        let dialect = Panics(user_key::<D>(&server.origin()), method);
        let client = D::new(Config::new(dialect, secrets())).expect("a client");
        let error = client.register().expect_err("its dialect panics").to_string();
        assert!(error.contains("panic") && error.contains(method), "{}: {error}", D::NAME);
        client.register().expect_err("it panics, or the registration is lost");
        assert_eq!(server.requests().len(), sends, "{}: {method}", D::NAME);
    }
}

/// Invariant 4: the server gives it once.
pub fn a_stores_or_a_watchers_loses_no_user_key<D: Driver>() {
    for (saves, watches) in [(false, true), (true, false), (false, false)] {
        let reply = script::Reply::json(201, r#"{"user_key":"uk-1"}"#);
        let server = ScriptServer::start(answers([reply])).expect("a server");
        let store = Gains { memory: Memory::new(), saves };
        let config = Config::new(user_key::<D>(&server.origin()), secrets()).store(store);
        let (tell, told) = mpsc::channel();
        let config = config.watch(move |change| {
            tell.send(change.clone()).expect("somebody listens");
            assert!(watches, "on purpose");
        });
        let key = D::new(config).expect("a client").register().expect("a user key all the same");
        assert_eq!(key.expose(), "uk-1", "{}", D::NAME);
        let Ok(Change::Registered { unsaved }) = told.try_recv() else { panic!("{}: it is told", D::NAME) };
        let why = "nobody knows whether the record was saved: panicked";
        assert_eq!(unsaved.map(|failure| failure.why), (!saves).then(|| why.into()), "{}", D::NAME);
    }
}

/// One that is told of a token when everybody can have it already.
pub fn a_watchers_takes_no_token_away<D: Driver>() {
    let server = ScriptServer::start(answers([script::Reply::json(200, TOKEN)])).expect("a server");
    let behind = |_: &str| Ok::<_, Misuse>(Secret::new("demo-secret"));
    let dialect = || dialect::<D>(demo(&server.url("/token")));
    for (config, ahead) in [
        (Config::new(dialect(), behind), Ahead::Background),
        (Config::new(dialect(), behind), Ahead::Inline),
        (Config::new(dialect(), secrets()), Ahead::Background),
    ] {
        let config =
            config.ahead(ahead).watch(|change| assert!(!matches!(change, Change::Granted { .. }), "on purpose"));
        let grant = D::new(config).expect("a client").token().expect("it was granted");
        assert_eq!(grant.access_token().expose(), "tok", "{}: {ahead:?}", D::NAME);
    }
    assert_eq!(server.requests().len(), 3, "{}", D::NAME);
}

/// Who goes on without the store does so at once, and not when it has tried for as long as anybody waits.
pub fn a_locks_takes_no_token_away<D: Driver>() {
    for on in ["found", "save"] {
        let server = ScriptServer::start(answers([script::Reply::json(200, TOKEN)])).expect("a server");
        let config = basic_form::<D>(&server.url("/token")).store(Locks(on));
        let grant = D::new(config).expect("a client").token().expect("it was granted");
        assert!(grant.is_unsaved() && server.requests().len() == 1, "{}: {on}", D::NAME);
    }
}

/// A store that is empty, whose locks panic at one thing and as they are dropped after it.
struct Locks(&'static str);

impl Store for Locks {
    fn peek(&self, _: &Key) -> Result<Option<Loaded>, StoreError> {
        Ok(None)
    }

    fn try_lock(&self, _: &Key, _: Duration) -> Result<Option<Box<dyn Locked>>, StoreError> {
        Ok(Some(Box::new(LocksLock { on: self.0, panicked: false })))
    }
}

struct LocksLock {
    on: &'static str,
    panicked: bool,
}

impl Locked for LocksLock {
    fn found(&self) -> Option<&Loaded> {
        assert!(self.on != "found", "on purpose");
        None
    }

    fn save(&mut self, _: &Record) -> Result<(), SaveError> {
        self.panicked = true;
        panic!("on purpose")
    }

    fn unlock(self: Box<Self>) -> Result<(), StoreError> {
        Ok(())
    }
}

impl Drop for LocksLock {
    fn drop(&mut self) {
        assert!(!self.panicked || thread::panicking(), "on purpose");
    }
}

/// A store that keeps marks, and panics over gains unless it is told to keep them. Its locks panic as they are dropped.
#[derive(Clone)]
struct Gains {
    memory: Memory,
    saves: bool,
}

impl Store for Gains {
    fn peek(&self, key: &Key) -> Result<Option<Loaded>, StoreError> {
        self.memory.peek(key)
    }

    fn try_lock(&self, key: &Key, lease: Duration) -> Result<Option<Box<dyn Locked>>, StoreError> {
        let lock = self.memory.try_lock(key, lease)?;
        Ok(lock.map(|lock| Box::new(GainsLock(lock, self.saves)) as Box<dyn Locked>))
    }
}

struct GainsLock(Box<dyn Locked>, bool);

impl Locked for GainsLock {
    fn found(&self) -> Option<&Loaded> {
        self.0.found()
    }

    fn save(&mut self, record: &Record) -> Result<(), SaveError> {
        assert!(self.1 || record.spending.is_some(), "on purpose");
        self.0.save(record)
    }

    fn unlock(self: Box<Self>) -> Result<(), StoreError> {
        Ok(())
    }
}

impl Drop for GainsLock {
    fn drop(&mut self) {
        assert!(thread::panicking(), "on purpose");
    }
}

/// With how many requests.
const METHODS: [(&str, usize); 5] = [("identity", 0), ("next", 0), ("needs", 0), ("request", 0), ("read", 1)];

#[derive(Clone)]
struct Panics(Altered, &'static str);

impl Panics {
    fn on(&self, method: &str) -> &Altered {
        assert!(self.1 != method, "on purpose");
        &self.0
    }
}

impl Dialect for Panics {
    fn key(&self) -> Key {
        self.0.key()
    }

    fn identity(&self) -> Option<Key> {
        self.on("identity").identity()
    }

    fn next(&self, held: &Held, goal: Goal) -> Result<Exchange, Misuse> {
        self.on("next").next(held, goal)
    }

    fn needs(&self, exchange: Exchange) -> &[&'static str] {
        self.on("needs").needs(exchange)
    }

    fn request(&self, exchange: Exchange, held: &Held, secrets: &Secrets, now: Now) -> Result<Request, Misuse> {
        self.on("request").request(exchange, held, secrets, now)
    }

    fn read(&self, exchange: Exchange, reply: &Reply) -> Result<Gain, Refusal> {
        self.on("read").read(exchange, reply)
    }
}
