//! No redirect is followed, at the token endpoint (wire rule 8) or at an API (invariant 7).

use hallpass_client::Config;
use hallpass_core::dialect::{Gain, Granted};
use hallpass_core::error::Oddity;
use hallpass_core::{Error, SendAs};
use hallpass_testserver::TestServer;
use hallpass_testserver::script::{Reply, ScriptServer, answers};

use super::{basic_form, demo, dialect, get, secrets};
use crate::altered::Altered;
use crate::driver::Driver;

const CODES: [u16; 5] = [301, 302, 303, 307, 308];

/// How many redirects a driver is sent: each code to each place, at the token endpoint and at the API.
pub const CASES: usize = 2 * CODES.len() * PLACES;

const PLACES: usize = 7;

/// Where servers send people: off to a trap in every way that an origin can differ, and back to themselves.
fn locations(trap: &ScriptServer) -> [String; PLACES] {
    let port = trap.address().port();
    [
        format!("https://127.0.0.1:{port}/token"),
        format!("http://localhost:{port}/token"),
        format!("http://127.0.0.1:{port}/token"),
        format!("http://user:word@127.0.0.1:{port}/token"),
        format!("//127.0.0.1:{port}/token"),
        "/elsewhere".into(),
        "/token".into(),
    ]
}

/// Sends once to a server that redirects, and shows that this was all that was sent.
fn redirected(check: impl Fn(&ScriptServer, u16)) {
    let trap = ScriptServer::start(answers([Reply::json(200, super::TOKEN)])).expect("a trap");
    for location in locations(&trap) {
        for code in CODES {
            let server = ScriptServer::start(answers([Reply::redirect(code, &location)])).expect("a server");
            check(&server, code);
            assert_eq!(server.requests().len(), 1, "{code} to {location}");
            assert_eq!(trap.connections(), 0, "{code} to {location}");
        }
    }
}

/// The error names the origin that it was sent to, so that the URL can be corrected.
pub fn at_the_token_endpoint<D: Driver>() {
    redirected(|server, code| {
        let client = D::new(basic_form::<D>(&server.url("/token"))).expect("a client");
        match client.token() {
            Err(Error::Malformed(malformed)) if matches!(malformed.oddity, Oddity::Redirect(_)) => {
                assert_eq!(malformed.status.as_u16(), code);
            }
            other => panic!("{}: a redirect is refused, not {other:?}", D::NAME),
        }
    });
}

/// The caller is handed the redirect as it is.
pub fn at_the_api<D: Driver>() {
    let provider = TestServer::start().expect("a server");
    redirected(|server, code| {
        let config = basic_form::<D>(&provider.url("/oauth/v2/token")).api_url(&server.origin()).expect("loopback");
        let client = D::new(config).expect("a client");
        let response = client.send(get(&server.url("/token"))).expect("a response");
        assert_eq!(response.status().as_u16(), code, "{}", D::NAME);
        assert!(response.headers().contains_key("location"));
    });
}

/// HTTP libraries that follow redirects take `Authorization` off, and leave on what they know nothing of.
pub fn at_the_api_with_a_header_of_its_own<D: Driver>() {
    let provider = TestServer::start().expect("a server");
    let dialect = in_a_header_of_its_own::<D>(&provider.url("/oauth/v2/token"));
    redirected(|server, code| {
        let config = Config::new(dialect.clone(), secrets()).api_url(&server.origin()).expect("loopback");
        let response = D::new(config).expect("a client").send(get(&server.url("/token"))).expect("a response");
        assert_eq!(response.status().as_u16(), code, "{}", D::NAME);
        let seen = &server.requests()[0];
        assert!(seen.header("x-api-key").is_some() && seen.header("authorization").is_none(), "{}", D::NAME);
    });
}

/// The basic form dialect of an API that takes its token in `X-Api-Key`.
fn in_a_header_of_its_own<D: Driver>(token_url: &str) -> Altered {
    dialect::<D>(demo(token_url)).gains(|gain| match gain {
        Gain::Granted(it) => {
            let way = SendAs::new("X-Api-Key", "").expect("a header");
            Gain::Granted(Granted { access_token: it.access_token.with_send_as(&way), ..it })
        }
        key @ Gain::UserKey(_) => key,
    })
}
