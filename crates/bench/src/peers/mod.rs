//! Other libraries on the same work, each in its own words.
//!
//! A peer is what somebody writes who follows its documentation; nothing is tuned, for it or against it. One that gets its
//! tokens another way (a JWT that it signs with a key) does that here too, and so has no row where that would be compared.

#[cfg(feature = "aws-identity")]
pub mod aws;
#[cfg(feature = "azure")]
pub mod azure;
#[cfg(feature = "google")]
pub mod google;
pub mod hallpass;
#[cfg(feature = "huskarl")]
pub mod huskarl;
#[cfg(feature = "oauth2")]
pub mod oauth2;
#[cfg(any(feature = "tame-oauth", feature = "yup-oauth2"))]
mod service_account;
#[cfg(feature = "tame-oauth")]
pub mod tame;
#[cfg(feature = "yup-oauth2")]
pub mod yup;

use http::HeaderMap;

use crate::Result;

/// What every peer is asked to do.
pub trait Peer: Send + Sync + 'static {
    /// Puts a token into a request's headers: the one in hand, or if there is none that will do, a new one.
    fn authorize(&self, headers: &mut HeaderMap) -> impl Future<Output = Result<()>> + Send;
}

/// `Bearer` and a token, for a peer that hands out a string.
#[cfg(feature = "peer")]
fn bearer(token: &str) -> Result<http::HeaderValue> {
    Ok(http::HeaderValue::from_str(&format!("Bearer {token}"))?)
}

/// A reqwest client, for a peer that brings none.
#[cfg(feature = "peer")]
fn http_client() -> Result<reqwest::Client> {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let tls = tls.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth();
    Ok(reqwest::Client::builder().tls_backend_preconfigured(tls).redirect(reqwest::redirect::Policy::none()).build()?)
}
