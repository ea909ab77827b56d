//! Certificates, each good or bad in its one way.

use std::net::SocketAddr;

use hallpass_testserver::TestServer;
use hallpass_testserver::script::{Act, ScriptServer};
use hallpass_testserver::tls::{Authority, Certificate, Leaf};
use rustls::ClientConnection;
use rustls_pki_types::ServerName;

use crate::client::{HANG, agent_trusting, connect, tls_config};

/// Shakes hands, and says why that failed.
fn handshake(address: SocketAddr, name: &str, trusted_pem: &str) -> Result<(), String> {
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let mut client = ClientConnection::new(tls_config(trusted_pem), name).unwrap();
    let mut stream = connect(address);
    while client.is_handshaking() {
        client.complete_io(&mut stream).map_err(|error| format!("{error:?}"))?;
    }
    Ok(())
}

#[test]
fn a_good_certificate_is_good_for_each_of_its_names() {
    let authority = Authority::new();
    let server = TestServer::builder().tls(authority.issue(Leaf::Good)).start().unwrap();
    for name in ["localhost", "127.0.0.1", "::1"] {
        assert_eq!(handshake(server.address(), name, authority.ca_pem()), Ok(()), "{name}");
    }
    let agent = agent_trusting(authority.ca_pem());
    assert_eq!(agent.get(server.url("/v3/ping")).call().unwrap().status(), 200);
    assert_eq!((server.connections(), server.requests().len()), (4, 1));
}

#[test]
fn a_bad_certificate_is_bad_in_its_one_way() {
    let authority = Authority::new();
    for (leaf, reason) in
        [(Leaf::Expired, "Expired"), (Leaf::NotYetValid, "NotValidYet"), (Leaf::WrongName, "NotValidForName")]
    {
        let server = TestServer::builder().tls(authority.issue(leaf)).start().unwrap();
        let error = handshake(server.address(), "127.0.0.1", authority.ca_pem()).unwrap_err();
        assert!(error.contains(reason), "{leaf:?}: {error}");
        assert!(agent_trusting(authority.ca_pem()).get(server.url("/v3/ping")).call().is_err());
        assert!(server.requests().is_empty());
    }
    let server = TestServer::builder().tls(authority.issue(Leaf::WrongName)).start().unwrap();
    assert_eq!(handshake(server.address(), "elsewhere.test", authority.ca_pem()), Ok(()));
}

#[test]
fn an_unknown_authority_and_a_self_signed_certificate_are_not_trusted() {
    let trusted = Authority::new();
    for certificate in [Authority::new().issue(Leaf::Good), Certificate::self_signed()] {
        let server = TestServer::builder().tls(certificate).start().unwrap();
        let error = handshake(server.address(), "127.0.0.1", trusted.ca_pem()).unwrap_err();
        assert!(error.contains("InvalidCertificate"), "{error}");
    }
}

#[test]
fn a_self_signed_certificate_is_good_to_who_trusts_it() {
    let certificate = Certificate::self_signed();
    let server = TestServer::builder().tls(certificate.clone()).start().unwrap();
    assert_eq!(handshake(server.address(), "localhost", certificate.pem()), Ok(()));
}

#[test]
fn a_refused_handshake_lets_no_byte_of_a_request_through() {
    let server = ScriptServer::builder().every(vec![Act::Stall]).tls(Certificate::self_signed()).start().unwrap();
    let agent = agent_trusting(Authority::new().ca_pem());
    assert!(agent.get(server.url("/")).header("authorization", "Bearer secret").call().is_err());
    assert!(server.settle(HANG));
    assert_eq!((server.connections(), server.bytes_received()), (1, 0));
}

#[test]
fn a_plain_request_to_a_tls_server_is_not_answered_with_http() {
    let server = TestServer::builder().tls(Certificate::self_signed()).start().unwrap();
    let reply = crate::client::exchange(server.address(), b"GET /v3/ping HTTP/1.1\r\nhost: x\r\n\r\n");
    assert!(!reply.unwrap_or_default().contains("HTTP"));
    assert!(server.requests().is_empty());
}
