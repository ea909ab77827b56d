//! Certificates are verified, and a bad one ends it before anything is said (wire rule 7).

use hallpass_core::Error;
use hallpass_testserver::TestServer;
use hallpass_testserver::tls::{Authority, Certificate, Leaf};

use super::{basic_form, get};
use crate::driver::Driver;

/// Logs in at a server that shows `certificate`, trusting `authority`.
fn meets<D: Driver>(certificate: Certificate, authority: &Authority, trusted: bool) {
    let server = TestServer::builder().tls(certificate).start().expect("a server");
    let config = basic_form::<D>(&server.url("/oauth/v2/token")).ca_pem(authority.ca_pem().as_bytes()).expect("PEM");
    let client = D::new(config.api_url(&server.origin()).expect("https")).expect("a client");
    if trusted {
        assert_eq!(client.send(get(&server.url("/v3/ping/protected"))).expect("a response").status(), 200);
        return;
    }
    let error = client.token().expect_err("the certificate is bad");
    assert!(matches!(error, Error::Unreachable(_)), "{}: {error}", D::NAME);
    assert!(error.to_string().contains("certificate is not trusted"), "{}: {error}", D::NAME);
    assert!(server.requests().is_empty(), "{}", D::NAME);
}

fn shows<D: Driver>(leaf: Leaf, trusted: bool) {
    let authority = Authority::new();
    meets::<D>(authority.issue(leaf), &authority, trusted);
}

/// A throw-away authority is trusted when it is given.
pub fn good<D: Driver>() {
    shows::<D>(Leaf::Good, true);
}

/// Past its date.
pub fn expired<D: Driver>() {
    shows::<D>(Leaf::Expired, false);
}

/// Before its date.
pub fn not_yet_valid<D: Driver>() {
    shows::<D>(Leaf::NotYetValid, false);
}

/// For somebody else.
pub fn wrong_name<D: Driver>() {
    shows::<D>(Leaf::WrongName, false);
}

/// Vouched for by itself.
pub fn self_signed<D: Driver>() {
    meets::<D>(Certificate::self_signed(), &Authority::new(), false);
}

/// Vouched for by somebody unknown.
pub fn unknown_authority<D: Driver>() {
    meets::<D>(Authority::new().issue(Leaf::Good), &Authority::new(), false);
}
