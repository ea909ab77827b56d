//! What ureq does not tell or keep, watched from inside its connections: whether any byte of a request may have left, and
//! the total deadline where ureq keeps one per read.
//!
//! Everything of an exchange runs on the caller's thread, so a thread's own note is exact, also when connections are pooled
//! and shared.

use core::cell::RefCell;
use std::io::{self, ErrorKind};
use std::time::{Duration, Instant};

use ureq::http::Uri;
use ureq::http::uri::Authority;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};
use ureq::{Error, Timeout};

thread_local! {
    static WATCHED: RefCell<Option<Watch>> = const { RefCell::new(None) };
}

/// The exchange under way on this thread.
struct Watch {
    /// Whom the request is for: what a proxy is told is no part of it.
    target: Option<Authority>,
    ends: Option<Instant>,
    wrote: bool,
}

/// Runs `exchange` for at most `timeout` and tells whether any byte of the request was handed to a connection meanwhile.
pub(crate) fn watch<T>(target: &Uri, timeout: Duration, exchange: impl FnOnce() -> T) -> (T, bool) {
    let ends = Instant::now().checked_add(timeout);
    let watch = Watch { target: target.authority().cloned(), ends, wrote: false };
    WATCHED.with_borrow_mut(|watched| *watched = Some(watch));
    let result = exchange();
    let wrote = WATCHED.take().is_some_and(|watch| watch.wrote);
    (result, wrote)
}

/// The last link of the connector chain: wraps whatever connection the others made.
#[derive(Debug)]
pub(crate) struct Gauge;

impl<In: Transport> Connector<In> for Gauge {
    type Out = Gauged<In>;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Gauged<In>>, Error> {
        let target = WATCHED.with_borrow(|watched| watched.as_ref().and_then(|watch| watch.target.clone()));
        let counts = target.is_none_or(|target| details.uri.authority() == Some(&target));
        Ok(chained.map(|inner| Gauged { inner, counts }))
    }
}

#[derive(Debug)]
pub(crate) struct Gauged<In> {
    inner: In,
    /// False for the connection to a proxy, over which the one to the target is made.
    counts: bool,
}

impl<In: Transport> Transport for Gauged<In> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let timeout = within_the_deadline(timeout)?;
        if self.counts && amount > 0 {
            WATCHED.with_borrow_mut(|watched| watched.iter_mut().for_each(|watch| watch.wrote = true));
        }
        self.inner.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.inner.await_input(within_the_deadline(timeout)?).map_err(broken)
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}

/// A timeout for one read or write, cut to what is left for the whole exchange.
fn within_the_deadline(timeout: NextTimeout) -> Result<NextTimeout, Error> {
    let ends = WATCHED.with_borrow(|watched| watched.as_ref().and_then(|watch| watch.ends));
    let Some(ends) = ends else { return Ok(timeout) };
    match ends.saturating_duration_since(Instant::now()) {
        Duration::ZERO => Err(Error::Timeout(Timeout::Global)),
        left if *timeout.after > left => Ok(NextTimeout { after: left.into(), reason: Timeout::Global, ..timeout }),
        _ => Ok(timeout),
    }
}

/// ureq takes these three for the end of a body that ends where its connection does; a body cut short would pass for a
/// whole one (RFC 9112 section 9.8).
fn broken(error: Error) -> Error {
    match error {
        Error::Io(io)
            if matches!(
                io.kind(),
                ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted
            ) =>
        {
            Error::Io(io::Error::other(io))
        }
        other => other,
    }
}
