//! What is counted, as a scrape shows it.

#[path = "../examples/prometheus.rs"]
mod prometheus;

use std::net::SocketAddr;
use std::time::Duration;

use hallpass_blocking::{Client, Config, Replace};
use hallpass_core::dialect::{BasicForm, Key, UserKeyLogin};
use hallpass_core::lifecycle::Policy;
use hallpass_core::{Endpoint, RefreshToken, Secrets, secret};
use hallpass_store::{Loaded, Locked, Memory, Record, SaveError, Store, StoreError};
use hallpass_testserver::TestServer;
use hallpass_testserver::script::{Act, ScriptServer};

fn scrape(address: SocketAddr) -> String {
    let mut response = ureq::get(format!("http://{address}/metrics")).call().expect("it answers");
    response.body_mut().read_to_string().expect("text")
}

/// A line of the text, by its name with its labels.
fn value(text: &str, name: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
}

fn config(token_url: &str, client_secret: &str) -> Config {
    let dialect = BasicForm::new(Endpoint::parse(token_url).expect("a URL"), "demo-client");
    Config::new(dialect, Secrets::one(secret::CLIENT_SECRET, client_secret))
}

/// A store whose disk is gone.
struct Gone;

impl Store for Gone {
    fn peek(&self, _: &Key) -> Result<Option<Loaded>, StoreError> {
        Err(StoreError::new("the disk is gone"))
    }

    fn try_lock(&self, _: &Key, _: Duration) -> Result<Option<Box<dyn Locked>>, StoreError> {
        Err(StoreError::new("the disk is gone"))
    }
}

/// A store that is full: it saves nothing, and no lock of it comes back.
struct Full;

impl Store for Full {
    fn peek(&self, _: &Key) -> Result<Option<Loaded>, StoreError> {
        Ok(None)
    }

    fn try_lock(&self, _: &Key, _: Duration) -> Result<Option<Box<dyn Locked>>, StoreError> {
        Ok(Some(Box::new(Full)))
    }
}

impl Locked for Full {
    fn found(&self) -> Option<&Loaded> {
        None
    }

    fn save(&mut self, _: &Record) -> Result<(), SaveError> {
        Err(SaveError::NotApplied("the disk is full".into()))
    }

    fn unlock(self: Box<Self>) -> Result<(), StoreError> {
        Err(StoreError::new("the disk is full"))
    }
}

/// A store whose records are all 50 minutes old.
struct Aged(Memory);

impl Store for Aged {
    fn peek(&self, key: &Key) -> Result<Option<Loaded>, StoreError> {
        let loaded = self.0.peek(key)?;
        Ok(loaded.map(|loaded| Loaded { age: Some(Duration::from_mins(50)), ..loaded }))
    }

    fn try_lock(&self, key: &Key, lease: Duration) -> Result<Option<Box<dyn Locked>>, StoreError> {
        self.0.try_lock(key, lease)
    }
}

/// One test, since a process has one recorder.
#[test]
fn every_line_of_the_table_is_counted() {
    let address = prometheus::serve("127.0.0.1:0").expect("a port");
    prometheus::work().expect("a login and two calls");
    let text = scrape(address);
    assert_eq!(value(&text, "hallpass_flights_total{outcome=\"ok\"}"), Some(2.0), "{text}");
    assert_eq!(value(&text, "hallpass_flight_duration_seconds_count{outcome=\"ok\"}"), Some(2.0), "{text}");
    assert_eq!(value(&text, "hallpass_tokens_rejected_total"), Some(1.0), "{text}");
    assert_eq!(value(&text, "hallpass_calls_healed_total"), Some(1.0), "{text}");
    // The caller flew its login and its new one itself: that is a wait too, and a token in hand is none.
    assert_eq!(value(&text, "hallpass_wait_duration_seconds_count"), Some(2.0), "{text}");

    let server = TestServer::start().expect("a server");
    let token_url = server.url("/oauth/v2/token");
    // The second flight looks at the record, finds the latch closed, and sends nothing.
    let looks = Policy { look: Duration::ZERO, ..Policy::default() };
    let client = Client::new(config(&token_url, "canary-77").policy(looks)).expect("a client");
    for _ in 0..2 {
        client.token().expect_err("a wrong secret");
    }
    assert_eq!(server.requests().len(), 1);
    let text = scrape(address);
    assert_eq!(value(&text, "hallpass_flights_total{outcome=\"refused\"}"), Some(2.0), "{text}");
    assert_eq!(value(&text, "hallpass_latches_closed_total"), Some(1.0), "{text}");

    Client::new(config(&token_url, "demo-secret").store(Gone)).expect("a client").token().expect("it can log in");
    let text = scrape(address);
    assert!(value(&text, "hallpass_store_errors_total{operation=\"reading\"}") >= Some(1.0), "{text}");

    records_that_are_changed_by_hand(&config(&token_url, "demo-secret"), address);

    // Another process finds a token that is near its end, and serves it while it has a new one made.
    let (memory, policy) = (Memory::new(), Policy { advisory_percent: 100, ..Policy::default() });
    let first = config(&token_url, "demo-secret").store(memory.clone());
    Client::new(first).expect("a client").token().expect("a token");
    let second = config(&token_url, "demo-secret").store(Aged(memory)).policy(policy);
    let client = Client::new(second).expect("a client");
    for _ in 0..2 {
        client.token().expect("a token");
    }
    client.close();
    assert_eq!(value(&scrape(address), "hallpass_refreshes_ahead_total"), Some(1.0));

    // A caller waits, and leaves before the server has said anything.
    let silent = ScriptServer::start(vec![Act::Read, Act::Stall]).expect("a server");
    let impatient = config(&silent.url("/token"), "demo-secret").wait(Duration::from_millis(50));
    let client = Client::new(impatient.timeout(Duration::from_secs(2))).expect("a client");
    let waits = |text: &str| value(text, "hallpass_wait_duration_seconds_count");
    let before = waits(&scrape(address));
    client.token().expect_err("nobody answers");
    let text = scrape(address);
    assert_eq!(waits(&text), before.map(|before| before + 1.0), "{text}");
    assert!(!text.contains("canary-77"), "{text}");
}

fn on(config: &Config, store: impl Store) -> Client {
    Client::new(config.clone().store(store)).expect("a client")
}

/// Importing, forgetting and registering call a store as a flight does.
fn records_that_are_changed_by_hand(config: &Config, address: SocketAddr) {
    let failures = || {
        let text = scrape(address);
        ["locking", "saving", "unlocking"]
            .map(|doing| value(&text, &format!("hallpass_store_errors_total{{operation=\"{doing}\"}}")).or(Some(0.0)))
    };
    let more = |before: Option<f64>, by: f64| before.map(|before| before + by);
    let sensors = Endpoint::parse("https://sensors.example/").expect("a URL");
    let login = UserKeyLogin::new(&sensors, "alice").expect("a login");
    let registers = Config::new(login, Secrets::one(secret::USER_SECRET, "demo-secret"));
    let [locking, saving, unlocking] = failures();
    on(config, Gone).forget().expect_err("no lock");
    on(config, Gone).import(RefreshToken::new("R1"), Replace::Lost).expect_err("no lock");
    on(&registers, Gone).register().expect_err("no lock");
    assert_eq!(failures(), [more(locking, 3.0), saving, unlocking]);
    on(config, Full).import(RefreshToken::new("R1"), Replace::Lost).expect_err("no room");
    on(&registers, Full).register().expect_err("no room");
    assert_eq!(failures(), [more(locking, 3.0), more(saving, 2.0), more(unlocking, 2.0)]);
}
