//! A login whose tokens are bound to a client certificate (RFC 8705 section 3): another certificate, other tokens.

use core::fmt::Write;
use std::sync::Arc;

use hallpass_core::dialect::{Dialect, Exchange, Gain, Goal, Held, Key, Refusal};
use hallpass_core::{Misuse, Now, Reply, Request, Secrets, SendAs};
use hmac_sha256::Hash;
use http::StatusCode;
use rustls_pki_types::CertificateDer;

/// A dialect, and the certificate that it is spoken with. Every method is handed on, those with a default too.
#[derive(Clone)]
pub(super) struct Bound {
    dialect: Arc<dyn Dialect>,
    /// SHA-256 of the certificate, as the `x5t#S256` of RFC 8705 section 3.1, in hexadecimal digits.
    thumbprint: Option<String>,
}

impl Bound {
    pub(super) fn new(dialect: impl Dialect + 'static) -> Self {
        Self { dialect: Arc::new(dialect), thumbprint: None }
    }

    pub(super) fn to(&self, certificate: &CertificateDer<'_>) -> Self {
        let thumbprint = Hash::hash(certificate).iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        Self { dialect: self.dialect.clone(), thumbprint: Some(thumbprint) }
    }
}

impl Dialect for Bound {
    fn key(&self) -> Key {
        self.dialect.key().with_option("client_certificate", self.thumbprint.as_deref())
    }

    /// A user key is the user's, whoever shows which certificate.
    fn identity(&self) -> Option<Key> {
        self.dialect.identity()
    }

    fn sent_as(&self) -> SendAs {
        self.dialect.sent_as()
    }

    fn next(&self, held: &Held, goal: Goal) -> Result<Exchange, Misuse> {
        self.dialect.next(held, goal)
    }

    fn needs(&self, exchange: Exchange) -> &[&'static str] {
        self.dialect.needs(exchange)
    }

    fn request(&self, exchange: Exchange, held: &Held, secrets: &Secrets, now: Now) -> Result<Request, Misuse> {
        self.dialect.request(exchange, held, secrets, now)
    }

    fn read(&self, exchange: Exchange, reply: &Reply) -> Result<Gain, Refusal> {
        self.dialect.read(exchange, reply)
    }

    fn advice(&self, exchange: Exchange, status: StatusCode, secrets: &Secrets) -> Option<String> {
        self.dialect.advice(exchange, status, secrets)
    }
}
