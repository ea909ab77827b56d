//! A wait is measured for every caller who has no token in hand, also for one who flies the login itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hallpass_async::{Client, Config};
use hallpass_core::dialect::BasicForm;
use hallpass_core::{Endpoint, Secrets, secret};
use hallpass_testserver::TestServer;
use metrics::{Counter, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit};

/// How many waits were measured.
#[derive(Clone, Default)]
struct Waits(Arc<AtomicU64>);

impl HistogramFn for Waits {
    fn record(&self, _: f64) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Recorder for Waits {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, _: &Key, _: &Metadata<'_>) -> Counter {
        Counter::noop()
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        match key.name() {
            "hallpass_wait_duration_seconds" => Histogram::from_arc(Arc::new(self.clone())),
            _ => Histogram::noop(),
        }
    }
}

/// One test, since a process has one recorder.
#[tokio::test]
async fn every_caller_without_a_token_waits() {
    let waits = Waits::default();
    metrics::set_global_recorder(waits.clone()).expect("there is no other");
    let server = TestServer::start().expect("a server");
    let url = Endpoint::parse(&server.url("/oauth/v2/token")).expect("a URL");
    let config = Config::new(BasicForm::new(url, "demo-client"), Secrets::one(secret::CLIENT_SECRET, "demo-secret"));
    let client = Client::new(config).expect("a client");
    // Both begin before either has a token: one leads, and one waits for it.
    let (first, second) = tokio::join!(client.token(), client.token());
    assert_eq!(first.expect("a token").id(), second.expect("a token").id());
    assert_eq!(waits.0.load(Ordering::SeqCst), 2);
    client.token().await.expect("it is in hand");
    assert_eq!(waits.0.load(Ordering::SeqCst), 2);
    assert_eq!(server.requests().len(), 1);
}
