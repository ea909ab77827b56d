//! One request, one reply, and how sending can fail. None of them prints what it carries.

use core::fmt;

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

use super::Endpoint;
use crate::time::Now;
use crate::wiped::Wiped;

/// Bytes of a message: wiped when dropped, never printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Body(Wiped);

impl Body {
    /// Takes the bytes over.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }

    /// The bytes themselves.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl From<Wiped> for Body {
    fn from(bytes: Wiped) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body({} bytes)", self.0.len())
    }
}

/// A request to a token endpoint, whole and ready to be written.
///
/// ```
/// use hallpass_core::{Endpoint, Request};
///
/// let request = Request::post(Endpoint::parse("https://auth.example/token")?, "application/json", br#"{"a":1}"#.to_vec());
/// assert_eq!(request.method, "POST");
/// assert_eq!(request.headers["accept"], "application/json");
/// # Ok::<(), hallpass_core::BadUrl>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The method; token requests are POST (RFC 6749 section 3.2).
    pub method: Method,
    /// Where it goes.
    pub endpoint: Endpoint,
    /// Headers beside the ones that every HTTP library adds (`Host`, `Content-Length`).
    pub headers: HeaderMap,
    /// The body.
    pub body: Body,
}

/// Checked when it is compiled, not for each request.
static JSON: HeaderValue = HeaderValue::from_static("application/json");
static IDENTITY: HeaderValue = HeaderValue::from_static("identity");

impl Request {
    /// A POST that asks for a JSON reply, not compressed.
    pub fn post(endpoint: Endpoint, content_type: &'static str, body: impl Into<Body>) -> Self {
        let mut headers = HeaderMap::with_capacity(4);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers.insert(header::ACCEPT, JSON.clone());
        headers.insert(header::ACCEPT_ENCODING, IDENTITY.clone());
        Self { method: Method::POST, endpoint, headers, body: body.into() }
    }

    /// The same with one more header, marked sensitive.
    #[must_use = "the request is handed back, not changed in place"]
    pub fn header(mut self, name: HeaderName, mut value: HeaderValue) -> Self {
        value.set_sensitive(true);
        self.headers.insert(name, value);
        self
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self::new(bytes)
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.keys().map(HeaderName::as_str).collect();
        write!(f, "Request({} {}, {names:?}, {:?})", self.method, self.endpoint, self.body)
    }
}

/// What the server answered, as far as the driver was allowed to read it.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, not decoded: hallpass never asks for compression.
    pub body: Body,
    /// True if the body was longer than the egress allows; what is here is its beginning.
    pub cut: bool,
    /// When it was read; for dates in it.
    pub received: Now,
}

impl Reply {
    /// A header's value as text, if it is there once or more and is visible ASCII.
    pub fn header(&self, name: HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reply({}, {:?}{})", self.status.as_u16(), self.body, if self.cut { ", cut" } else { "" })
    }
}

/// Why there is no reply. Whether the request may have been acted upon decides if a refresh token is still good, so a driver says
/// `NotSent` only if it knows that no byte of the request was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// No byte of the request left: a name that does not resolve, a refused connection, a failed TLS handshake.
    #[error("nothing was sent: {0}")]
    NotSent(String),
    /// The request was not acted upon, and will not be: one end does not trust the other's certificate, or a proxy does not take
    /// the client's credentials.
    #[error("nothing was sent: {0}")]
    Untrusted(String),
    /// The request, or a part of it, may have been acted upon: a reset, a deadline, a reply cut short.
    #[error("the request may have been received: {0}")]
    MaybeSent(String),
}
