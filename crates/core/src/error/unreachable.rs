//! No usable answer, yet.

use core::fmt;
use core::time::Duration;

use http::StatusCode;

use super::{Place, Retry, said};
use crate::http::SendError;

/// No usable answer came, and one may come later.
/// What to do: [unreachable](crate::error#unreachable).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unreachable {
    /// Where.
    pub place: Place,
    /// What happened.
    pub cause: String,
    /// Whether the server may have received the request, and done what it asks for. `false` only where that is known not to
    /// be: then it can be sent again, whatever it asks for (RFC 9110 section 9.2.2).
    pub maybe_sent: bool,
    /// The status, if the server did answer.
    pub status: Option<StatusCode>,
    /// The error code, verbatim.
    pub code: Option<String>,
    /// The server's text, under the rules of [`Refused::text`](super::Refused::text).
    pub text: Option<String>,
    /// Whether trying again can help, and from when.
    pub retry: Retry,
}

impl Unreachable {
    /// One that no server said anything of, though it may have received a request.
    pub fn new(place: Place, cause: impl Into<String>, retry: Retry) -> Self {
        Self { place, cause: cause.into(), maybe_sent: true, status: None, code: None, text: None, retry }
    }

    /// Of a request without a reply. A server that is not trusted will not be the next time either.
    pub fn unanswered(place: Place, error: SendError) -> Self {
        let (cause, maybe_sent, retry) = match error {
            SendError::NotSent(cause) => (cause, false, Retry::After(Duration::ZERO)),
            SendError::MaybeSent(cause) => (cause, true, Retry::After(Duration::ZERO)),
            SendError::Untrusted(cause) => (cause, false, Retry::Never),
        };
        Self { maybe_sent, ..Self::new(place, cause, retry) }
    }
}

impl std::error::Error for Unreachable {}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.cause)?;
        said(f, self.code.as_deref(), self.text.as_deref())?;
        match self.retry {
            Retry::Never => Ok(()),
            Retry::After(Duration::ZERO) => write!(f, ". Trying again may help"),
            Retry::After(wait) => write!(f, ". Try again in {} s", wait.as_secs().max(1)),
        }
    }
}
