//! What would be lost if the process ended now, beside a flight.

use core::fmt;
use std::sync::Arc;

use hallpass_core::Error;

use super::Pilot;
use super::state::closed;

/// Whoever closes the login waits for as long as this lives; see [`Pilot::stake`].
#[must_use = "dropping it tells those who close the login that nothing is at stake"]
pub struct Staked(Arc<Pilot>);

impl Pilot {
    /// Why nothing new begins, once the login is closed.
    pub fn still_open(&self) -> Result<(), Error> {
        if self.lock().closed { Err(closed().into()) } else { Ok(()) }
    }

    /// Has whoever closes the login wait, as for a flight that has sent something. An error once it is closed.
    pub fn stake(self: &Arc<Self>) -> Result<Staked, Error> {
        self.with(|state, _| {
            if state.closed {
                return Err(closed().into());
            }
            state.registering += 1;
            Ok(Staked(self.clone()))
        })
    }
}

impl Drop for Staked {
    fn drop(&mut self) {
        self.0.with(|state, _| state.registering -= 1);
    }
}

impl fmt::Debug for Staked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Staked")
    }
}
