//! How a client proves itself to a form endpoint: one way per request (RFC 6749 section 2.3).

use http::header::AUTHORIZATION;
use http::{HeaderValue, StatusCode};

use super::Key;
use crate::error::Misuse;
use crate::http::{Endpoint, Request};
use crate::secret::{CLIENT_ASSERTION, CLIENT_SECRET, Secret, Secrets};
use crate::wire::basic::{self, BasicEncoding};
use crate::wire::form;

/// Where the client's id and secret go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientAuth {
    /// Into `Authorization: Basic`, escaped as the setting says.
    Basic(BasicEncoding),
    /// Into the body as `client_id` and `client_secret`.
    Body,
    /// A client without a secret: `client_id` in the body (RFC 6749 section 3.2.1).
    Public,
    /// No client is named: the grant alone says who asks, as an assertion may (RFC 7523 section 2.1).
    None,
    /// `private_key_jwt`: into the body as `client_id` and a signed `client_assertion` (RFC 7523 section 2.2). The
    /// assertion is a secret like any other; whoever signs it stands outside of this crate.
    Assertion,
    /// `tls_client_auth`: `client_id` in the body; the certificate of the connection proves it (RFC 8705 section 2).
    Tls,
}

/// RFC 7523 section 2.2.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

impl Default for ClientAuth {
    fn default() -> Self {
        Self::Basic(BasicEncoding::default())
    }
}

impl ClientAuth {
    /// A form in which the client proves itself.
    pub(crate) fn post<'a>(
        self,
        id: &'a str,
        to: &Endpoint,
        mut form: Vec<(&'a str, &'a str)>,
        secrets: &'a Secrets,
    ) -> Result<Request, Misuse> {
        let header = self.apply(id, secrets, &mut form)?;
        let request = Request::post(to.clone(), form::CONTENT_TYPE, form::write(form));
        Ok(match header {
            Some(value) => request.header(AUTHORIZATION, value),
            None => request,
        })
    }

    /// Adds to the form what belongs there and returns the header, if that is the way.
    fn apply<'a>(
        self,
        id: &'a str,
        secrets: &'a Secrets,
        form: &mut Vec<(&'a str, &'a str)>,
    ) -> Result<Option<HeaderValue>, Misuse> {
        match self {
            Self::Basic(encoding) => basic::authorization(id, secrets.needs(CLIENT_SECRET)?, encoding).map(Some),
            Self::Body => {
                form.extend([("client_id", id), ("client_secret", secrets.needs(CLIENT_SECRET)?.expose())]);
                Ok(None)
            }
            Self::None => Ok(None),
            Self::Public | Self::Tls => {
                form.push(("client_id", id));
                Ok(None)
            }
            Self::Assertion => {
                let assertion = secrets.needs(CLIENT_ASSERTION)?.expose();
                form.extend([
                    ("client_id", id),
                    ("client_assertion_type", JWT_BEARER),
                    ("client_assertion", assertion),
                ]);
                Ok(None)
            }
        }
    }

    /// The name of the secret that is needed.
    pub(crate) fn secret(self) -> Option<&'static str> {
        match self {
            Self::Basic(_) | Self::Body => Some(CLIENT_SECRET),
            Self::Assertion => Some(CLIENT_ASSERTION),
            Self::Public | Self::None | Self::Tls => None,
        }
    }

    /// The client's part of a key. Where the credentials travel does not make a token another one.
    pub(super) fn key(key: Key, id: &str) -> Key {
        key.with("client_id", id)
    }

    /// What a refused credential may be due to (wire rule 2).
    pub(crate) fn advice(self, id: &str, status: StatusCode, secrets: &Secrets) -> Option<String> {
        let refused = matches!(status, StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED);
        match self {
            Self::Basic(encoding) => {
                let advice = basic_advice("basic_encoding", id, secrets.get(CLIENT_SECRET)?, encoding, status)?;
                Some(format!("{advice}, or client_auth = \"body\""))
            }
            Self::Assertion if refused => Some(ASSERTION_ADVICE.into()),
            Self::Tls if refused => Some(TLS_ADVICE.into()),
            _ => None,
        }
    }
}

const ASSERTION_ADVICE: &str = "Check the login's settings. If it is the client that was refused: does the server know \
    this public key and its key_id, is the assertion's audience the one that it wants (assertion_audience; by default the \
    token URL), and is this machine's clock right?";

const TLS_ADVICE: &str = "Check the login's settings. If it is the client that was refused: does the server know this \
    client certificate for this client_id, and was one sent (client_certificate)?";

/// What a refused Basic credential may be due to, if servers read it differently. The setting is that of its encoding.
pub(super) fn basic_advice(
    setting: &str,
    id: &str,
    secret: &Secret,
    encoding: BasicEncoding,
    status: StatusCode,
) -> Option<String> {
    let plain = basic::is_plain(id) && basic::is_plain(secret.expose());
    if plain || !matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
        return None;
    }
    let others = BasicEncoding::ALL.iter().filter(|other| **other != encoding);
    let others: Vec<_> = others.map(|other| format!("\"{}\"", other.name())).collect();
    Some(format!(
        "Check the credentials. The id or secret has characters that servers unescape differently: if it is right, try \
         {setting} = {} (now \"{}\")",
        others.join(" or "),
        encoding.name()
    ))
}
