//! A server that asks who its clients are (RFC 8705), in both versions of TLS.

use hallpass_client::Config;
use hallpass_core::dialect::Dialect;
use hallpass_core::{Error, Secrets};
use hallpass_testserver::TestServer;
use hallpass_testserver::tls::{Authority, Certificate, Leaf};
use rustls::SupportedProtocolVersion;
use rustls::version::{TLS12, TLS13};

use super::{basic_form, demo, dialect, get, held, holding};
use crate::driver::Driver;
use crate::settings::{Auth, Settings};

const VERSIONS: [&SupportedProtocolVersion; 2] = [&TLS12, &TLS13];

/// A server that takes the clients of one authority, and what there is for them to know.
struct Guarded {
    server: TestServer,
    authority: Authority,
}

impl Guarded {
    fn start(version: &'static SupportedProtocolVersion) -> Self {
        let authority = Authority::new();
        let certificate = authority.issue(Leaf::Good).wants_clients_of(&authority, Some(version));
        let server = TestServer::builder().tls(certificate).start().expect("a server");
        Self { server, authority }
    }

    fn config<D: Driver>(&self) -> Config {
        self.meets(basic_form::<D>(&self.server.url("/oauth/v2/token")))
    }

    fn meets(&self, config: Config) -> Config {
        let config = config.ca_pem(self.authority.ca_pem().as_bytes()).expect("PEM");
        config.api_url(&self.server.origin()).expect("https")
    }
}

fn showing(config: Config, certificate: &Certificate) -> Config {
    let shown = config.client_certificate(certificate.pem().as_bytes(), certificate.key_pem().as_bytes());
    shown.expect("a certificate and its key")
}

/// For the login and for the call: the token may be bound to the certificate (section 3).
pub fn a_known_one_is_let_in<D: Driver>() {
    for version in VERSIONS {
        let guarded = Guarded::start(version);
        let client = D::new(showing(guarded.config::<D>(), &guarded.authority.issue(Leaf::Client))).expect("a client");
        let response = client.send(get(&guarded.server.url("/v3/ping/protected"))).expect("a response");
        assert_eq!(response.status(), 200, "{} {version:?}", D::NAME);
    }
}

fn is_kept_out<D: Driver>(guarded: &Guarded, config: Config, cause: &str) {
    // A connection may be found dead before the request is on it, and why is lost in hyper: the login is tried again then.
    let client = D::build(config).expect("a client");
    let error = client.token().expect_err("it is not let in");
    assert!(matches!(error, Error::Unreachable(_)) && error.to_string().contains(cause), "{}: {error}", D::NAME);
    assert!(guarded.server.requests().is_empty(), "{}", D::NAME);
}

/// Nothing is shown.
pub fn none<D: Driver>() {
    for version in VERSIONS {
        let guarded = Guarded::start(version);
        is_kept_out::<D>(&guarded, guarded.config::<D>(), "client_certificate");
    }
}

/// Somebody unknown vouches for it: an authority that calls itself like the known one, or the client itself.
pub fn another_authoritys<D: Driver>() {
    for version in VERSIONS {
        let guarded = Guarded::start(version);
        for stranger in [Authority::new().issue(Leaf::Client), Certificate::self_signed()] {
            is_kept_out::<D>(
                &guarded,
                showing(guarded.config::<D>(), &stranger),
                "does not take the client certificate",
            );
        }
    }
}

/// What a client writes before it hears that it is not let in, nobody has read.
pub fn a_refresh_token_is_not_lost_by_it<D: Driver>() {
    for version in VERSIONS {
        let guarded = Guarded::start(version);
        let dialect = dialect::<D>(demo(&guarded.server.url("/oauth/v2/token")));
        let store = holding(&dialect);
        let config = guarded.meets(Config::new(dialect.clone(), super::secrets())).store(store.clone());
        is_kept_out::<D>(&guarded, showing(config, &Authority::new().issue(Leaf::Client)), "client certificate");
        let record = held(&store, &dialect);
        assert!(record.held.refresh_token.is_some() && record.spending.is_none(), "{} {version:?}", D::NAME);
    }
}

/// `tls_client_auth`: the certificate is the proof.
pub fn only_the_client_id_is_sent<D: Driver>() {
    let guarded = Guarded::start(&TLS13);
    let url = guarded.server.url("/oauth/v2/token");
    let with = |auth| dialect::<D>(Settings { auth: Some(auth), ..demo(&url) });
    let dialect = with(Auth::Tls);
    assert_eq!(dialect.key(), with(Auth::Body).key());
    let config = guarded.meets(Config::new(dialect, Secrets::new()));
    let client = D::new(showing(config, &guarded.authority.issue(Leaf::Client))).expect("a client");
    // This server knows its clients by secrets only.
    let error = client.token().expect_err("no secret").to_string();
    assert!(error.contains("invalid_client") && error.contains("client_certificate"), "{}: {error}", D::NAME);
    let requests = guarded.server.requests();
    assert_eq!(requests[0].text(), "grant_type=client_credentials&client_id=demo-client", "{}", D::NAME);
    assert!(requests[0].header("authorization").is_none(), "{}", D::NAME);
}

/// Found before anything is sent, and told apart.
pub fn a_key_of_another_is_refused<D: Driver>() {
    let (one, two) = (Authority::new().issue(Leaf::Client), Authority::new().issue(Leaf::Client));
    let config = || basic_form::<D>("https://127.0.0.1:1/token");
    let refused = |chain: &str, key: &str| {
        let refused = config().client_certificate(chain.as_bytes(), key.as_bytes());
        refused.expect_err("they do not fit").to_string()
    };
    assert!(refused(one.pem(), two.key_pem()).contains("another certificate"));
    assert!(refused(one.pem(), one.pem()).contains("no private key"));
    assert!(refused(one.key_pem(), one.key_pem()).contains("no certificate in it"));
    let both = format!("{}{}", one.key_pem(), one.pem());
    let client = D::new(config().client_certificate(both.as_bytes(), both.as_bytes()).expect("one file for both"));
    assert!(!format!("{:?}", client.expect("a client")).contains("PRIVATE"));
}
