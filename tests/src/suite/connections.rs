//! Connections that break, and replies that are framed in every way HTTP/1 knows.

use std::thread;
use std::time::Duration;

use hallpass_core::{Error, Grant};
use hallpass_testserver::TestServer;
use hallpass_testserver::script::{Act, Reply, ScriptServer, answers};
use hallpass_testserver::tls::{Authority, Leaf};

use super::{TOKEN, basic_form};
use crate::driver::Driver;

fn login<D: Driver>(script: Vec<Act>) -> Result<Grant, Error> {
    let server = ScriptServer::start(script).expect("a server");
    D::new(basic_form::<D>(&server.url("/token"))).expect("a client").token()
}

fn is_granted<D: Driver>(reply: Reply) {
    let grant = login::<D>(answers([reply])).expect("a token");
    assert_eq!(grant.access_token().expose(), "tok", "{}", D::NAME);
}

/// Trying again may help, and the error says so.
fn is_unreachable<D: Driver>(script: Vec<Act>) {
    let error = login::<D>(script).expect_err("no token");
    assert!(matches!(error, Error::Unreachable(_)) && error.retry().can_help(), "{}: {error}", D::NAME);
}

/// A connection that died in the pool costs a new connection, or an error that may be tried again; never a request sent
/// twice.
pub fn dead_in_the_pool<D: Driver>() {
    let unannounced = vec![Act::Read, Act::reply(Reply::json(200, TOKEN)), Act::Close];
    let server = ScriptServer::start(unannounced).expect("a server");
    let client = D::new(basic_form::<D>(&server.url("/token"))).expect("a client");
    for round in 1..=5 {
        let seen = server.requests().len();
        match client.token() {
            Ok(_) => assert_eq!(server.requests().len(), seen + 1),
            Err(error) if round > 1 => assert!(error.retry().can_help(), "{}: {error}", D::NAME),
            Err(error) => panic!("{}: nothing is pooled yet: {error}", D::NAME),
        }
    }
}

/// A client is built once, and so are its connections: hardly any of twenty logins needs a new one.
pub fn used_again<D: Driver>() {
    let server = TestServer::start().expect("a server");
    let client = D::new(basic_form::<D>(&server.url("/oauth/v2/token"))).expect("a client");
    for _ in 0..20 {
        client.token().expect("a token");
    }
    assert_eq!(server.requests().len(), 20);
    assert!(server.connections() <= 5, "{}: {} connections", D::NAME, server.connections());
}

/// Servers close idle connections after a second or two, so nobody is sent a token request on one that is older. The
/// second has to pass for real; the machine may make it longer, and nothing changes.
pub fn idle_ones_are_dropped<D: Driver>() {
    let authority = Authority::new();
    let servers = [TestServer::builder(), TestServer::builder().tls(authority.issue(Leaf::Good))]
        .map(|it| it.start().expect("a server"));
    let clients = servers.each_ref().map(|server| {
        let config =
            basic_form::<D>(&server.url("/oauth/v2/token")).ca_pem(authority.ca_pem().as_bytes()).expect("PEM");
        D::new(config).expect("a client")
    });
    let log_in = || clients.iter().for_each(|client| drop(client.token().expect("a token")));
    log_in();
    thread::sleep(Duration::from_millis(1_500));
    log_in();
    assert_eq!(servers.map(|server| server.connections()), [2, 2], "{}", D::NAME);
}

/// Half a head is no reply.
pub fn closed_mid_head<D: Driver>() {
    is_unreachable::<D>(vec![Act::Read, Act::Write(b"HTTP/1.1 200 OK\r\nContent-Le".to_vec()), Act::Close]);
}

/// A reset instead of a reply.
pub fn reset<D: Driver>() {
    is_unreachable::<D>(vec![Act::Read, Act::Reset]);
}

/// HTTP/1.0 closes behind its reply.
pub fn http_1_0<D: Driver>() {
    is_granted::<D>(Reply::json(200, TOKEN).http10());
}

/// A 103 comes before the reply, not instead of it.
pub fn early_hints<D: Driver>() {
    is_granted::<D>(Reply::json(200, TOKEN).after_early_hints());
}

/// A body in small chunks.
pub fn chunked<D: Driver>() {
    is_granted::<D>(Reply::json(200, TOKEN).chunked(7));
}

/// A body that ends where the connection does.
pub fn until_close<D: Driver>() {
    is_granted::<D>(Reply::json(200, TOKEN).until_close());
}

/// A body shorter than announced is never parsed.
pub fn truncated<D: Driver>() {
    is_unreachable::<D>(answers([Reply::json(200, TOKEN).truncated(5)]));
}
