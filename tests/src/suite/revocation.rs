//! Tokens are made worthless where they came from (RFC 7009).

use hallpass_core::dialect::ClientAuth;
use hallpass_core::lifecycle::Record;
use hallpass_core::revocation::{Kind, Revocation};
use hallpass_core::{Endpoint, Error, Retry};
use hallpass_store::Memory;
use hallpass_testkit::provider::{ProviderConfig, RefreshIssue};
use hallpass_testserver::{Recorded, TestServer};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::{demo, dialect, get, held, secrets};
use crate::altered::Altered;
use crate::driver::Driver;

fn server() -> TestServer {
    let mut settings = ProviderConfig::default();
    settings.basic_form.refresh_token = RefreshIssue::Always;
    TestServer::builder().provider(settings).start().expect("a server")
}

/// A client that holds an access token and a refresh token, and its store.
fn holder<D: Driver>(server: &TestServer) -> (D, Memory, Altered) {
    let url = Endpoint::parse(&server.url("/revoke")).expect("a URL");
    let (dialect, store) = (dialect::<D>(demo(&server.url("/oauth/v2/token"))), Memory::new());
    let revocation = Revocation::new(url).client("demo-client", ClientAuth::Body);
    let config = hallpass_client::Config::new(dialect.clone(), secrets()).store(store.clone());
    let config = config.api_url(&server.origin()).expect("loopback").revocation(revocation).expect("loopback");
    let client = D::new(config).expect("a client");
    client.token().expect("a token");
    (client, store, dialect)
}

fn revocations(server: &TestServer) -> Vec<String> {
    let all = server.requests();
    all.iter().filter(|request| request.target == "/revoke").map(Recorded::text).collect()
}

fn is_empty(record: &Record) -> bool {
    record.grant.is_none() && record.held.refresh_token.is_none()
}

/// Whoever comes next logs in.
pub fn the_refresh_token_first_and_then_forgotten<D: Driver>() {
    let server = server();
    let (client, store, dialect) = holder::<D>(&server);
    let before = held(&store, &dialect);
    let done = client.revoke().expect("both are revoked");
    assert_eq!((done.tokens, done.stay, done.record.as_ref()), (2, vec![], Some(&before)), "{}", D::NAME);
    let (refresh, access) = (before.held.refresh_token.expect("one"), before.grant.expect("one").access_token);
    let expected = [(refresh.expose(), "refresh_token"), (access.expose(), "access_token")].map(|(token, hint)| {
        format!("token={token}&token_type_hint={hint}&client_id=demo-client&client_secret=demo-secret")
    });
    assert_eq!(revocations(&server), expected, "{}", D::NAME);
    assert!(server.with_provider(|provider| provider.family_revoked(refresh.expose())), "{}", D::NAME);
    assert!(is_empty(&held(&store, &dialect)), "{}", D::NAME);
    assert_eq!(client.send(get(&server.url("/basic-form/data"))).expect("a response").status(), 200, "{}", D::NAME);
    assert_ne!(held(&store, &dialect).grant.expect("a new one").access_token, access, "{}", D::NAME);
    let again = client.revoke().expect("the new one too").tokens;
    assert_eq!((again, client.revoke().expect("nothing is held").tokens), (2, 0), "{}", D::NAME);
}

/// Of access tokens some servers know nothing once they are given.
pub fn what_cannot_be_revoked_is_told<D: Driver>() {
    let server = server();
    let (client, store, dialect) = holder::<D>(&server);
    let unsupported = r#"{"error":"unsupported_token_type"}"#;
    server.with_provider(|provider| {
        provider.fail_next(1, StatusCode::OK, HeaderMap::new(), "");
        provider.fail_next(1, StatusCode::BAD_REQUEST, HeaderMap::new(), unsupported);
    });
    let done = client.revoke().expect("one of them is revoked");
    assert_eq!((done.tokens, done.stay), (1, vec![Kind::AccessToken]), "{}", D::NAME);
    assert!(is_empty(&held(&store, &dialect)), "{}", D::NAME);
}

/// RFC 7009 section 2.2.1: the token must be taken to be good still.
pub fn nothing_is_forgotten_after_an_error<D: Driver>() {
    let server = server();
    let (client, store, dialect) = holder::<D>(&server);
    let before = held(&store, &dialect);
    let token = before.held.refresh_token.clone().expect("one");
    let wait = HeaderMap::from_iter([(header::RETRY_AFTER, HeaderValue::from_static("7"))]);
    let echo = format!(r#"{{"error":"invalid_client","error_description":"not for {}"}}"#, token.expose());
    let cases = [
        (503, wait, "busy", Retry::After(std::time::Duration::from_secs(7))),
        (401, HeaderMap::new(), &echo, Retry::Never),
    ];
    for (status, headers, body, retry) in cases {
        let status = StatusCode::from_u16(status).expect("a status");
        server.with_provider(|provider| provider.fail_next(1, status, headers, body));
        let error = client.revoke().expect_err("it was not revoked");
        assert_eq!(error.retry(), retry, "{}: {error}", D::NAME);
        assert!(error.to_string().starts_with("revoke at http://127.0.0.1"), "{}: {error}", D::NAME);
        assert!(!format!("{error} {error:?}").contains(token.expose()), "{}: {error}", D::NAME);
        assert_eq!(held(&store, &dialect), before, "{}", D::NAME);
    }
    assert_eq!(client.revoke().expect("now it is").tokens, 2, "{}", D::NAME);
}

/// Nothing is sent where none is known.
pub fn it_needs_an_address<D: Driver>() {
    let server = server();
    let client = D::new(super::basic_form::<D>(&server.url("/oauth/v2/token"))).expect("a client");
    let error = client.revoke().expect_err("no address");
    assert!(matches!(&error, Error::Misuse(why) if why.to_string().contains("revocation_url")), "{error}");
    let url = Endpoint::parse("http://auth.example/revoke").expect("a URL");
    let plain = super::basic_form::<D>(&server.url("/oauth/v2/token")).revocation(Revocation::new(url));
    assert!(plain.is_err(), "secrets would travel without TLS");
    assert!(server.requests().is_empty(), "{}", D::NAME);
}
