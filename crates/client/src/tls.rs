//! Which certificates are trusted.

use hallpass_core::Misuse;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

/// The certificate authorities that a client trusts from the start; an extra one joins them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Roots {
    /// Mozilla's, built in: the same on every machine.
    #[default]
    Bundled,
    /// The operating system's.
    Platform,
}

/// Reads the certificates of a PEM file.
pub fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Misuse> {
    let bad = |why: &str| Misuse::Value { what: "CA certificates".into(), why: why.into() };
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err(bad("there is no certificate in it: it must be PEM (-----BEGIN CERTIFICATE-----)")),
        Err(_) => Err(bad("it is no proper PEM (-----BEGIN CERTIFICATE-----)")),
    }
}

/// Every certificate to trust.
pub fn trusted(roots: Roots, extra: &[CertificateDer<'static>]) -> Result<Vec<CertificateDer<'static>>, Misuse> {
    let mut all = match roots {
        Roots::Bundled => bundled(),
        Roots::Platform => platform()?,
    };
    all.extend_from_slice(extra);
    Ok(all)
}

#[cfg(feature = "bundled-roots")]
fn bundled() -> Vec<CertificateDer<'static>> {
    webpki_root_certs::TLS_SERVER_ROOT_CERTS.to_vec()
}

#[cfg(not(feature = "bundled-roots"))]
fn bundled() -> Vec<CertificateDer<'static>> {
    Vec::new()
}

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
