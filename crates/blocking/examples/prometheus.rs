//! What is counted, as text that Prometheus reads: `cargo run --example prometheus --features metrics`, and then
//! `curl http://127.0.0.1:9464/metrics`.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

use hallpass_blocking::{Client, Config};
use hallpass_core::dialect::BasicForm;
use hallpass_core::{Endpoint, Secrets, secret};
use hallpass_testkit::provider::Provider;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

/// Counts from now on, and answers every request at `address` with what was counted.
pub(crate) fn serve(address: &str) -> Result<SocketAddr, Box<dyn std::error::Error>> {
    let handle = PrometheusBuilder::new().install_recorder()?;
    let listener = TcpListener::bind(address)?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // Whoever hung up does not want it.
            let _ = answer(stream, &handle);
        }
    });
    Ok(address)
}

fn answer(mut stream: TcpStream, handle: &PrometheusHandle) -> std::io::Result<()> {
    let head = BufReader::new(stream.try_clone()?).lines();
    for line in head {
        if line?.is_empty() {
            break;
        }
    }
    handle.run_upkeep();
    let text = handle.render();
    write!(stream, "HTTP/1.1 200 OK\r\ncontent-type: text/plain; version=0.0.4\r\n")?;
    write!(stream, "content-length: {}\r\nconnection: close\r\n\r\n{text}", text.len())
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
