//! Waiting for a flight, in whatever way the driver waits.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::sync::Arc;

use hallpass_core::lifecycle::{Flight, Landed, Want};

use super::Pilot;

/// A wait for a flight, or for quiet.
pub struct Waiting {
    pilot: Arc<Pilot>,
    what: For,
    waiter: Option<u64>,
}

/// What is waited for.
#[derive(Debug)]
pub(super) enum For {
    Landing(Flight, Want),
    Quiet,
}

impl Waiting {
    pub(super) fn new(pilot: &Arc<Pilot>, what: For) -> Self {
        Self { pilot: pilot.clone(), what, waiter: None }
    }
}

impl fmt::Debug for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Waiting").field(&self.what).finish()
    }
}

impl Future for Waiting {
    type Output = Landed;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Landed> {
        let pilot = self.pilot.clone();
        let now = pilot.clock.now();
        let mut state = pilot.lock();
        let landed = match &self.what {
            For::Landing(flight, want) => state.life.outcome(now, *flight, want),
            For::Quiet if state.is_busy() || state.registering > 0 => Landed::Flying,
            For::Quiet => Landed::Again,
        };
        if landed != Landed::Flying {
            return Poll::Ready(landed);
        }
        let waiter = self.waiter.unwrap_or_else(|| {
            state.waiters += 1;
            state.waiters
        });
        state.waiting.insert(waiter, context.waker().clone());
        drop(state);
        self.waiter = Some(waiter);
        Poll::Pending
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(waiter) = self.waiter {
            self.pilot.lock().waiting.remove(&waiter);
        }
    }
}
