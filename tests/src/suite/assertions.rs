//! Clients that sign (RFC 7523), at a server that verifies with a library of somebody else's and takes no assertion twice.

use hallpass_client::{Assertion, Config, SigningKey};
use hallpass_core::{Error, Secret};
use hallpass_testkit::provider::{Client, ProviderConfig, RefreshIssue};
use hallpass_testserver::TestServer;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};

use super::{dialect, get};
use crate::driver::Driver;
use crate::settings::{Auth, Name, OtherGrantType, Settings};

macro_rules! key {
    ($name:literal) => {
        include_str!(concat!("../../../crates/client/tests/keys/", $name, ".pem"))
    };
}

/// The client `signer`, whose key the server knows.
fn server(public_key: &str, settings: impl FnOnce(&mut ProviderConfig)) -> TestServer {
    let mut config =
        ProviderConfig { clients: vec![Client::signing("signer", public_key)], ..ProviderConfig::default() };
    settings(&mut config);
    let server = TestServer::builder().provider(config).start().expect("a server");
    server.with_provider(|provider| provider.verify_signatures(holds));
    server
}

/// The server's clock is its own, and so are its rules for the claims: only the signature is looked at here.
fn holds(jwt: &str, public_key: &str) -> bool {
    let pem = public_key.as_bytes();
    let key = match decode_header(jwt).map(|header| header.alg) {
        Ok(Algorithm::RS256) => DecodingKey::from_rsa_pem(pem),
        Ok(Algorithm::ES256) => DecodingKey::from_ec_pem(pem),
        Ok(Algorithm::EdDSA) => DecodingKey::from_ed_pem(pem),
        _ => return false,
    };
    let mut rules = Validation::default();
    (rules.validate_exp, rules.validate_aud) = (false, false);
    rules.required_spec_claims.clear();
    key.is_ok_and(|key| {
        [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA].into_iter().any(|algorithm| {
            rules.algorithms = vec![algorithm];
            decode::<serde_json::Value>(jwt, &key, &rules).is_ok()
        })
    })
}

fn signed<D: Driver>(server: &TestServer, private_key: &str, audience: &str) -> Config {
    let url = server.url("/oauth/v2/token");
    let dialect =
        dialect::<D>(Settings { auth: Some(Auth::Assertion), ..Settings::new(Name::BasicForm, Some(&url), "signer") });
    let key = SigningKey::parse(&Secret::new(private_key)).expect("a key");
    Config::new(dialect, Assertion::new(key, "signer", audience)).api_url(&server.origin()).expect("loopback")
}

/// From the login to a call.
pub fn every_kind_of_key<D: Driver>() {
    let keys = [
        (key!("rs256"), key!("rs256-public")),
        (key!("es256"), key!("es256-public")),
        (key!("eddsa"), key!("eddsa-public")),
    ];
    for (private, public) in keys {
        let server = server(public, |_| {});
        let client = D::new(signed::<D>(&server, private, &server.url("/oauth/v2/token"))).expect("a client");
        assert_eq!(client.send(get(&server.url("/basic-form/data"))).expect("a response").status(), 200, "{}", D::NAME);
        assert!(server.requests()[0].header("authorization").is_none(), "{}", D::NAME);
    }
}

/// Some servers want their issuer there.
pub fn the_audience_can_be_another<D: Driver>() {
    let issuer = "https://auth.example/";
    let server = server(key!("eddsa-public"), |settings| settings.issuer = Some(issuer.into()));
    D::new(signed::<D>(&server, key!("eddsa"), issuer)).expect("a client").token().expect("a token");
}

/// A refused refresh and the authentication after it are one flight, and the server takes no assertion twice.
pub fn each_send_has_its_own<D: Driver>() {
    let server = server(key!("es256-public"), |settings| settings.basic_form.refresh_token = RefreshIssue::Always);
    let client = D::new(signed::<D>(&server, key!("es256"), &server.url("/oauth/v2/token"))).expect("a client");
    client.token().expect("a token");
    client.token().expect("a refreshed token");
    let held: Vec<_> =
        server.with_provider(|provider| provider.all_presented().map(|(token, _)| token.to_owned()).collect());
    server.with_provider(|provider| provider.revoke(&held[0]));
    client.token().expect("a token all the same");
    let sent: Vec<_> = server.requests().iter().map(|request| request.text().contains("refresh_token=")).collect();
    assert_eq!(sent, [false, true, true, false], "{}", D::NAME);
}

/// JWT bearer, each with an assertion of its own; two subjects of one client share no token.
pub fn a_grant_about_somebody<D: Driver>() {
    let server = server(key!("es256-public"), |_| {});
    let here = server.url("/oauth/v2/token");
    let store = hallpass_store::Memory::new();
    let tokens = ["alice", "bob"].map(|subject| {
        let dialect = dialect::<D>(Settings {
            grant: Some(OtherGrantType::JwtBearer { subject: Some(subject.into()) }),
            auth: Some(Auth::None),
            ..Settings::new(Name::BasicForm, Some(&here), "signer")
        });
        let key = SigningKey::parse(&Secret::new(key!("es256"))).expect("a key");
        let assertion = Assertion::new(key, "signer", here.as_str()).subject(subject);
        let config = Config::new(dialect, assertion).store(store.clone());
        let client = D::new(config.api_url(&server.origin()).expect("loopback")).expect("a client");
        client.token().expect("a token");
        let token = client.token().expect("another, for another assertion");
        assert_eq!(client.send(get(&server.url("/basic-form/data"))).expect("a response").status(), 200, "{}", D::NAME);
        token.access_token().clone()
    });
    assert_ne!(tokens[0], tokens[1], "{}", D::NAME);
    assert!(server.requests().iter().all(|request| !request.text().contains("client_id")), "{}", D::NAME);
}

/// Another key than the server knows, or another audience.
pub fn what_is_refused_says_what_to_check<D: Driver>() {
    let server = server(key!("rs256-public"), |_| {});
    let here = server.url("/oauth/v2/token");
    for (private, audience) in [(key!("es256"), here.as_str()), (key!("rs256"), "https://auth.example/")] {
        let client = D::new(signed::<D>(&server, private, audience)).expect("a client");
        let error = client.token().expect_err("it is refused");
        assert!(
            matches!(error, Error::Denied(_)) && error.to_string().contains("assertion_audience"),
            "{}: {error}",
            D::NAME
        );
        let sent = server.requests().last().expect("it was sent").text();
        let assertion = sent.split("client_assertion=").nth(1).expect("it was there");
        assert!(!format!("{error} {error:?} {client:?}").contains(assertion), "{}", D::NAME);
    }
}
