//! Certificates for tests, made on the spot: a throw-away authority, and leaves that are good or wrong in one way.

use std::net::IpAddr;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use rustls::crypto::ring;
use rustls::server::{WantsServerCert, WebPkiClientVerifier};
use rustls::{ConfigBuilder, RootCertStore, ServerConfig, SupportedProtocolVersion};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

const FROM_THE_SYSTEM: &str = "the system gives randomness, and every name here is ASCII";

/// A certificate authority that nobody trusts unless told to. A certificate from an unknown authority is one that
/// another `Authority` issued.
///
/// ```
/// use hallpass_testserver::{TestServer, tls::{Authority, Leaf}};
/// use std::sync::Arc;
/// use ureq::tls::{Certificate, RootCerts, TlsConfig};
///
/// let authority = Authority::new();
/// let server = TestServer::builder().tls(authority.issue(Leaf::Good)).start()?;
///
/// let trusted = Certificate::from_pem(authority.ca_pem().as_bytes())?;
/// let tls = TlsConfig::builder()
///     .root_certs(RootCerts::new_with_certs(&[trusted]))
///     .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
///     .build();
/// let agent = ureq::Agent::config_builder().tls_config(tls).build().new_agent();
/// assert_eq!(agent.get(server.url("/v3/ping")).call()?.status(), 200);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// What is right or wrong with a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Leaf {
    /// Good for `localhost`, `127.0.0.1` and `::1`.
    Good,
    /// Good for these names and for an address beside.
    GoodAt(IpAddr),
    /// The same names, but it ended in 2001.
    Expired,
    /// The same names, but it begins in 4000.
    NotYetValid,
    /// Good, but for `elsewhere.test` only.
    WrongName,
    /// Good for a client, not for a server.
    Client,
}

/// A certificate with its key, for a server to present, or for a client.
#[derive(Debug, Clone)]
pub struct Certificate {
    pem: String,
    der: CertificateDer<'static>,
    key_pem: String,
    config: Arc<ServerConfig>,
}

impl Authority {
    /// A new authority, with a key of its own.
    ///
    /// # Panics
    ///
    /// If the system gives no randomness.
    #[allow(clippy::new_without_default, reason = "each one differs, which a default would not suggest")]
    pub fn new() -> Self {
        let key = KeyPair::generate().expect(FROM_THE_SYSTEM);
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.distinguished_name.push(DnType::CommonName, "hallpass test authority");
        let pem = params.self_signed(&key).expect(FROM_THE_SYSTEM).pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// The authority's own certificate as PEM, for a client to trust.
    pub fn ca_pem(&self) -> &str {
        &self.pem
    }

    /// Issues a certificate.
    ///
    /// # Panics
    ///
    /// If the system gives no randomness.
    pub fn issue(&self, leaf: Leaf) -> Certificate {
        let key = KeyPair::generate().expect(FROM_THE_SYSTEM);
        let issued = params(leaf).signed_by(&key, &self.issuer).expect(FROM_THE_SYSTEM);
        Certificate::new(&issued, &key)
    }
}

impl Certificate {
    /// A certificate for `localhost`, `127.0.0.1` and `::1` that vouches for itself.
    ///
    /// # Panics
    ///
    /// If the system gives no randomness.
    pub fn self_signed() -> Self {
        let key = KeyPair::generate().expect(FROM_THE_SYSTEM);
        let issued = params(Leaf::Good).self_signed(&key).expect(FROM_THE_SYSTEM);
        Self::new(&issued, &key)
    }

    /// The certificate, without its key, as PEM.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// Its key, as PEM.
    pub fn key_pem(&self) -> &str {
        &self.key_pem
    }

    /// A server that shows it takes only clients whose certificate `authority` issued, in these versions of TLS, where
    /// `None` means all that are safe.
    ///
    /// # Panics
    ///
    /// Never: the authority is proper.
    #[must_use = "the certificate is handed back, not changed in place"]
    pub fn wants_clients_of(
        mut self,
        authority: &Authority,
        version: Option<&'static SupportedProtocolVersion>,
    ) -> Self {
        let provider = Arc::new(ring::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(CertificateDer::pem_slice_iter(authority.ca_pem().as_bytes()).flatten());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
        let verifier = verifier.build().expect("an authority was added");
        let versions = version.map_or_else(|| rustls::ALL_VERSIONS.to_vec(), |version| vec![version]);
        let builder = ServerConfig::builder_with_provider(provider).with_protocol_versions(&versions);
        let builder = builder.expect("ring has these versions").with_client_cert_verifier(verifier);
        self.config = Arc::new(serving(builder, self.der.clone(), self.key_pem.as_bytes()));
        self
    }

    pub(crate) fn server_config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config)
    }

    fn new(issued: &rcgen::Certificate, key: &KeyPair) -> Self {
        let (der, key_pem) = (issued.der().clone(), key.serialize_pem());
        let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring has the default versions")
            .with_no_client_auth();
        let config = Arc::new(serving(builder, der.clone(), key_pem.as_bytes()));
        Self { pem: issued.pem(), der, key_pem, config }
    }
}

fn serving(
    builder: ConfigBuilder<ServerConfig, WantsServerCert>,
    certificate: CertificateDer<'static>,
    key_pem: &[u8],
) -> ServerConfig {
    let key = PrivateKeyDer::from_pem_slice(key_pem).expect("it was written just now");
    let config = builder.with_single_cert(vec![certificate], key);
    let mut config = config.expect("the key was made for this certificate");
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config
}

fn params(leaf: Leaf) -> CertificateParams {
    let names: &[&str] = if leaf == Leaf::WrongName { &["elsewhere.test"] } else { &["localhost", "127.0.0.1", "::1"] };
    let mut names: Vec<String> = names.iter().map(ToString::to_string).collect();
    if let Leaf::GoodAt(address) = leaf {
        names.push(address.to_string());
    }
    let mut params = CertificateParams::new(names).expect(FROM_THE_SYSTEM);
    params.distinguished_name.push(DnType::CommonName, "hallpass test server");
    // Not every TLS library asks for these, but the strict ones do.
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![match leaf {
        Leaf::Client => ExtendedKeyUsagePurpose::ClientAuth,
        _ => ExtendedKeyUsagePurpose::ServerAuth,
    }];
    match leaf {
        Leaf::Good | Leaf::GoodAt(_) | Leaf::WrongName | Leaf::Client => {}
        Leaf::Expired => {
            params.not_before = date_time_ymd(2000, 1, 1);
            params.not_after = date_time_ymd(2001, 1, 1);
        }
        Leaf::NotYetValid => params.not_before = date_time_ymd(4000, 1, 1),
    }
    params
}
