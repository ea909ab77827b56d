//! The duty to lead a flight to its end.

use core::fmt;
use std::sync::Arc;

use tracing::Span;

use super::Pilot;
use crate::trace::Led;

/// Leads a flight; see [`Pilot::lead`].
#[must_use = "dropping it gives the flight up"]
pub struct Lead {
    pub(super) pilot: Arc<Pilot>,
    pub(super) led: Led,
}

impl Lead {
    /// The flight's span, for whatever is done of it.
    pub fn span(&self) -> &Span {
        &self.led.span
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        self.pilot.with(|state, _| state.life.abandon(self.led.flight));
    }
}

impl fmt::Debug for Lead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Lead").field(&self.led.flight).finish()
    }
}
