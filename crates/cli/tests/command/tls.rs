//! https, by an authority that the profile names.

use hallpass_testserver::TestServer;
use hallpass_testserver::tls::{Authority, Leaf};

use crate::world::{Home, profile, profiles, provider};

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

/// A token may be bound to the certificate (RFC 8705 section 3), and is then good with no other.
#[test]
fn logins_with_two_certificates_share_no_token() {
    let authority = Authority::new();
    let certificate = authority.issue(Leaf::Good).wants_clients_of(&authority, None);
    let server = TestServer::builder().provider(provider()).tls(certificate).start().expect("a server");
    let login = |name: &str| {
        let more =
            format!("ca_file = 'ca.pem'\nclient_certificate = '{name}.pem'\nclient_key = {{ file = '{name}.key' }}");
        profile(&server.origin(), &more).replace("profiles.x", &format!("profiles.{name}"))
    };
    let home = Home::new(&format!("{}{}", login("a"), login("b")));
    home.write("ca.pem", authority.ca_pem().as_bytes());
    for name in ["a", "b"] {
        let client = authority.issue(Leaf::Client);
        home.write(&format!("{name}.pem"), client.pem().as_bytes());
        home.write(&format!("{name}.key"), client.key_pem().as_bytes());
    }
    let token = |name: &str| home.run(&["token", name]).fine().out;
    let (first, second) = (token("a"), token("b"));
    assert_ne!(first, second);
    assert_eq!((token("a"), token("b")), (first, second), "each is kept");
    assert_eq!(server.requests().len(), 2);

    std::fs::remove_file(home.path("a.key")).expect("it is there");
    home.run(&["token", "a"]).fine();
    assert!(home.run(&["status", "a"]).fine().out.contains("access token"), "no key is read for what is kept");
}
