//! https, by an authority that the profile names.

use hallpass_testserver::TestServer;
use hallpass_testserver::tls::{Authority, Leaf};

use crate::world::{Home, profiles, provider};

#[test]
fn a_certificate_counts_only_if_its_authority_is_trusted() {
    let authority = Authority::new();
    let certificate = authority.issue(Leaf::Good);
    let server = TestServer::builder().provider(provider()).tls(certificate).start().expect("a server");
    let text = profiles(&server.origin());

    let home = Home::new(&text);
    let ran = home.run(&["--errors", "json", "check", "basic-form"]);
    assert_eq!((ran.code, ran.error()["kind"].as_str()), (5, Some("unreachable")));
    assert!(ran.err.contains("ca_file"), "it says what to do: {ran:?}");
    assert!(server.requests().is_empty());

    let home = Home::new(&text.replace("dialect = ", "ca_file = 'ca.pem'\ndialect = "));
    home.write("ca.pem", authority.ca_pem().as_bytes());
    home.run(&["check", "basic-form"]).fine();
    let ran = home.run(&["request", "auth0-json", "/v3/ping/protected"]).fine();
    assert_eq!(ran.out, r#"{"owner":"reports","ping":"pong"}"#);
}
