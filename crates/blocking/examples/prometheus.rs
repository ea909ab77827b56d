//! What is counted, as text that Prometheus reads: `cargo run --example prometheus --features metrics`, and then
//! `curl http://127.0.0.1:9464/metrics`. The recorder is the least that there is; `metrics-exporter-prometheus` is one with
//! quantiles.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use hallpass_blocking::{Client, Config};
use hallpass_core::dialect::BasicForm;
use hallpass_core::{Endpoint, Secrets, secret};
use hallpass_testkit::provider::Provider;
use metrics::{
    Counter, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit, set_global_recorder,
};

/// Counts from now on, and answers every request at `address` with what was counted.
pub(crate) fn serve(address: &str) -> Result<SocketAddr, Box<dyn std::error::Error>> {
    let recorder = Arc::new(Counted::default());
    set_global_recorder(recorder.clone()).map_err(|_| "there is a recorder already")?;
    let listener = TcpListener::bind(address)?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // Whoever hung up does not want it.
            let _ = answer(stream, &recorder);
        }
    });
    Ok(address)
}

fn answer(mut stream: TcpStream, counted: &Counted) -> std::io::Result<()> {
    let head = BufReader::new(stream.try_clone()?).lines();
    for line in head {
        if line?.is_empty() {
            break;
        }
    }
    let text = counted.text();
    write!(stream, "HTTP/1.1 200 OK\r\ncontent-type: text/plain; version=0.0.4\r\n")?;
    write!(stream, "content-length: {}\r\nconnection: close\r\n\r\n{text}", text.len())
}

/// Counters, and sums of what was measured, by name and labels.
#[derive(Default)]
struct Counted {
    counters: Mutex<BTreeMap<String, Arc<AtomicU64>>>,
    measured: Mutex<BTreeMap<(String, String), Arc<Sum>>>,
}

#[derive(Default)]
struct Sum(Mutex<(u64, f64)>);

impl HistogramFn for Sum {
    fn record(&self, value: f64) {
        let mut sum = lock(&self.0);
        *sum = (sum.0 + 1, sum.1 + value);
    }
}

impl Counted {
    /// Prometheus' text format; what is measured is a summary without quantiles.
    fn text(&self) -> String {
        let mut text = String::new();
        for (name, count) in &*lock(&self.counters) {
            // A string takes whatever is written to it.
            let _ = writeln!(text, "{name} {}", count.load(Ordering::Relaxed));
        }
        for ((name, labels), sum) in &*lock(&self.measured) {
            let (count, sum) = *lock(&sum.0);
            let _ = writeln!(text, "{name}_count{labels} {count}\n{name}_sum{labels} {sum}");
        }
        text
    }
}

fn labels(key: &Key) -> String {
    let each: Vec<_> = key.labels().map(|label| format!("{}=\"{}\"", label.key(), label.value())).collect();
    if each.is_empty() { String::new() } else { format!("{{{}}}", each.join(",")) }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Recorder for Counted {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        let name = format!("{}{}", key.name(), labels(key));
        Counter::from_arc(lock(&self.counters).entry(name).or_default().clone())
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        let name = (key.name().to_owned(), labels(key));
        Histogram::from_arc(lock(&self.measured).entry(name).or_default().clone())
    }
}

/// Something to count: a login, and a call whose token was revoked.
pub(crate) fn work() -> Result<(), Box<dyn std::error::Error>> {
    let server = hallpass_testserver::TestServer::start()?;
    let dialect = BasicForm::new(Endpoint::parse(&server.url("/oauth/v2/token"))?, "demo-client");
    let config = Config::new(dialect, Secrets::one(secret::CLIENT_SECRET, "demo-secret"));
    let client = Client::new(config.api_url(&server.origin())?)?;
    for _ in 0..2 {
        client.send(http::Request::get(server.url("/basic-form/data")).body(())?)?;
        server.with_provider(Provider::revoke_all);
    }
    Ok(())
}

#[allow(dead_code, reason = "a test does the same at another port")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("http://{}/metrics", serve("127.0.0.1:9464")?);
    work()?;
    thread::park();
    Ok(())
}
