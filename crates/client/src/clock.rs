//! Both clocks, read together.

use std::time::Instant;

use hallpass_core::{Now, UtcDateTime};

/// The machine's clocks, its monotonic one counted from when this was made.
#[derive(Debug, Clone, Copy)]
pub struct Clock(Instant);

impl Clock {
    /// Starts counting.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Reads both.
    pub fn now(self) -> Now {
        Now { mono: self.0.elapsed(), wall: UtcDateTime::now() }
    }

    /// From when its monotonic time counts.
    pub(crate) fn began(self) -> Instant {
        self.0
    }
}
