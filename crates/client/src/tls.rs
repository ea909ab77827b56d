//! Which certificates are trusted, and which one is shown.

use core::fmt;
use std::sync::{Arc, OnceLock};

use hallpass_core::Misuse;
use rustls::crypto::ring;
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

/// The certificate authorities that a client trusts from the start; an extra one joins them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Roots {
    /// Mozilla's, built in: the same on every machine.
    #[default]
    Bundled,
    /// The operating system's.
    Platform,
}

/// How TLS is spoken: whom to trust, and what to show, for whoever takes rustls' own settings. The provider is ring, whatever
/// the process has chosen for others.
pub fn settings(trusted: &Trusted, identity: Option<&Identity>) -> Result<ClientConfig, Misuse> {
    let bad = |what: &str, why: &str| Misuse::Value { what: what.into(), why: why.into() };
    let settings = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| bad("TLS", "the provider knows no safe version"))?
        .with_root_certificates(trusted.roots());
    let Some(identity) = identity else { return Ok(settings.with_no_client_auth()) };
    settings
        .with_client_auth_cert(identity.chain().to_vec(), identity.key().clone_key())
        .map_err(|_| bad("the client certificate", "TLS here cannot use it"))
}

/// The certificate that a client shows to a server that asks for one (RFC 8705), and its key.
#[derive(Clone)]
pub struct Identity(Arc<Shown>);

struct Shown {
    chain: Vec<CertificateDer<'static>>,
    key: Zeroizing<PrivateKeyDer<'static>>,
    key_pem: Zeroizing<Vec<u8>>,
}

/// Who shows another certificate has connections of its own.
impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        let (one, two) = (&*self.0, &*other.0);
        Arc::ptr_eq(&self.0, &other.0) || one.chain == two.chain && one.key_pem == two.key_pem
    }
}

impl Eq for Identity {}

impl Identity {
    /// Reads both from PEM, and holds one against the other.
    pub(crate) fn parse(chain: &[u8], key_pem: &[u8]) -> Result<Self, Misuse> {
        let bad = |why: &str| Misuse::Value { what: "the client certificate".into(), why: why.into() };
        let chain = client_chain(chain)?;
        let key = PrivateKeyDer::from_pem_slice(key_pem).map(Zeroizing::new).map_err(|_| {
            bad("there is no private key to it: it must be PEM (-----BEGIN PRIVATE KEY-----), without a passphrase")
        })?;
        let certified = CertifiedKey::from_der(chain.clone(), key.clone_key(), &ring::default_provider());
        certified.map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => bad("its private key is that of another certificate"),
            rustls::Error::InvalidCertificate(_) => bad("it is not a well made certificate"),
            _ => bad("its private key is damaged, or of a kind that TLS here does not know"),
        })?;
        Ok(Self(Arc::new(Shown { chain, key, key_pem: Zeroizing::new(key_pem.to_vec()) })))
    }

    /// The certificate, then those that lead to its authority.
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.0.chain
    }

    /// Its private key.
    pub fn key(&self) -> &PrivateKeyDer<'static> {
        &self.0.key
    }

    /// The same as it was given, for an HTTP library that takes nothing else.
    pub fn key_pem(&self) -> &[u8] {
        &self.0.key_pem
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(redacted)")
    }
}

/// Reads a client's certificate, at least one, and those that lead to its authority.
pub(crate) fn client_chain(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Misuse> {
    read("the client certificate", pem)
}

/// Reads the certificates of a PEM file.
pub fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Misuse> {
    read("CA certificates", pem)
}

fn read(what: &str, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Misuse> {
    let bad = |why: &str| Misuse::Value { what: what.into(), why: why.into() };
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err(bad("there is no certificate in it: it must be PEM (-----BEGIN CERTIFICATE-----)")),
        Err(_) => Err(bad("it is no proper PEM (-----BEGIN CERTIFICATE-----)")),
    }
}

/// Every certificate to trust.
pub struct Trusted {
    /// Those that the program has in it. They cost nothing until somebody looks at them.
    pub bundled: &'static [CertificateDer<'static>],
    /// Those that were read.
    pub read: Vec<CertificateDer<'static>>,
}

impl fmt::Debug for Trusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Trusted({} bundled, {} read)", self.bundled.len(), self.read.len())
    }
}

impl Trusted {
    pub(crate) fn of(roots: Roots, extra: &[CertificateDer<'static>]) -> Result<Self, Misuse> {
        let (bundled, mut read) = match roots {
            Roots::Bundled => (BUNDLED, Vec::new()),
            Roots::Platform => (&[][..], platform()?),
        };
        read.extend_from_slice(extra);
        Ok(Self { bundled, read })
    }

    /// One after the other.
    pub fn all(&self) -> impl Iterator<Item = CertificateDer<'static>> {
        self.bundled.iter().chain(&self.read).cloned()
    }

    /// As rustls has them. Reading more than a hundred takes longer than anything else that a new client does, so those that
    /// are built in are read once for all clients that trust no others.
    fn roots(&self) -> Arc<RootCertStore> {
        static BUILT_IN: OnceLock<Arc<RootCertStore>> = OnceLock::new();
        let read = || {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(self.all());
            Arc::new(roots)
        };
        let built_in = self.read.is_empty() && core::ptr::eq(self.bundled, BUNDLED);
        if built_in { BUILT_IN.get_or_init(read).clone() } else { read() }
    }
}

#[cfg(feature = "bundled-roots")]
const BUNDLED: &[CertificateDer<'static>] = webpki_root_certs::TLS_SERVER_ROOT_CERTS;

#[cfg(not(feature = "bundled-roots"))]
const BUNDLED: &[CertificateDer<'static>] = &[];

#[cfg(feature = "platform-roots")]
fn platform() -> Result<Vec<CertificateDer<'static>>, Misuse> {
    let found = rustls_native_certs::load_native_certs();
    if found.certs.is_empty() {
        let why =
            "the operating system has none that can be read: install its CA certificates, or use the bundled ones";
        return Err(Misuse::Value { what: "platform certificates".into(), why: why.into() });
    }
    Ok(found.certs)
}

#[cfg(not(feature = "platform-roots"))]
fn platform() -> Result<Vec<CertificateDer<'static>>, Misuse> {
    let why = "this build cannot read them: enable the feature `platform-roots`";
    Err(Misuse::Value { what: "platform certificates".into(), why: why.into() })
}
