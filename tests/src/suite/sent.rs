//! Whether a request left is told truthfully, since a refresh token's fate hangs on it: one that never left is kept, one
//! that may have is never sent again (invariants 1 and 2).

use std::time::Duration;

use hallpass_client::Config;
use hallpass_core::dialect::Spends;
use hallpass_core::error::Denied;
use hallpass_core::lifecycle::Policy;
use hallpass_core::{Body, Error, RefreshToken, Request};
use hallpass_store::Memory;
use hallpass_testserver::Nobody;
use hallpass_testserver::proxy::ConnectProxy;
use hallpass_testserver::script::{Act, Reply, ScriptServer, answers};
use hallpass_testserver::tls::{Authority, Leaf};

use super::{TOKEN, held, holding, secrets, user_key};
use crate::altered::Altered;
use crate::driver::Driver;
use crate::settings::{Name, OnLost, Settings};

fn login(dialect: &Altered, store: &Memory) -> Config {
    Config::new(dialect.clone(), secrets()).store(store.clone()).connect_timeout(Duration::from_secs(5))
}

/// The refresh token is still there, and nothing says that it was spent.
fn nothing_left<D: Driver>(base_url: &str, prepare: impl Fn(Config) -> Config) {
    let dialect = user_key::<D>(base_url);
    let store = holding(&dialect);
    let error = D::new(prepare(login(&dialect, &store))).expect("a client").token().expect_err("no token");
    assert!(matches!(error, Error::Unreachable(_)), "{}: {error}", D::NAME);
    let record = held(&store, &dialect);
    assert_eq!(record.held.refresh_token, Some(RefreshToken::new("old")), "{}: {error}", D::NAME);
    assert_eq!(record.spending, None, "{}: {error}", D::NAME);
}

/// The refresh token is not used again: the login authenticates.
fn may_have_left<D: Driver>(first: Vec<Act>, timeout: Duration) {
    let server = ScriptServer::builder().connection(first).every(answers([Reply::json(200, TOKEN)])).start();
    let server = server.expect("a server");
    let dialect = user_key::<D>(&server.origin());
    let store = holding(&dialect);
    let client = D::new(login(&dialect, &store).timeout(timeout)).expect("a client");
    client.token().expect("a token all the same");
    let targets: Vec<_> = server.requests().into_iter().map(|request| request.target).collect();
    assert_eq!(targets, ["/refresh", "/authenticate"], "{}", D::NAME);
    let record = held(&store, &dialect);
    assert_eq!((record.held.refresh_token, record.spending), (None, None), "{}", D::NAME);
}

/// Nobody listens.
pub fn refused_connection<D: Driver>() {
    let nobody = Nobody::bind().expect("a port");
    nothing_left::<D>(&nobody.origin(), |config| config);
}

/// Nobody has that name (RFC 6761 section 6.4).
pub fn unknown_name<D: Driver>() {
    nothing_left::<D>("https://nobody.invalid", |config| config);
}

/// A handshake is no request; the server's count proves it.
pub fn failed_handshake<D: Driver>() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let server =
        ScriptServer::builder().tls(theirs.issue(Leaf::Good)).every(vec![Act::Read]).start().expect("a server");
    nothing_left::<D>(&server.origin(), |config| config.ca_pem(ours.ca_pem().as_bytes()).expect("PEM"));
    assert!(server.settle(super::PATIENCE));
    assert_eq!(server.bytes_received(), 0, "{}", D::NAME);
}

/// What the proxy was told is no part of the request; what it refuses never reached the server.
pub fn refused_by_the_proxy<D: Driver>() {
    let authority = Authority::new();
    let server = ScriptServer::builder().tls(authority.issue(Leaf::Good)).every(vec![Act::Read]).start();
    let server = server.expect("a server");
    let proxy = ConnectProxy::builder().credentials("user", "pass").start().expect("a proxy");
    nothing_left::<D>(&server.origin(), |config| {
        let config = config.ca_pem(authority.ca_pem().as_bytes()).expect("PEM");
        config.proxy(&proxy.url()).expect("a proxy URL")
    });
    assert_eq!(server.connections(), 0, "{}", D::NAME);
}

/// In the same words, whichever HTTP library says so.
pub fn closed_without_an_answer<D: Driver>() {
    let server = ScriptServer::start(vec![Act::Read, Act::Close]).expect("a server");
    let client = D::new(super::basic_form::<D>(&server.url("/token"))).expect("a client");
    let error = client.token().expect_err("nobody answers").to_string();
    assert!(error.contains("the server closed the connection before its reply was whole"), "{}: {error}", D::NAME);
}

