//! Whom a rediss:// server must prove to be, and what is shown to it.

use std::sync::Arc;

use rustls::crypto::ring;
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

use crate::StoreError;

/// The certificate that is shown to a server that asks for one, and its key.
pub(super) struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: Zeroizing<PrivateKeyDer<'static>>,
}

impl Identity {
    /// Reads both from PEM, and holds one against the other.
    pub(super) fn parse(chain_pem: &[u8], key_pem: &[u8]) -> Result<Self, StoreError> {
        let bad = |why: &str| StoreError::new(format!("the client certificate for Redis cannot be used: {why}"));
        let chain = read(chain_pem).ok_or_else(|| bad("it must be PEM (-----BEGIN CERTIFICATE-----)"))?;
        let key = PrivateKeyDer::from_pem_slice(key_pem).map(Zeroizing::new);
        let key = key.map_err(|_| bad("its key must be PEM (-----BEGIN PRIVATE KEY-----), without a passphrase"))?;
        let pair = CertifiedKey::from_der(chain.clone(), key.clone_key(), &ring::default_provider());
        pair.map_err(|_| bad("its key is that of another certificate, or of a kind that TLS here does not know"))?;
        Ok(Self { chain, key })
    }
}

/// Trusts Mozilla's authorities and `extra`, and shows `identity`.
pub(super) fn config(
    extra: &[CertificateDer<'static>],
    identity: Option<&Identity>,
) -> Result<Arc<ClientConfig>, rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().cloned());
    for certificate in extra {
        roots.add(certificate.clone())?;
    }
    // The provider is named, since a program may have two and then there is no default.
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions()?.with_root_certificates(roots);
    Ok(Arc::new(match identity {
        Some(Identity { chain, key }) => config.with_client_auth_cert(chain.clone(), key.clone_key())?,
        None => config.with_no_client_auth(),
    }))
}

/// Reads the certificates of a PEM text.
pub(super) fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, StoreError> {
    read(pem).ok_or_else(|| {
        let what = "the CA certificates for Redis cannot be read: they must be PEM (-----BEGIN CERTIFICATE-----)";
        StoreError::new(what)
    })
}

fn read(pem: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    found.ok().filter(|found| !found.is_empty())
}
