//! An explicit proxy: a tunnel for https, and nothing else.

use hallpass_testserver::TestServer;
use hallpass_testserver::proxy::ConnectProxy;
use hallpass_testserver::tls::{Authority, Leaf};

use super::basic_form;
use crate::driver::Driver;

/// The proxy sees a name and a port; a plain request to loopback it does not see at all.
pub fn https_goes_through_and_plain_http_does_not<D: Driver>() {
    let authority = Authority::new();
    let secure = TestServer::builder().tls(authority.issue(Leaf::Good)).start().expect("a server");
    let plain = TestServer::start().expect("a server");
    let proxy = ConnectProxy::start().expect("a proxy");
    for (server, targets) in [(&plain, vec![]), (&secure, vec![secure.address().to_string()])] {
        let config = basic_form(&server.url("/oauth/v2/token")).ca_pem(authority.ca_pem().as_bytes()).expect("PEM");
        let client = D::new(config.proxy(&proxy.url()).expect("a proxy URL")).expect("a client");
        client.token().expect("a token");
        assert_eq!(proxy.targets(), targets, "{}", D::NAME);
    }
}

/// Without them nothing reaches the server.
pub fn a_proxy_that_wants_credentials<D: Driver>() {
    let authority = Authority::new();
    let server = TestServer::builder().tls(authority.issue(Leaf::Good)).start().expect("a server");
    let proxy = ConnectProxy::builder().credentials("user", "pass").start().expect("a proxy");
    let config = basic_form(&server.url("/oauth/v2/token")).ca_pem(authority.ca_pem().as_bytes()).expect("PEM");
    let without = D::new(config.clone().proxy(&proxy.url()).expect("a proxy URL")).expect("a client");
    let error = without.token().expect_err("the proxy refuses");
    assert_eq!(server.connections(), 0, "{}: {error}", D::NAME);
    let url = proxy.url().replace("http://", "http://user:pass@");
    D::new(config.proxy(&url).expect("a proxy URL")).expect("a client").token().expect("a token");
}