/// A refresh token in a header, and no body that could tell whether it left.
pub fn a_request_without_a_body<D: Driver>() {
    let server = ScriptServer::start(vec![Act::Read, Act::Reset]).expect("a server");
    let dialect = user_key::<D>(&server.origin());
    let store = holding(&dialect);
    let bodiless = dialect.requests(|request| Request { body: Body::default(), ..request });
    let client = D::new(Config::new(bodiless, secrets()).store(store)).expect("a client");
    client.token().expect_err("nobody answers");
    client.token().expect_err("nobody answers");
    let requests = server.requests();
    let refreshes = requests.iter().filter(|request| request.target == "/refresh").count();
    assert_eq!(refreshes, 1, "{}", D::NAME);
    assert!(requests.iter().all(|request| request.body.is_empty()), "{}", D::NAME);
}

/// Nor a connection, in the time for the whole: no byte of the request left.
pub fn a_request_without_a_body_or_a_connection<D: Driver>() {
    let mute = ScriptServer::start(vec![super::silence()]).expect("a server");
    let dialect = user_key::<D>(&mute.origin().replace("http:", "https:"));
    let store = holding(&dialect);
    let bodiless = dialect.clone().requests(|request| Request { body: Body::default(), ..request });
    let once = Policy { sends: 1, ..Policy::default() };
    let config = Config::new(bodiless, secrets()).store(store.clone()).timeout(super::SHORTER).policy(once);
    let error = D::new(config).expect("a client").token().expect_err("nobody answers");
    let Error::Unreachable(unreachable) = &error else { panic!("{}: {error}", D::NAME) };
    assert!(!unreachable.maybe_sent, "{}: {error}", D::NAME);
    let record = held(&store, &dialect);
    assert_eq!(record.held.refresh_token, Some(RefreshToken::new("old")), "{}: {error}", D::NAME);
}

/// What breaks a reply off is told in the same words, whichever HTTP library says so.
pub fn broken_replies<D: Driver>() {
    let closed = "the server closed the connection before its reply was whole";
    let not_http = "the reply is not proper HTTP";
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (bytes, words) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{".into(), closed),
        (format!("{chunked}5\r\n{{"), closed),
        (format!("{chunked}zz\r\n{{}}\r\n"), not_http),
        ("SSH-2.0-OpenSSH_9.2\r\n".into(), not_http),
        ("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n{}".into(), not_http),
    ] {
        let script = vec![Act::Read, Act::Write(bytes.clone().into_bytes()), Act::Close];
        let server = ScriptServer::start(script).expect("a server");
        let client = D::new(super::basic_form::<D>(&server.url("/token"))).expect("a client");
        let error = client.token().expect_err("no reply").to_string();
        assert!(error.contains(words), "{}: {bytes:?}: {error}", D::NAME);
    }
}

/// The server had the request.
pub fn reset_after_the_request<D: Driver>() {
    may_have_left::<D>(vec![Act::Read, Act::Reset], super::PATIENCE);
}

/// Where nothing may follow, the mark that was saved before the request stays, and whoever comes next reports it.
pub fn a_lost_refresh_is_reported<D: Driver>() {
    let server = ScriptServer::start(vec![Act::Read, Act::Reset]).expect("a server");
    let dialect = super::dialect::<D>(Settings {
        on_lost: Some(OnLost::Stop),
        ..Settings::new(Name::UserKey, Some(&server.origin()), "alice")
    });
    let store = holding(&dialect);
    for asker in ["who sent it", "who comes next"] {
        let error = D::new(login(&dialect, &store)).expect("a client").token().expect_err("the answer was lost");
        assert!(matches!(error, Error::Denied(Denied::LostRefresh { .. })), "{}: {asker}: {error}", D::NAME);
        let mark = held(&store, &dialect).spending.map(|mark| mark.spends);
        assert_eq!(mark, Some(Spends::RefreshToken), "{}: {asker}", D::NAME);
    }
    assert_eq!(server.requests().len(), 1, "{}", D::NAME);
}

/// The server had the request and says nothing.
pub fn no_answer_in_time<D: Driver>() {
    may_have_left::<D>(vec![Act::Read, super::silence()], super::SHORTER);
}

/// The server had the request and answered something that nobody can read.
pub fn nonsense_for_an_answer<D: Driver>() {
    may_have_left::<D>(
        vec![Act::Read, Act::reply(Reply::new(200).body("<html>").until_close()), Act::Close],
        super::PATIENCE,
    );
}
