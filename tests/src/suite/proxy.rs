//! An explicit proxy: a tunnel for https, and nothing else.

use std::env;
use std::process::Command;

use std::time::Duration;

use hallpass_testserver::TestServer;
use hallpass_testserver::proxy::ConnectProxy;
use hallpass_testserver::script::{Act, Reply, ScriptServer, answers};
use hallpass_testserver::tls::{Authority, Leaf};

use super::{basic_form, get};
use crate::driver::Driver;

/// The proxy sees a name and a port; a plain request to loopback it does not see at all.
pub fn https_goes_through_and_plain_http_does_not<D: Driver>() {
    let authority = Authority::new();
    let secure = TestServer::builder().tls(authority.issue(Leaf::Good)).start().expect("a server");
    let plain = TestServer::start().expect("a server");
    let proxy = ConnectProxy::start().expect("a proxy");
    for (server, targets) in [(&plain, vec![]), (&secure, vec![secure.address().to_string()])] {
        let config =
            basic_form::<D>(&server.url("/oauth/v2/token")).ca_pem(authority.ca_pem().as_bytes()).expect("PEM");
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
    let config = basic_form::<D>(&server.url("/oauth/v2/token")).ca_pem(authority.ca_pem().as_bytes()).expect("PEM");
    for (tries, url) in [proxy.url(), proxy.url().replace("http://", "http://user:wrong@")].iter().enumerate() {
        let without = D::build(config.clone().proxy(url).expect("a proxy URL")).expect("a client");
        let error = without.token().expect_err("the proxy refuses");
        let told = error.to_string();
        assert!(told.contains("wants credentials") && told.contains("407") && !told.contains("wrong"), "{told}");
        assert!(!error.retry().can_help() && proxy.targets().len() == tries + 1, "{}: {error}", D::NAME);
    }
    assert_eq!(server.connections(), 0, "{}", D::NAME);
    let url = proxy.url().replace("http://", "http://user:pass@");
    D::new(config.proxy(&url).expect("a proxy URL")).expect("a client").token().expect("a token");
}

/// Each in its own words, as far as the HTTP library tells.
pub fn what_it_answers_is_told<D: Driver>() {
    let (refuses, closes) = (answers([Reply::new(403)]), vec![Act::Read, Act::Close]);
    for (script, expected) in [(refuses, "the proxy does not let this through"), (closes, "closed the connection")] {
        let proxy = ScriptServer::start(script).expect("a proxy");
        let config = basic_form::<D>("https://auth.example/token").proxy(&proxy.origin()).expect("a proxy URL");
        let told = D::new(config).expect("a client").token().expect_err("there is no tunnel").to_string();
        assert!(told.contains("through the proxy http://") && told.contains(expected), "{}: {told}", D::NAME);
    }
}

/// Set where the test runs itself, since a process has one environment.
const INSIDE: &str = "HALLPASS_CONFORMANCE_INSIDE";

/// A proxy is configured or there is none.
pub fn none_is_taken_from_the_environment<D: Driver>() {
    if env::var_os(INSIDE).is_some() {
        return logs_in_and_calls::<D>();
    }
    let trap = ConnectProxy::start().expect("a proxy");
    let mut again = Command::new(env::current_exe().expect("the test's own program"));
    again.arg("proxy::none_is_taken_from_the_environment").env(INSIDE, "1");
    for name in ["http_proxy", "https_proxy", "all_proxy"] {
        again.env(name, trap.url()).env(name.to_uppercase(), trap.url());
    }
    again.env_remove("no_proxy").env_remove("NO_PROXY");
    let output = again.output().expect("it starts");
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && !printed.contains(" 0 passed"), "{}: {printed}", D::NAME);
    assert_eq!(trap.connections(), 0, "{}", D::NAME);
}

fn logs_in_and_calls<D: Driver>() {
    let authority = Authority::new();
    let secure = TestServer::builder().tls(authority.issue(Leaf::Good)).start().expect("a server");
    let plain = TestServer::start().expect("a server");
    for server in [secure, plain] {
        let config =
            basic_form::<D>(&server.url("/oauth/v2/token")).ca_pem(authority.ca_pem().as_bytes()).expect("PEM");
        let client = D::new(config.api_url(&server.origin()).expect("loopback")).expect("a client");
        assert_eq!(client.send(get(&server.url("/basic-form/data"))).expect("a response").status(), 200);
    }
}

/// A proxy is no way around the total deadline: this one would take minutes to say yes.
pub fn one_that_drips_is_given_up<D: Driver>() {
    let reply = format!("HTTP/1.1 200 OK\r\nx-padding: {}\r\n\r\n", "x".repeat(400)).into_bytes();
    let drip = Act::Drip { bytes: reply, every: Duration::from_millis(300) };
    let proxy = ScriptServer::start(vec![Act::Read, drip]).expect("a proxy");
    let config = basic_form::<D>("https://127.0.0.1:9/token").timeout(Duration::from_millis(1500));
    let client = D::new(config.proxy(&proxy.origin()).expect("a proxy URL")).expect("a client");
    let error = client.token().expect_err("no tunnel in time");
    assert!(error.to_string().contains("time"), "{}: {error}", D::NAME);
}

/// What is percent-encoded in the URL is not percent-encoded to the proxy.
pub fn credentials_are_decoded<D: Driver>() {
    let authority = Authority::new();
    let server = TestServer::builder().tls(authority.issue(Leaf::Good)).start().expect("a server");
    let proxy = ConnectProxy::builder().credentials("us@er", "p:ss%").start().expect("a proxy");
    let config = basic_form::<D>(&server.url("/oauth/v2/token")).ca_pem(authority.ca_pem().as_bytes()).expect("PEM");
    let url = proxy.url().replace("http://", "http://us%40er:p%3Ass%25@");
    let client = D::new(config.proxy(&url).expect("a proxy URL")).expect("a client");
    client.token().unwrap_or_else(|error| panic!("{}: {error}", D::NAME));
}

/// Also where the machine does not speak IPv6, or nobody listens there.
pub fn its_host_may_be_an_ipv6_address<D: Driver>() {
    let proxies = ["http://[::1]:9", "http://user:pass@[::1]:9/"];
    for url in proxies {
        let config = basic_form::<D>("https://auth.example/token").proxy(url).expect("a proxy URL");
        let error = D::new(config).expect("a client").token().expect_err("it is no proxy");
        assert!(error.to_string().contains("through the proxy http://[::1]:9: "), "{}: {error}", D::NAME);
    }
}
