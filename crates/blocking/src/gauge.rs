//! Tells a request that never left from one that may have: it notes whether this thread has handed a connection any
//! byte above TLS.
//!
//! ureq's errors do not say. Everything of an exchange runs on the caller's thread, so a thread's own note is exact, also
//! when connections are pooled and shared.

use core::cell::Cell;

use ureq::Error;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

thread_local! {
    static WROTE: Cell<bool> = const { Cell::new(false) };
}

/// Runs `exchange` and tells whether any byte of a request was handed to a connection meanwhile.
pub(crate) fn watch<T>(exchange: impl FnOnce() -> T) -> (T, bool) {
    WROTE.set(false);
    let result = exchange();
    (result, WROTE.get())
}

/// The last link of the connector chain: wraps whatever connection the others made.
#[derive(Debug)]
pub(crate) struct Gauge;

impl<In: Transport> Connector<In> for Gauge {
    type Out = Gauged<In>;

    fn connect(&self, _details: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Gauged<In>>, Error> {
        Ok(chained.map(Gauged))
    }
}

#[derive(Debug)]
pub(crate) struct Gauged<In>(In);

impl<In: Transport> Transport for Gauged<In> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        WROTE.set(WROTE.get() || amount > 0);
        self.0.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.0.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }

    fn is_tls(&self) -> bool {
        self.0.is_tls()
    }
}
