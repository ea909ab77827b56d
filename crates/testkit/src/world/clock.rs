//! Hosts: each with a monotonic and a wall clock of its own, which drift, jump and freeze.

use core::time::Duration;

use hallpass_core::{Deadline, Now, UtcDateTime};

/// True time, in microseconds since the world began.
pub(super) type At = u64;

pub(super) const MILLI: At = 1_000;
pub(super) const SECOND: At = 1_000_000;

/// 2023-11-14 22:13:20 UTC, when every world begins.
const START: i64 = 1_700_000_000;

/// The true time of day, which is also the authorization server's and the store's.
pub(super) fn true_wall(at: At) -> UtcDateTime {
    wall(at, 0)
}

/// The time of day so long after the world began, by a clock that is so many seconds off.
fn wall(at: At, skew: i64) -> UtcDateTime {
    let seconds = (at / SECOND).cast_signed().saturating_add(START).saturating_add(skew);
    let micros = u32::try_from(at % SECOND).unwrap_or(0);
    let wall = UtcDateTime::from_unix_timestamp(seconds).and_then(|wall| wall.replace_microsecond(micros));
    wall.unwrap_or(UtcDateTime::MAX)
}

pub(super) fn duration(at: At) -> Duration {
    Duration::from_micros(at)
}

pub(super) fn micros(duration: Duration) -> At {
    At::try_from(duration.as_micros()).unwrap_or(At::MAX / 4)
}

/// A machine that instances run on.
#[derive(Debug, Clone)]
pub(super) struct Host {
    /// How much faster than true time both clocks run, in parts per million.
    pub(super) drift: i64,
    /// How far the wall clock is off, jumps included, in seconds.
    pub(super) skew: i64,
    /// How long the monotonic clock has stood still.
    frozen: At,
    /// Until when nothing runs here.
    pub(super) asleep_until: At,
    /// Until when the server, or the store, cannot be reached from here.
    pub(super) no_server_until: At,
    pub(super) no_store_until: At,
}

impl Host {
    pub(super) fn new(drift: i64, skew: i64) -> Self {
        Self { drift, skew, frozen: 0, asleep_until: 0, no_server_until: 0, no_store_until: 0 }
    }

    pub(super) fn now(&self, at: At) -> Now {
        let mono = self.paced(at.saturating_sub(self.frozen)).saturating_add(1000 * SECOND);
        Now { mono: duration(mono), wall: wall(self.paced(at), self.skew) }
    }

    /// Freezes everything that runs here, the monotonic clock included.
    pub(super) fn suspend(&mut self, at: At, long: At) {
        self.frozen += long;
        self.asleep_until = at + long;
    }

    /// How much true time passes until the monotonic clock here reaches a deadline.
    pub(super) fn until(&self, deadline: Deadline, at: At) -> At {
        let left = i128::from(micros(deadline.remaining(self.now(at))));
        let paced = left * 1_000_000 / (1_000_000 + i128::from(self.drift));
        At::try_from(paced).unwrap_or(At::MAX / 4) + u64::from(left > 0)
    }

    fn paced(&self, at: At) -> At {
        At::try_from(i128::from(at) * (1_000_000 + i128::from(self.drift)) / 1_000_000).unwrap_or(at)
    }
}
