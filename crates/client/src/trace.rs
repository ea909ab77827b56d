//! Tracing: one event for every effect, with its duration and without anything that is said in it.

use std::time::Instant;

use hallpass_core::lifecycle::Slot;

/// An effect being carried out.
pub struct Effect {
    name: &'static str,
    flight: u64,
    began: Instant,
}

impl Effect {
    /// Begins now.
    pub fn begin<E>(name: &'static str, slot: &Slot<E>) -> Self {
        Self { name, flight: slot.flight().number(), began: Instant::now() }
    }

    /// Ends now.
    pub(crate) fn done(self) {
        let took = self.began.elapsed();
        tracing::debug!(target: "hallpass", effect = self.name, flight = self.flight, ?took);
    }
}
