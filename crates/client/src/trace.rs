//! Tracing: an event for the beginning and one for the end of every effect, without anything that is said in it.

use std::time::Instant;

use hallpass_core::lifecycle::Slot;

/// An effect being carried out.
pub struct Effect {
    name: &'static str,
    flight: u64,
    /// Unset where nobody listens.
    began: Option<Instant>,
}

impl Effect {
    /// Begins now.
    pub fn begin<E>(name: &'static str, slot: &Slot<E>) -> Self {
        tracing::trace!(target: "hallpass", effect = name, flight = slot.flight().number());
        let heard = tracing::enabled!(target: "hallpass", tracing::Level::DEBUG);
        Self { name, flight: slot.flight().number(), began: heard.then(Instant::now) }
    }

    /// Ends now.
    pub(crate) fn done(self) {
        if let Some(took) = self.began.map(|began| began.elapsed()) {
            tracing::debug!(target: "hallpass", effect = self.name, flight = self.flight, ?took);
        }
    }
}
