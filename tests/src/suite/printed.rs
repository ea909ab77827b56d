//! What a program may print: never a secret, never a URL's query, which may be one (invariant 8).

use hallpass_core::Error;
use hallpass_testkit::canary;
use hallpass_testserver::TestServer;
use hallpass_testserver::script::{Act, ScriptServer};

use super::{basic_form, get};
use crate::driver::Driver;

/// `Debug` of a request prints every header that is not marked.
pub fn an_authorization_is_sensitive<D: Driver>() {
    let server = TestServer::start().expect("a server");
    let config = basic_form::<D>(&server.url("/oauth/v2/token")).api_url(&server.origin()).expect("loopback");
    let mut request = http::Request::get(server.url("/x")).body(()).expect("a request");
    D::new(config).expect("a client").authorize(&mut request).expect("a token");
    let authorization = &request.headers()["authorization"];
    let token = authorization.to_str().ok().and_then(|value| value.strip_prefix("Bearer ")).expect("a bearer token");
    assert!(authorization.is_sensitive(), "{}", D::NAME);
    assert!(!format!("{request:?}").contains(token), "{}", D::NAME);
}

/// Neither its own nor those of the proxy.
pub fn a_client_shows_no_secret<D: Driver>() {
    let config =
        basic_form::<D>("https://auth.example/token").proxy("http://user:canary-77@127.0.0.1:1").expect("a proxy");
    let printed = format!("{:?}", D::new(config).expect("a client"));
    assert!(!printed.contains("demo-secret") && !printed.contains("canary-77"), "{}: {printed}", D::NAME);
}

/// HTTP libraries print the whole URL of a request that failed.
pub fn a_query_is_in_no_error<D: Driver>() {
    let provider = TestServer::start().expect("a server");
    let server = ScriptServer::start(vec![Act::Read, Act::Reset]).expect("a server");
    let url = server.url("/token?tenant=canary-77");
    let login = D::new(basic_form::<D>(&url)).expect("a client");
    prints_no_canary::<D>(&login.token().expect_err("a reset"));
    let config = basic_form::<D>(&provider.url("/oauth/v2/token")).api_url(&server.origin()).expect("loopback");
    prints_no_canary::<D>(&D::new(config).expect("a client").send(get(&url)).expect_err("a reset"));
}

fn prints_no_canary<D: Driver>(error: &Error) {
    let printed = canary::printed(error);
    assert!(printed.contains("/token") && !printed.contains("canary-77"), "{}: {printed}", D::NAME);
}
