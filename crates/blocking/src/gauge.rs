//! What ureq does not tell or keep, watched from inside its connections: whether any byte of a request may have left, and
//! the total deadline where ureq keeps one per read. And what ureq asks of the system in vain: head and body leave in one
//! write, timeouts are set only when they change, and a connection is probed when it is taken from the pool, not twice.
//!
//! Everything of an exchange runs on the caller's thread, so a thread's own note is exact, also when connections are pooled
//! and shared.

use core::cell::RefCell;
use core::fmt;
use std::io::{self, ErrorKind};
use std::time::{Duration, Instant};

use ureq::http::Uri;
use ureq::http::uri::Authority;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};
use ureq::{Error, Timeout};
use zeroize::{Zeroize, Zeroizing};

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
    let _outer = Outer(WATCHED.replace(Some(watch)));
    let result = exchange();
    let wrote = WATCHED.take().is_some_and(|watch| watch.wrote);
    (result, wrote)
}

/// The exchange that this thread was in before, and is in again when this is dropped: a logger that is told of one by ureq
/// may well make another.
struct Outer(Option<Watch>);

impl Drop for Outer {
    fn drop(&mut self) {
        WATCHED.set(self.0.take());
    }
}

/// The last link of the connector chain: wraps whatever connection the others made.
#[derive(Debug)]
pub(crate) struct Gauge;

impl<In: Transport> Connector<In> for Gauge {
    type Out = Gauged<In>;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Gauged<In>>, Error> {
        let target = WATCHED.with_borrow(|watched| watched.as_ref().and_then(|watch| watch.target.clone()));
        let counts = target.is_none_or(|target| details.uri.authority() == Some(&target));
        Ok(chained.map(|inner| Gauged { inner, counts, held: Zeroizing::default(), sending: false, unprobed: false }))
    }
}

pub(crate) struct Gauged<In> {
    inner: In,
    /// False for the connection to a proxy, over which the one to the target is made.
    counts: bool,
    /// A request's head, until its body follows or its reply is awaited.
    held: Zeroizing<Vec<u8>>,
    /// Something was sent or held since the last input.
    sending: bool,
    /// Used since the last probe.
    unprobed: bool,
}

/// A longer head goes ahead of its body.
const LONGEST_HELD: usize = 16 * 1024;

impl<In: Transport> Gauged<In> {
    /// Sends what is held, and this much of the output after it.
    fn send(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let (_, timeout) = within_the_deadline(timeout)?;
        if self.counts && self.held.len() + amount > 0 {
            WATCHED.with_borrow_mut(|watched| watched.iter_mut().for_each(|watch| watch.wrote = true));
        }
        let held = self.held.len();
        if held == 0 {
            return self.inner.transmit_output(amount, timeout);
        }
        let output = self.inner.buffers().output();
        let fits = amount.min(output.len().saturating_sub(held));
        let rest = output[fits..amount].to_vec();
        output.copy_within(..fits, held);
        output[..held].copy_from_slice(&self.held);
        self.held.zeroize();
        self.inner.transmit_output(held + fits, timeout)?;
        if rest.is_empty() {
            return Ok(());
        }
        self.inner.buffers().output()[..rest.len()].copy_from_slice(&rest);
        self.inner.transmit_output(rest.len(), timeout)
    }
}

impl<In: Transport> Transport for Gauged<In> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.unprobed = true;
        let output = self.inner.buffers().output();
        if !core::mem::replace(&mut self.sending, true) && amount <= LONGEST_HELD.min(output.len() / 2) {
            self.held.reserve_exact(amount);
            self.held.extend_from_slice(&output[..amount]);
            return Ok(());
        }
        self.send(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.unprobed = true;
        if !self.held.is_empty() {
            self.send(0, timeout)?;
        }
        self.sending = false;
        let (ends, mut timeout) = within_the_deadline(timeout)?;
        loop {
            match (self.inner.await_input(timeout), ends) {
                (Err(Error::Timeout(_)), Some(ends)) if Instant::now() < ends => timeout = rounded(timeout, ends)?,
                (result, _) => return result.map_err(broken),
            }
        }
    }

    /// A connection that comes back to the pool will be probed when it is taken out again. The one to a proxy is asked only by
    /// the one that it carries, which is when there is to be a probe.
    fn is_open(&mut self) -> bool {
        (core::mem::take(&mut self.unprobed) && self.counts) || self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}

/// When a read or write ends at the latest, cut to what is left for the whole exchange, and the timeout to set for it.
fn within_the_deadline(timeout: NextTimeout) -> Result<(Option<Instant>, NextTimeout), Error> {
    let whole = WATCHED.with_borrow(|watched| watched.as_ref().and_then(|watch| watch.ends));
    let own = if timeout.after.is_not_happening() { None } else { Instant::now().checked_add(*timeout.after) };
    let Some(ends) = own.into_iter().chain(whole).min() else { return Ok((None, timeout)) };
    let reason = if Some(ends) == own { timeout.reason } else { Timeout::Global };
    Ok((Some(ends), rounded(NextTimeout { reason, ..timeout }, ends)?))
}

