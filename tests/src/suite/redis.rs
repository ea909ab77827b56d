//! A Redis that is not there: no refresh token is spent, a login that can authenticate goes on alone, and the rest fail and
//! say why (invariant 20).

use std::sync::{Arc, Mutex};
use std::time::Duration;

use hallpass_client::Config;
use hallpass_core::dialect::{Held, Key};
use hallpass_core::lifecycle::{Record, Revision};
use hallpass_core::{Error, RefreshToken};
use hallpass_store::{Loaded, Locked, Redis, SaveError, Store, StoreError};
use hallpass_testserver::redis::RedisServer;
use hallpass_testserver::relay::{Passing, Relay};
use hallpass_testserver::script::{Reply, ScriptServer, answers};

use super::{PATIENCE, basic_form, secrets, user_key};
use crate::driver::Driver;

/// The refresh token that Redis has from the start.
const OLD: &str = "canary-old";

/// A server that remembers all that it has confirmed.
fn durable() -> RedisServer {
    let builder = RedisServer::builder().setting("appendonly", "yes").setting("appendfsync", "always");
    builder.start().unwrap_or_else(|error| panic!("{error}"))
}

fn at(redis: &RedisServer) -> Redis {
    Redis::new(&redis.url()).expect("a URL")
}

/// Authenticates, and answers a refresh, in one and the same way.
fn server() -> ScriptServer {
    let grant = r#"{"access_token":"tok","expires_in":3600,"refresh_token":"canary-new"}"#;
    ScriptServer::builder().every(answers([Reply::json(200, grant)])).start().expect("a server")
}

/// A login for which a refresh token is kept.
fn keep(store: &Redis, key: &Key) {
    let held = Held { refresh_token: Some(RefreshToken::new(OLD)), user_key: None };
    let mut lock = store.try_lock(key, PATIENCE).expect("it answers").expect("nobody has it");
    lock.save(&Record::new(Revision(1), held)).expect("it answers");
    lock.unlock().expect("it answers");
}

/// Starts it again, and spares the test the wait for the end of a lease.
fn again(redis: &mut RedisServer) {
    redis.restart().expect("it starts");
    let unlock = r#"EVAL "for _, key in ipairs(redis.call('KEYS', '*:lock')) do redis.call('DEL', key) end" 0"#;
    assert_eq!(redis.command(unlock).expect("it answers"), "$-1");
}

/// How often the old refresh token arrived.
fn spent(server: &ScriptServer) -> usize {
    server.requests().iter().filter(|request| request.text().contains(OLD)).count()
}

/// Nothing is in hand, and nothing can be read.
pub fn dead_at_the_start<D: Driver>() {
    let (mut redis, server) = (durable(), server());
    redis.kill();
    let config = basic_form::<D>(&server.url("/token")).store(at(&redis));
    D::new(config).expect("a client").token().expect("it can authenticate without a store");
    assert_eq!(server.requests().len(), 1, "{}", D::NAME);

    let config = Config::new(user_key::<D>(&server.origin()), secrets()).store(at(&redis));
    let error = D::new(config).expect("a client").token().expect_err("its user key is in the store");
    assert!(matches!(error, Error::Store(_)), "{}: {error}", D::NAME);
    assert!(error.to_string().contains(&redis.url()), "{}: it says which store: {error}", D::NAME);
    assert_eq!(server.requests().len(), 1, "{}: nothing is sent for nothing", D::NAME);
}

/// Killed before each thing that a flight asks of it, and started again for the next login. The refresh token is spent
/// once, by whoever could mark it.
pub fn killed_in_mid_flight<D: Driver>() {
    let steps = [("peek", 0), ("lock", 0), ("mark", 0), ("save", 1), ("unlock", 1)];
    for (before, spends) in steps {
        let (redis, server) = (durable(), server());
        let store = at(&redis);
        let config = basic_form::<D>(&server.url("/token"));
        keep(&store, &config.dialect().key());
        let redis = Arc::new(Mutex::new(redis));
        let dying = Dying(Death { redis: redis.clone(), before }, store.clone());

        let first = D::new(config.clone().store(dying)).expect("a client");
        first.token().unwrap_or_else(|error| panic!("{}: killed before the {before}: {error}", D::NAME));
        assert_eq!(spent(&server), spends, "{}: killed before the {before}", D::NAME);

        again(&mut redis.lock().expect("no panic under it"));
        let next = D::new(config.store(store)).expect("a client");
        next.token().unwrap_or_else(|error| panic!("{}: after the {before}: {error}", D::NAME));
        assert_eq!(spent(&server), 1, "{}: after the {before}", D::NAME);
    }
}

/// What is in hand serves on; a new login goes without the store's refresh token.
pub fn dead_afterwards<D: Driver>() {
    let (mut redis, server) = (durable(), server());
    let config = basic_form::<D>(&server.url("/token")).store(at(&redis)).api_url(&server.origin()).expect("loopback");
    let client = D::new(config).expect("a client");
    client.token().expect("all is well");
    redis.kill();
    let mut request = http::Request::get(server.url("/x")).body(()).expect("a request");
    client.authorize(&mut request).expect("the token in hand is good");
    assert_eq!(server.requests().len(), 1, "{}", D::NAME);

    client.token().expect("it can authenticate without a store");
    let refreshes = server.requests().iter().filter(|request| request.text().contains("refresh")).count();
    assert_eq!((server.requests().len(), refreshes), (2, 0), "{}", D::NAME);
}

/// Connected, and silent: as good as dead once the time for a call is over.
pub fn silent_at_the_start<D: Driver>() {
    let (redis, server) = (durable(), server());
    let relay = Relay::to(redis.address()).expect("a relay");
    relay.let_through(Passing::Nothing);
    let silent = Redis::new(&format!("redis://{}", relay.address())).expect("a URL");
    let config = basic_form::<D>(&server.url("/token"));
    keep(&at(&redis), &config.dialect().key());
    let config = config.store(silent.timeout(Duration::from_millis(300)));
    D::new(config).expect("a client").token().expect("it can authenticate without a store");
    assert_eq!((server.requests().len(), spent(&server)), (1, 0), "{}", D::NAME);
}

/// A server, and the call that it is killed before.
#[derive(Clone)]
struct Death {
    redis: Arc<Mutex<RedisServer>>,
    before: &'static str,
}

impl Death {
    fn comes(&self, call: &str) {
        if self.before == call {
            self.redis.lock().expect("no panic under it").kill();
        }
    }
}

struct Dying<S>(Death, S);

impl Store for Dying<Redis> {
    fn peek(&self, key: &Key) -> Result<Option<Loaded>, StoreError> {
        self.0.comes("peek");
        self.1.peek(key)
    }

    fn try_lock(&self, key: &Key, lease: Duration) -> Result<Option<Box<dyn Locked>>, StoreError> {
        self.0.comes("lock");
        let lock = self.1.try_lock(key, lease)?;
        Ok(lock.map(|lock| Box::new(Dying(self.0.clone(), lock)) as Box<dyn Locked>))
    }
}

impl Locked for Dying<Box<dyn Locked>> {
    fn found(&self) -> Option<&Loaded> {
        self.1.found()
    }

    fn save(&mut self, record: &Record) -> Result<(), SaveError> {
        self.0.comes(if record.spending.is_some() { "mark" } else { "save" });
        self.1.save(record)
    }

    fn unlock(self: Box<Self>) -> Result<(), StoreError> {
        self.0.comes("unlock");
        self.1.unlock()
    }
}
