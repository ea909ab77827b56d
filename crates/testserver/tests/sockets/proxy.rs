//! The proxy that tunnels.

use std::io::{Read, Write};

use hallpass_testserver::TestServer;
use hallpass_testserver::proxy::ConnectProxy;
use hallpass_testserver::tls::{Authority, Leaf};

use crate::client::{agent_trusting, connect, exchange, read_exactly};

const ESTABLISHED: &str = "HTTP/1.1 200 Connection established\r\n\r\n";

#[test]
fn bytes_pass_both_ways_through_a_tunnel() {
    let server = TestServer::start().unwrap();
    let proxy = ConnectProxy::start().unwrap();
    let target = server.address();
    let mut stream = connect(proxy.address());
    // Sent at once, so that the first bytes of the tunnel arrive together with the request for it.
    let ahead = "GET /v3/ping HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    write!(stream, "CONNECT {target} HTTP/1.1\r\nhost: {target}\r\n\r\n{ahead}").unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    assert!(reply.starts_with(ESTABLISHED) && reply.ends_with("{\"ping\":\"pong\"}"), "{reply}");
    assert_eq!(proxy.targets(), [target.to_string()]);
    assert_eq!((proxy.connections(), server.requests().len()), (1, 1));
}

#[test]
fn tls_passes_to_a_made_up_host() {
    let authority = Authority::new();
    let server = TestServer::builder().tls(authority.issue(Leaf::WrongName)).start().unwrap();
    let proxy = ConnectProxy::builder().route_to(server.address()).start().unwrap();
    let via = ureq::Proxy::new(&proxy.url()).unwrap();
    let agent = agent_trusting(authority.ca_pem());
    let call = agent.get("https://elsewhere.test/v3/ping").config().proxy(Some(via)).build();
    assert_eq!(call.call().unwrap().status(), 200);
    assert_eq!(proxy.targets(), ["elsewhere.test:443"]);
}

#[test]
fn credentials_are_demanded_and_may_follow_on_the_same_connection() {
    let server = TestServer::start().unwrap();
    let proxy = ConnectProxy::builder().credentials("alice", "se:cret").route_to(server.address()).start().unwrap();
    let mut stream = connect(proxy.address());
    for authorization in ["", "proxy-authorization: Basic bm9ib2R5\r\n"] {
        write!(stream, "CONNECT a.test:443 HTTP/1.1\r\n{authorization}\r\n").unwrap();
        let refused = "HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic realm=\"proxy\"\r\n\
            content-length: 0\r\n\r\n";
        assert_eq!(read_exactly(&mut stream, refused.len()), refused);
    }
    // alice:se:cret
    write!(stream, "CONNECT a.test:443 HTTP/1.1\r\nproxy-authorization: Basic YWxpY2U6c2U6Y3JldA==\r\n\r\n").unwrap();
    assert_eq!(read_exactly(&mut stream, ESTABLISHED.len()), ESTABLISHED);
    assert_eq!(proxy.targets().len(), 3);
}

#[test]
fn an_unreachable_target_is_a_bad_gateway() {
    let proxy = ConnectProxy::start().unwrap();
    for nobody in ["127.0.0.1:0", "no-port"] {
        let reply = exchange(proxy.address(), format!("CONNECT {nobody} HTTP/1.1\r\n\r\n").as_bytes()).unwrap();
        assert!(reply.starts_with("HTTP/1.1 502 "), "{nobody}: {reply}");
    }
}

#[test]
fn nothing_but_connect_is_served() {
    let proxy = ConnectProxy::start().unwrap();
    let mut stream = connect(proxy.address());
    stream.write_all(b"GET http://a.test/ HTTP/1.1\r\nhost: a.test\r\n\r\n").unwrap();
    assert_eq!(read_exactly(&mut stream, 12), "HTTP/1.1 405");
    assert!(proxy.targets().is_empty());
}

#[test]
fn dropping_the_proxy_cuts_its_tunnels() {
    let server = TestServer::start().unwrap();
    let proxy = ConnectProxy::builder().route_to(server.address()).start().unwrap();
    let mut stream = connect(proxy.address());
    stream.write_all(b"CONNECT a.test:443 HTTP/1.1\r\n\r\n").unwrap();
    assert_eq!(read_exactly(&mut stream, ESTABLISHED.len()), ESTABLISHED);
    drop(proxy);
    let _ = stream.read_to_end(&mut Vec::new());
}
