//! Secrets and tokens go where they belong and nowhere else (invariant 7).

use hallpass_client::Config;
use hallpass_core::{Error, Misuse, Secret};
use hallpass_testserver::TestServer;

use super::{basic_form, demo, dialect, get};
use crate::bad::urls::{Is, PAIRS};
use crate::driver::Driver;

/// A call to another origin is refused before anybody is asked for a token.
pub fn an_unlisted_origin_sees_nothing<D: Driver>() {
    let (server, trap) = (TestServer::start().expect("a server"), TestServer::start().expect("a server"));
    let config = basic_form::<D>(&server.url("/oauth/v2/token")).api_url(&server.origin()).expect("loopback");
    let client = D::new(config).expect("a client");
    let error = client.send(get(&trap.url("/v3/ping"))).expect_err("it is not listed");
    assert!(matches!(error, Error::Misuse(Misuse::UnlistedOrigin { .. })), "{}: {error}", D::NAME);
    assert_eq!((server.connections(), trap.connections()), (0, 0));
}

/// `localhost` is a name, and a name is whatever a resolver says it is; `allow_http` lets it.
pub fn a_name_over_plain_http_is_refused<D: Driver>() {
    let server = TestServer::start().expect("a server");
    let url = format!("http://localhost:{}/oauth/v2/token", server.address().port());
    let error = D::new(basic_form::<D>(&url)).expect("a client").token().expect_err("it is not encrypted");
    assert!(matches!(error, Error::Misuse(Misuse::PlainHttp { .. })), "{}: {error}", D::NAME);
    assert_eq!(server.connections(), 0);
    D::new(basic_form::<D>(&url).allow_http("localhost")).expect("a client").token().expect("it is allowed");
}

/// A host that two parsers could read differently gets nothing, also where its address is listed.
pub fn odd_hosts_are_refused<D: Driver>() {
    let server = TestServer::start().expect("a server");
    let config = basic_form::<D>(&server.url("/oauth/v2/token")).api_url(&server.origin()).expect("loopback");
    let client = D::new(config).expect("a client");
    let port = server.address().port();
    for host in ["127.1", "0x7f.0.0.1", "2130706433", "127.0.0.1.", "user@127.0.0.1"] {
        let error = client.send(get(&format!("http://{host}:{port}/v3/ping"))).expect_err("an odd host");
        assert!(matches!(error, Error::Misuse(Misuse::Url { .. })), "{}: {host}: {error}", D::NAME);
    }
    assert_eq!(server.connections(), 0);
}

/// Every URL that is not at the listed origin, in any spelling, is refused before anybody is asked for a token.
pub fn no_pair_is_mistaken<D: Driver>() {
    let server = TestServer::start().expect("a server");
    for (listed, urls) in PAIRS {
        let config = basic_form::<D>(&server.url("/oauth/v2/token")).api_url(listed).expect("a plain origin");
        let client = D::new(config).expect("a client");
        for (is, url) in urls.iter().filter(|(is, _)| *is != Is::Same) {
            // What http itself does not take for a URL goes nowhere either.
            let Ok(request) = http::Request::get(*url).body(().into()) else { continue };
            let error = client.send(request).expect_err("it is not listed");
            let right = match is {
                Is::Other => matches!(error, Error::Misuse(Misuse::UnlistedOrigin { .. } | Misuse::PlainHttp { .. })),
                Is::Same | Is::Odd => matches!(error, Error::Misuse(Misuse::Url { .. })),
            };
            assert!(right, "{}: {url} to {listed}: {error}", D::NAME);
        }
    }
    assert_eq!(server.connections(), 0, "{}", D::NAME);
}

/// Without its secret a login does not begin.
pub fn a_failed_secret_sends_nothing<D: Driver>() {
    let server = TestServer::start().expect("a server");
    let locked = |name: &str| -> Result<Secret, Misuse> {
        Err(Misuse::Secret { name: name.into(), why: "the vault is locked".into() })
    };
    let dialect = dialect::<D>(demo(&server.url("/oauth/v2/token")));
    let client = D::new(Config::new(dialect, locked)).expect("a client");
    let error = client.token().expect_err("no secret");
    assert!(error.to_string().contains("the vault is locked"), "{}: {error}", D::NAME);
    assert_eq!(server.connections(), 0);
}
