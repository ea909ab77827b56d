//! Set-ups for `doctor` of clients that prove themselves with a certificate or a signature, each broken in one way.

use std::time::Duration;

use hallpass_testkit::provider::{Client, Provider};
use hallpass_testserver::TestServer;
use hallpass_testserver::script::Reply;
use hallpass_testserver::tls::{Authority, Certificate, Leaf};
use rustls::SupportedProtocolVersion;

use super::worlds::World;
use crate::world::{Home, profile, provider};

const KEY: &str = include_str!("../../../../client/tests/keys/es256.pem");

/// A server that takes its own authority's clients only, and a client of another's, or none.
pub(super) fn guarded(version: &'static SupportedProtocolVersion, another: Option<&Authority>) -> World {
    let own = Authority::new();
    let certificate = own.issue(Leaf::Good).wants_clients_of(&own, Some(version));
    let server = TestServer::builder().tls(certificate).start().expect("a server");
    let shown = another.map(|another| another.issue(Leaf::Client));
    let more = if shown.is_some() { "client_certificate = 'client.pem'" } else { "" };
    let home = Home::new(&profile(&server.origin(), &format!("ca_file = 'ca.pem'\n{more}")));
    home.write("ca.pem", own.ca_pem().as_bytes());
    if let Some(shown) = shown {
        show(&home, &shown);
    }
    (home, Box::new(server))
}

fn show(home: &Home, shown: &Certificate) {
    home.write("client.pem", format!("{}{}", shown.pem(), shown.key_pem()).as_bytes());
}

/// As nginx says it.
pub(super) fn complaint() -> Reply {
    let page = "<html><head><title>400 No required SSL certificate was sent</title></head></html>";
    Reply::new(400).header("content-type", "text/html").body(page)
}

/// A server that takes the certificate, and knows its clients by secrets only.
pub(super) fn other_clients() -> World {
    let own = Authority::new();
    let certificate = own.issue(Leaf::Good).wants_clients_of(&own, None);
    let server = TestServer::builder().provider(provider()).tls(certificate).start().expect("a server");
    let more = "ca_file = 'ca.pem'\nclient_certificate = 'client.pem'\nclient_auth = 'tls'";
    let home = Home::new(&without_secret(&profile(&server.origin(), more)));
    home.write("ca.pem", own.ca_pem().as_bytes());
    show(&home, &own.issue(Leaf::Client));
    (home, Box::new(server))
}

pub(super) fn no_key() -> World {
    let home = Home::new(&profile("https://auth.example", "client_certificate = 'client.pem'"));
    home.write("client.pem", Authority::new().issue(Leaf::Client).pem().as_bytes());
    (home, Box::new(()))
}

/// A client that signs, and a server that knows its key.
pub(super) fn signs(more: &str, change: impl FnOnce(&mut Provider)) -> World {
    let (server, home) = signing(more);
    server.with_provider(change);
    (home, Box::new(server))
}

/// The same, where the clocks are apart.
pub(super) fn signed_too_early() -> World {
    let (server, home) = signing("");
    server.advance(Duration::from_hours(1));
    (home, Box::new(server))
}

fn signing(more: &str) -> (TestServer, Home) {
    let mut config = provider();
    config.clients.push(Client::signing("signer", "its public key"));
    let server = TestServer::builder().provider(config).start().expect("a server");
    server.with_provider(|provider| provider.verify_signatures(|_, _| true));
    let who = if more.contains("client_id") { "" } else { "client_id = 'signer'\n" };
    let text = without_secret(&profile(&server.origin(), "")).replace("client_id = 'reports'\n", "");
    let home = Home::new(&format!("{text}{who}private_key = {{ file = 'key.pem' }}\n{more}\n"));
    home.write("key.pem", KEY.as_bytes());
    (server, home)
}

fn without_secret(profile: &str) -> String {
    let kept: Vec<_> = profile.lines().filter(|line| !line.starts_with("client_secret")).collect();
    kept.join("\n") + "\n"
}
