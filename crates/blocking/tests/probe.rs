//! What a diagnosis of a connection owes.

use core::time::Duration;
use std::net::SocketAddr;

use hallpass_blocking::Config;
use hallpass_blocking::probe::{self, Connection, Flaw};
use hallpass_core::dialect::BasicForm;
use hallpass_core::{Endpoint, Origin, Secrets};
use hallpass_testserver::script::{Act, ScriptServer};

/// It would take five seconds to say what it has to say; a timeout of a second for each read would never be over.
fn dripping(bytes: Vec<u8>) -> ScriptServer {
    let drip = Act::Drip { bytes, every: Duration::from_millis(50) };
    ScriptServer::start(vec![drip, Act::Stall]).expect("a server")
}

fn connected(address: SocketAddr) -> Connection {
    probe::connect(&[address], Duration::from_secs(1)).expect("it listens")
}

fn config() -> Config {
    let url = Endpoint::parse("https://127.0.0.1:9/token").expect("a URL");
    Config::new(BasicForm::new(url, "demo-client"), Secrets::new())
}

fn origin() -> Origin {
    Origin::parse("https://127.0.0.1:9").expect("an origin")
}

#[test]
fn a_proxy_that_drips_is_given_up() {
    let proxy = dripping(format!("HTTP/1.1 200 {}\r\n\r\n", "x".repeat(90)).into_bytes());
    let config = config().proxy(&proxy.origin()).expect("a proxy URL");
    let tunnel = probe::tunnel(connected(proxy.address()), config.get_proxy().expect("it is set"), &origin());
    assert_eq!(tunnel.expect_err("no tunnel in time").flaw, Flaw::Timeout);
}

#[test]
fn a_handshake_that_drips_is_given_up() {
    let mut record = vec![0x16, 3, 3, 0, 95];
    record.resize(100, 0);
    let server = dripping(record);
    let shaken = probe::handshake(&config(), &origin(), connected(server.address()));
    assert_eq!(shaken.expect_err("no handshake in time").flaw, Flaw::Timeout);
}
