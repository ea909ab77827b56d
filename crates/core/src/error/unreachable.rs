//! No usable answer, yet.

use core::fmt;
use core::time::Duration;

use http::StatusCode;

use super::{Place, Retry, said};

/// No usable answer came, and one may come later.
/// What to do: [unreachable](crate::error#unreachable).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreachable {
    /// Where.
    pub place: Place,
    /// What happened.
    pub cause: String,
    /// The status, if the server did answer.
    pub status: Option<StatusCode>,
    /// The error code, verbatim.
    pub code: Option<String>,
    /// The server's text, under the rules of [`Refused::text`](super::Refused::text).
    pub text: Option<String>,
    /// Whether trying again can help, and from when.
    pub retry: Retry,
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
