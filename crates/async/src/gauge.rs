//! Tells a request that never left from one that may have: a body that notes whether the connection asked for it.
//!
//! reqwest's errors do not say. hyper takes the body before it writes the first byte of the head, so a body that nobody
//! asked for belongs to a request that never left. An empty body is never asked for: there, a connection that was not made
//! tells, or hyper, which hands back what it has not begun with.

use core::error::Error as _;
use core::iter;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// Whether a request's body was asked for.
pub(crate) struct Gauge {
    asked: Arc<AtomicBool>,
    empty: bool,
}

impl Gauge {
    /// A gauge, and a body that reports to it.
    pub(crate) fn of(bytes: Bytes) -> (Self, reqwest::Body) {
        let gauge = Self { asked: Arc::default(), empty: bytes.is_empty() };
        let asked = gauge.asked.clone();
        (gauge, reqwest::Body::wrap(Gauged { bytes: Some(bytes), asked }))
    }

    /// True if any byte may have been written before this error.
    pub(crate) fn wrote(&self, error: &reqwest::Error) -> bool {
        self.asked.load(Ordering::Acquire) || self.empty && !error.is_connect() && !is_handed_back(error)
    }
}

/// What hyper says of a request that it has not begun with.
pub(crate) const CANCELED: &str = "operation was canceled";

fn is_handed_back(error: &reqwest::Error) -> bool {
    let sources = iter::successors(error.source(), |&inner| inner.source());
    sources.map(ToString::to_string).any(|said| said == CANCELED)
}

struct Gauged {
    bytes: Option<Bytes>,
    asked: Arc<AtomicBool>,
}

impl Body for Gauged {
    type Data = Bytes;
    type Error = core::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.asked.store(true, Ordering::Release);
        Poll::Ready(self.bytes.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}
