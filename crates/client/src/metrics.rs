//! Counters and histograms, through the `metrics` facade. Without the feature `metrics` nothing is counted.
//!
//! | name | kind | labels | what it tells |
//! |---|---|---|---|
//! | `hallpass_flights_total` | counter | `outcome` | logins and refreshes that ended |
//! | `hallpass_flight_duration_seconds` | histogram | `outcome` | how long they took |
//! | `hallpass_wait_duration_seconds` | histogram | | how long callers waited who had no token in hand, whoever led |
//! | `hallpass_refreshes_ahead_total` | counter | | refreshes begun while the token was still good |
//! | `hallpass_tokens_rejected_total` | counter | | calls that an API answered with 401 |
//! | `hallpass_calls_healed_total` | counter | | such calls that another token brought through |
//! | `hallpass_latches_closed_total` | counter | | times that refused credentials were put aside |
//! | `hallpass_store_errors_total` | counter | `operation` | failures of the store: `reading`, `locking`, `saving`, `unlocking` |
//!
//! An `outcome` is `ok`, `abandoned` (its leader left; somebody else takes over) or the [`kind`](Error::kind) of an error.
//! No label has anything in it that a server or a user said.

use std::time::Instant;

use hallpass_core::Error;
use hallpass_core::error::{Denied, StoreTask};
use hallpass_core::lifecycle::Landed;

use crate::trace;

/// A caller who has no token in hand: its wait is measured until this is dropped.
#[derive(Debug)]
#[must_use = "dropping it ends the wait"]
pub struct Wait(Since);

impl Wait {
    /// Begins now.
    pub fn begin() -> Self {
        Self(since())
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        measure("hallpass_wait_duration_seconds", None, self.0);
    }
}

/// A time that is measured, where anybody counts.
pub(crate) type Since = Option<Instant>;

/// Now, where anybody counts.
pub(crate) fn since() -> Since {
    cfg!(feature = "metrics").then(Instant::now)
}

/// Where nothing was `sent`, the latch was closed by an earlier flight and is not counted again.
pub(crate) fn landed(landed: &Landed, sent: bool, since: Since) {
    let outcome = trace::outcome(landed);
    count("hallpass_flights_total", Some(("outcome", outcome)));
    if sent && matches!(landed, Landed::Failed(Error::Denied(Denied::Refused(_)))) {
        count("hallpass_latches_closed_total", None);
    }
    measure("hallpass_flight_duration_seconds", Some(("outcome", outcome)), since);
}

pub(crate) fn refreshing_ahead() {
    count("hallpass_refreshes_ahead_total", None);
}

pub(crate) fn rejected() {
    count("hallpass_tokens_rejected_total", None);
}

pub(crate) fn healed() {
    count("hallpass_calls_healed_total", None);
}

pub(crate) fn store_failed(operation: StoreTask) {
    count("hallpass_store_errors_total", Some(("operation", operation.name())));
}

type Label = Option<(&'static str, &'static str)>;

#[cfg(feature = "metrics")]
fn count(name: &'static str, label: Label) {
    metrics::counter!(name, label.as_slice()).increment(1);
}

#[cfg(feature = "metrics")]
fn measure(name: &'static str, label: Label, since: Since) {
    if let Some(since) = since {
        metrics::histogram!(name, label.as_slice()).record(since.elapsed());
    }
}

#[cfg(not(feature = "metrics"))]
fn count(_: &'static str, _: Label) {}

#[cfg(not(feature = "metrics"))]
fn measure(_: &'static str, _: Label, _: Since) {}
