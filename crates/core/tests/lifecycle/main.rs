//! The rules of the lifecycle, each by name.

mod abandoned;
mod adopting;
mod finding;
mod interleaving;
mod latching;
mod marking;
mod one_time;
mod pausing;
mod properties;
mod refusing;
mod rejecting;
mod secrets;
mod sharing;
mod storing;
mod timing;
mod unsaved;

use core::time::Duration;

use hallpass_testkit::play::word;

const HOUR: Duration = Duration::from_hours(1);

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// An hour, but for so many seconds.
fn short_of_an_hour(by: u64) -> Duration {
    HOUR.saturating_sub(seconds(by))
}