/// What is left until then, less up to an eighth, so that one exchange after the other sets the same timeout and the
/// system need not be told. A read that this ends too soon is begun again; a write that makes no progress for so long is
/// given up.
fn rounded(timeout: NextTimeout, ends: Instant) -> Result<NextTimeout, Error> {
    let left = ends.saturating_duration_since(Instant::now());
    let nanos = u64::try_from(left.as_nanos()).unwrap_or(u64::MAX);
    let Some(bits) = nanos.checked_ilog2() else { return Err(Error::Timeout(timeout.reason)) };
    let unit = 1 << bits.saturating_sub(3);
    Ok(NextTimeout { after: Duration::from_nanos(nanos - nanos % unit).into(), ..timeout })
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

/// Without what is held, which has credentials in it.
impl<In: fmt::Debug> fmt::Debug for Gauged<In> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Gauged").field(&self.inner).finish()
    }
}

#[cfg(test)]
mod tests {
    use ureq::unversioned::transport::LazyBuffers;

    use super::*;

    #[test]
    fn a_read_that_was_cut_short_is_begun_again_until_the_deadline() {
        let read = |after, ends_too_soon| {
            let inner = Fake { ends_too_soon, buffers: LazyBuffers::new(1, 1) };
            let mut gauged =
                Gauged { inner, counts: true, held: Zeroizing::default(), sending: false, unprobed: false };
            gauged.await_input(NextTimeout { after, reason: Timeout::RecvBody, per_read: None, per_write: None })
        };
        let hour = Duration::from_hours(1);
        assert!(matches!(read(hour.into(), 3), Ok(true)));
        assert!(matches!(read(Duration::from_millis(1).into(), u32::MAX), Err(Error::Timeout(Timeout::RecvBody))));
        let (result, wrote) =
            watch(&Uri::from_static("http://a"), Duration::from_millis(1), || read(hour.into(), u32::MAX));
        assert!(matches!(result, Err(Error::Timeout(Timeout::Global))) && !wrote);
    }

    #[test]
    fn an_exchange_within_another_takes_nothing_from_it() {
        let watched = |exchange: &dyn Fn()| watch(&Uri::from_static("http://a"), Duration::from_hours(1), exchange).1;
        let wrote = || WATCHED.with_borrow_mut(|watched| watched.as_mut().expect("an exchange").wrote = true);
        assert!(watched(&|| {
            wrote();
            assert!(!watched(&|| {}));
        }));
        assert!(watched(&|| {
            assert!(!watched(&|| {}));
            wrote();
        }));
        assert!(!watched(&|| assert!(watched(&wrote))));
        assert!(WATCHED.with_borrow(Option::is_none));
    }

    #[test]
    fn what_is_left_is_rounded_down_by_an_eighth_at_the_most() {
        for millis in [1, 3, 250, 999, 1_000, 30_000, 4_000_000_000] {
            let left = Duration::from_millis(millis);
            let Ok((_, rounded)) = within_the_deadline(NextTimeout { after: left.into(), ..NextTimeout::default() })
            else {
                continue;
            };
            assert!(*rounded.after <= left, "{millis}");
            assert!(millis < 1_000 || *rounded.after >= left / 5 * 4, "{millis}");
        }
    }

    #[test]
    fn what_is_held_is_not_printed() {
        let inner = Fake { ends_too_soon: 0, buffers: LazyBuffers::new(1, 64) };
        let mut gauged = Gauged { inner, counts: true, held: Zeroizing::default(), sending: false, unprobed: false };
        gauged.buffers().output()[..6].copy_from_slice(b"canary");
        gauged.transmit_output(6, NextTimeout::default()).expect("held");
        assert_eq!(*gauged.held, b"canary");
        assert_eq!(format!("{gauged:?}"), "Gauged(Fake)");
    }

    /// Every read ends at once, without a byte, as often as it is told to.
    struct Fake {
        ends_too_soon: u32,
        buffers: LazyBuffers,
    }

    impl fmt::Debug for Fake {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("Fake")
        }
    }

    impl Transport for Fake {
        fn buffers(&mut self) -> &mut dyn Buffers {
            &mut self.buffers
        }

        fn transmit_output(&mut self, _: usize, _: NextTimeout) -> Result<(), Error> {
            Ok(())
        }

        fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
            if self.ends_too_soon == 0 {
                return Ok(true);
            }
            self.ends_too_soon -= 1;
            Err(Error::Timeout(timeout.reason))
        }

        fn is_open(&mut self) -> bool {
            true
        }
    }
}
