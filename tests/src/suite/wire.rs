//! What goes out: nothing that was not asked for, nothing twice.

use hallpass_client::{Config, Payload};
use hallpass_core::{Body, Error, Misuse, Request};
use hallpass_testserver::script::{Reply, ScriptServer, answers};
use hallpass_testserver::{Recorded, TestServer};
use http::{HeaderValue, Method, header};

use super::{TOKEN, basic_form, demo, dialect, secrets};
use crate::driver::Driver;
use crate::settings::{Auth, Settings};

/// One whole request with a length, no compression, no cookies, no surprise.
pub fn one_request_as_it_should_be<D: Driver>() {
    let server = ScriptServer::start(answers([Reply::json(200, TOKEN)])).expect("a server");
    D::new(basic_form::<D>(&server.url("/token?tenant=eu"))).expect("a client").token().expect("a token");
    let request = &server.requests()[0];
    assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/token?tenant=eu"), "{}", D::NAME);
    let header = |name: &str| request.header(name).map(str::to_owned);
    assert_eq!(header("content-type").as_deref(), Some("application/x-www-form-urlencoded"));
    assert_eq!(header("accept").as_deref(), Some("application/json"));
    assert_eq!(header("accept-encoding").as_deref(), Some("identity"));
    assert_eq!(header("content-length"), Some(request.body.len().to_string()), "{}", D::NAME);
    assert_eq!(header("host"), Some(server.address().to_string()));
    assert!(header("user-agent").is_some_and(|agent| agent.starts_with("hallpass/")));
    for absent in ["transfer-encoding", "expect", "cookie", "referer", "origin"] {
        assert_eq!(header(absent), None, "{}: {absent}", D::NAME);
    }
    for name in request.headers.keys() {
        assert_eq!(request.headers.get_all(name).iter().count(), 1, "{}: {name} twice", D::NAME);
    }
}

/// Wire rule 1.
pub fn credentials_in_one_place<D: Driver>() {
    for (auth, in_header) in [(Auth::Minimal, true), (Auth::Body, false)] {
        let server = ScriptServer::start(answers([Reply::json(200, TOKEN)])).expect("a server");
        let dialect = dialect::<D>(Settings { auth: Some(auth), ..demo(&server.url("/token")) });
        D::new(Config::new(dialect, secrets())).expect("a client").token().expect("a token");
        let request = &server.requests()[0];
        assert_eq!(request.header("authorization").is_some(), in_header, "{}", D::NAME);
        assert_eq!(request.text().contains("client_secret"), !in_header, "{}", D::NAME);
    }
}

/// A call keeps its method, headers and body, and gains the token in the place of any other authorization.
pub fn a_call_as_it_was_given<D: Driver>() {
    let (server, client) = calling::<D>();
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        let body = if method == "GET" { Payload::from(()) } else { Payload::from("{\"a\":1}") };
        let request = http::Request::builder().method(method).uri(server.url("/echo?q=a%20b"));
        let request =
            request.header("x-trace", "7").header("authorization", "Basic abc").body(body).expect("a request");
        assert_eq!(client.send(request).expect("a response").status(), 200, "{}: {method}", D::NAME);
        let seen = server.requests().pop().expect("it arrived");
        assert_eq!((seen.method.as_str(), seen.target.as_str()), (method, "/echo?q=a%20b"));
        assert_eq!(seen.header("x-trace"), Some("7"));
        assert_eq!(seen.headers.get_all("authorization").iter().count(), 1);
        assert!(seen.header("authorization").is_some_and(|value| value.starts_with("Bearer ")), "{}", D::NAME);
        assert_eq!(seen.text(), if method == "GET" { "" } else { "{\"a\":1}" });
    }
}

/// Any status is a response; errors are for what is none.
pub fn api_statuses_are_responses<D: Driver>() {
    let provider = TestServer::start().expect("a server");
    for status in [200, 204, 304, 400, 401, 403, 404, 429, 500, 503] {
        let server = ScriptServer::start(answers([Reply::new(status)])).expect("a server");
        let config = basic_form::<D>(&provider.url("/oauth/v2/token")).api_url(&server.origin()).expect("loopback");
        let response = D::new(config).expect("a client").send(super::get(&server.url("/x"))).expect("a response");
        assert_eq!(response.status().as_u16(), status, "{}", D::NAME);
    }
}

/// A server that gives the same token again has given no other.
pub fn a_refused_token_is_not_sent_again<D: Driver>() {
    let api = ScriptServer::start(answers([Reply::new(401)])).expect("an API");
    let provider = ScriptServer::builder().every(answers([Reply::json(200, TOKEN)])).start().expect("a server");
    let config = basic_form::<D>(&provider.url("/token")).api_url(&api.origin()).expect("loopback");
    let response = D::new(config).expect("a client").send(super::get(&api.url("/x")));
    assert!(response.map_or(true, |response| response.status() == 401), "{}", D::NAME);
    assert_eq!(api.requests().len(), 1, "{}", D::NAME);
}

