//! A login whose tokens are bound to a client certificate (RFC 8705 section 3): another certificate, other tokens. And a
//! dialect that panics: the login fails, and says so.

use core::fmt::Write;
use std::sync::Arc;

use hallpass_core::dialect::{Dialect, Exchange, Gain, Goal, Held, Key, Refusal};
use hallpass_core::error::Oddity;
use hallpass_core::{Misuse, Now, Reply, Request, Secrets, SendAs};
use hmac_sha256::Hash;
use http::StatusCode;
use rustls_pki_types::CertificateDer;

use crate::caught::{PANICKED, caught};

/// A dialect, and the certificate that it is spoken with. Every method is handed on, those with a default too. What a flight
/// calls is caught: it would end without a word, and whoever waits for it would begin another at once, with another request.
#[derive(Clone)]
pub(super) struct Bound {
    dialect: Arc<dyn Dialect>,
    /// SHA-256 of the certificate, as the `x5t#S256` of RFC 8705 section 3.1, in hexadecimal digits.
    thumbprint: Option<String>,
    /// Where a registration is kept, if apart.
    identity: Result<Option<Key>, Misuse>,
}

impl Bound {
    pub(super) fn new(dialect: impl Dialect + 'static) -> Self {
        let identity = caught(|| dialect.identity()).ok_or_else(|| panicked("`identity`"));
        Self { dialect: Arc::new(dialect), thumbprint: None, identity }
    }

    pub(super) fn to(&self, certificate: &CertificateDer<'_>) -> Self {
        let thumbprint = Hash::hash(certificate).iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        Self { thumbprint: Some(thumbprint), ..self.clone() }
    }
}

impl Dialect for Bound {
    fn key(&self) -> Key {
        self.dialect.key().with_option("client_certificate", self.thumbprint.as_deref())
    }

    /// A user key is the user's, whoever shows which certificate.
    fn identity(&self) -> Option<Key> {
        self.identity.clone().unwrap_or_default()
    }

    fn send_as(&self) -> SendAs {
        self.dialect.send_as()
    }

    fn next(&self, held: &Held, goal: Goal) -> Result<Exchange, Misuse> {
        if let Err(misuse) = &self.identity {
            return Err(misuse.clone());
        }
        let next = || {
            let exchange = self.dialect.next(held, goal)?;
            // It cannot fail where it is called for its answer.
            let _ = self.dialect.needs(exchange);
            Ok(exchange)
        };
        caught(next).unwrap_or_else(|| Err(panicked("`next` or `needs`")))
    }

    fn needs(&self, exchange: Exchange) -> &[&'static str] {
        caught(|| self.dialect.needs(exchange)).unwrap_or_default()
    }

    fn request(&self, exchange: Exchange, held: &Held, secrets: &Secrets, now: Now) -> Result<Request, Misuse> {
        let request = || self.dialect.request(exchange, held, secrets, now);
        caught(request).unwrap_or_else(|| Err(panicked("`request`")))
    }

    fn read(&self, exchange: Exchange, reply: &Reply) -> Result<Gain, Refusal> {
        let read = || self.dialect.read(exchange, reply);
        caught(read).unwrap_or_else(|| Err(Refusal::malformed(reply.status, Oddity::Panicked)))
    }

    fn advice(&self, exchange: Exchange, status: StatusCode, secrets: &Secrets) -> Option<String> {
        caught(|| self.dialect.advice(exchange, status, secrets)).flatten()
    }
}

fn panicked(method: &str) -> Misuse {
    let why = format!("its {method} {PANICKED}: mend it, the panic's own message says where");
    Misuse::Value { what: "the dialect".into(), why }
}
