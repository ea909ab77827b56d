//! What a pool of connections through a proxy owes.

use hallpass_blocking::{Client, Config};
use hallpass_core::dialect::BasicForm;
use hallpass_core::{Endpoint, Secrets, secret};
use hallpass_testserver::TestServer;
use hallpass_testserver::proxy::ConnectProxy;
use hallpass_testserver::tls::{Authority, Leaf};

/// A write to a dead tunnel succeeds, and nobody would know then whether the call was carried out.
#[test]
fn a_tunnel_that_is_dead_is_not_written_to() {
    let authority = Authority::new();
    let server = TestServer::builder().tls(authority.issue(Leaf::Good)).start().expect("a server");
    let proxy = ConnectProxy::start().expect("a proxy");
    let url = Endpoint::parse(&server.url("/oauth/v2/token")).expect("a URL");
    let config = Config::new(BasicForm::new(url, "demo-client"), Secrets::one(secret::CLIENT_SECRET, "demo-secret"));
    let config = config.ca_pem(authority.ca_pem().as_bytes()).expect("PEM").proxy(&proxy.url()).expect("a proxy URL");
    let client = Client::new(config.api_url(&server.origin()).expect("https")).expect("a client");
    let call = || {
        let request = http::Request::get(server.url("/basic-form/data")).body(()).expect("a request");
        client.send(request).map(|mut response| response.body_mut().bytes(1 << 20).expect("a body"))
    };
    for _ in 0..2 {
        call().expect("a response");
    }
    assert_eq!(proxy.connections(), 2, "one to the token endpoint, and one for both calls");
    drop(proxy);
    let error = call().expect_err("there is no proxy any more");
    assert!(error.to_string().contains("nobody listens there"), "another connection was tried: {error}");
}