/// A caller's header that decides where a message ends or for whom it is, is refused before anything is sent.
pub fn framing_is_the_drivers<D: Driver>() {
    let (server, client) = calling::<D>();
    for name in ["host", "content-length", "transfer-encoding", "connection"] {
        let request = http::Request::post(server.url("/echo")).header(name, "1").body("abc".into()).expect("a request");
        let error = client.send(request).expect_err("it is not the caller's to set");
        assert!(matches!(error, Error::Misuse(Misuse::Value { .. })), "{}: {name}: {error}", D::NAME);
    }
    assert_eq!(server.connections(), 0, "{}", D::NAME);
}

/// A path that a caller has checked is the path that is sent.
pub fn a_path_is_sent_as_it_is_or_not_at_all<D: Driver>() {
    let (server, client) = calling::<D>();
    let dots = ["/echo/../v3/ping", "/echo/%2e%2E/v3/ping", "/./echo", "/echo/.."];
    for path in dots.into_iter().chain(["/echo/\"x\"", "/echo\\x", "/echo/\u{e4}", "/echo?q=\u{e4}"]) {
        let error = client.send(super::get(&server.url(path))).expect_err("it could be read in two ways");
        assert!(matches!(error, Error::Misuse(Misuse::Url { .. })), "{}: {path}: {error}", D::NAME);
    }
    assert!(server.requests().is_empty(), "{}", D::NAME);
    for path in ["/echo/...", "/echo/%2e%2ex", "/echo/a//b;c=d/%2F?q=%27a%27&x=..", "/echo/('a')?q[0]={a}|`^"] {
        client.send(super::get(&server.url(path))).expect("a response");
        assert_eq!(server.requests().pop().expect("it arrived").target, path, "{}", D::NAME);
    }
}

/// As filters of a search have quotes (RFC 3986 section 3.4), and ids of some APIs braces. Whoever encodes them sends what a
/// server reads alike.
pub fn quotes_and_braces_are_sent<D: Driver>() {
    let (server, client) = calling::<D>();
    client.send(super::get(&server.url("/echo?$filter=Name%20eq%20'Milk'"))).expect("a response");
    let seen = server.requests().pop().expect("it arrived").target;
    assert_eq!(seen.replace("%27", "'"), "/echo?$filter=Name%20eq%20'Milk'", "{}", D::NAME);
    client.send(super::get(&server.url("/echo/{2f1c}/src?a={b}"))).expect("a response");
    let seen = server.requests().pop().expect("it arrived").target;
    assert_eq!(seen.replace("%7B", "{").replace("%7D", "}"), "/echo/{2f1c}/src?a={b}", "{}", D::NAME);
    let server = ScriptServer::start(answers([Reply::json(200, TOKEN)])).expect("a server");
    D::new(basic_form::<D>(&server.url("/token?tenant='eu'"))).expect("a client").token().expect("a token");
}

/// A POST of nothing says that it is nothing, and what has no body anyway says nothing (RFC 9110 section 8.6).
pub fn nothing_is_a_body_too<D: Driver>() {
    let (server, client) = calling::<D>();
    let lengths = |seen: &Recorded| seen.headers.get_all(header::CONTENT_LENGTH).iter().cloned().collect::<Vec<_>>();
    let expected = |method: &Method| {
        let has_one = [Method::POST, Method::PUT, Method::PATCH].contains(method);
        Vec::from_iter(has_one.then_some(HeaderValue::from_static("0")))
    };
    let without = [Method::GET, Method::HEAD, Method::DELETE, Method::OPTIONS];
    for method in [Method::POST, Method::PUT, Method::PATCH].into_iter().chain(without) {
        let request = http::Request::builder().method(method.clone()).uri(server.url("/echo"));
        client.send(request.body(Payload::default()).expect("a request")).expect("a response");
        let seen = server.requests().pop().expect("it arrived");
        assert_eq!((&seen.method, lengths(&seen)), (&method, expected(&method)), "{}", D::NAME);
    }
    let post: fn(Request) -> Request = |request| Request { body: Body::default(), ..request };
    let get: fn(Request) -> Request = |request| Request { method: Method::GET, body: Body::default(), ..request };
    for (method, bodiless) in [(Method::POST, post), (Method::GET, get)] {
        let server = ScriptServer::start(answers([Reply::json(200, TOKEN)])).expect("a server");
        let dialect = dialect::<D>(demo(&server.url("/token"))).requests(bodiless);
        D::new(Config::new(dialect, secrets())).expect("a client").token().expect("a token");
        assert_eq!(lengths(&server.requests()[0]), expected(&method), "{}: a token, {method}", D::NAME);
    }
}

/// A client that may call the server that it logs in to.
fn calling<D: Driver>() -> (TestServer, D) {
    let server = TestServer::start().expect("a server");
    let config = basic_form::<D>(&server.url("/oauth/v2/token")).api_url(&server.origin()).expect("loopback");
    let client = D::new(config).expect("a client");
    (server, client)
}
