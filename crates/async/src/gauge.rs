//! Tells a request that never left from one that may have: a body that notes whether the connection asked for it.
//!
//! reqwest's errors do not say. hyper takes the body before it writes the first byte of the head, so a body that nobody
//! asked for belongs to a request that never left.

use core::pin::Pin;
use core::task::{Context, Poll};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// Whether a request's body was asked for.
#[derive(Clone, Default)]
pub(crate) struct Gauge(Arc<AtomicBool>);

impl Gauge {
    /// A body that reports here.
    pub(crate) fn body(&self, bytes: Bytes) -> reqwest::Body {
        reqwest::Body::wrap(Gauged { bytes: Some(bytes), gauge: self.clone() })
    }

    /// True once any byte may have been written.
    pub(crate) fn wrote(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

struct Gauged {
    bytes: Option<Bytes>,
    gauge: Gauge,
}

impl Body for Gauged {
    type Data = Bytes;
    type Error = core::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.gauge.0.store(true, Ordering::Release);
        Poll::Ready(self.bytes.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}
