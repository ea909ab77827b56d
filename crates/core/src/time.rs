//! Time as the core sees it: two readings, taken together by the driver and handed in with every call.

use core::time::Duration;

use time::UtcDateTime;

use crate::plant::{self, Bug};

/// One moment on both clocks.
///
/// The monotonic clock decides waits, the wall clock decides what is persisted; a grant is usable while both agree
/// that it is. Suspend freezes the one, a correction moves the other, so neither is ever read alone.
///
/// ```
/// use core::time::Duration;
/// use hallpass_core::{Now, UtcDateTime};
///
/// let start = Now { mono: Duration::ZERO, wall: UtcDateTime::UNIX_EPOCH };
/// let later = start.after(Duration::from_secs(5));
/// assert_eq!(later.wall.unix_timestamp(), 5);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Time since a fixed point of the driver's choosing; never goes back.
    pub mono: Duration,
    /// The time of day in UTC; may jump.
    pub wall: UtcDateTime,
}

impl Now {
    /// Both clocks moved on by `by`, saturating.
    #[must_use]
    pub fn after(self, by: Duration) -> Self {
        Self { mono: self.mono.saturating_add(by), wall: wall_after(self.wall, by) }
    }

    /// How long ago `earlier` was: the longer of what both clocks have counted.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        let by_mono = self.mono.saturating_sub(earlier.mono);
        if plant::has(Bug::OneClock) { by_mono } else { by_mono.max(wall_between(earlier.wall, self.wall)) }
    }
}

/// A point on the monotonic clock at which waiting ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Duration);

impl Deadline {
    /// The deadline that lies `wait` ahead of `now`, saturating.
    pub fn after(now: Now, wait: Duration) -> Self {
        Self(now.mono.saturating_add(wait))
    }

    /// How long is left; zero once it has passed.
    pub fn remaining(self, now: Now) -> Duration {
        self.0.saturating_sub(now.mono)
    }

    /// Whether it has passed.
    pub fn passed(self, now: Now) -> bool {
        now.mono >= self.0
    }
}

/// `wall + by`, staying at the calendar's end (year 9999) instead of overflowing.
pub(crate) fn wall_after(wall: UtcDateTime, by: Duration) -> UtcDateTime {
    time::Duration::try_from(by).ok().and_then(|by| wall.checked_add(by)).unwrap_or(UtcDateTime::MAX)
}

/// How far `later` lies after `earlier` on the wall clock; zero if it does not.
pub(crate) fn wall_between(earlier: UtcDateTime, later: UtcDateTime) -> Duration {
    Duration::try_from(later - earlier).unwrap_or(Duration::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now(mono: Duration, wall: UtcDateTime) -> Now {
        Now { mono, wall }
    }

    #[test]
    fn a_deadline_counts_down_and_never_wraps() {
        let start = now(Duration::from_secs(10), UtcDateTime::UNIX_EPOCH);
        let deadline = Deadline::after(start, Duration::from_secs(5));
        assert_eq!(deadline.remaining(start), Duration::from_secs(5));
        assert!(!deadline.passed(start.after(Duration::from_millis(4_999))));
        assert!(deadline.passed(start.after(Duration::from_secs(5))));
        assert_eq!(deadline.remaining(start.after(Duration::MAX)), Duration::ZERO);
        assert!(!Deadline::after(start, Duration::MAX).passed(start));
    }

    #[test]
    fn the_wall_clock_saturates_at_the_calendars_ends() {
        let end = now(Duration::MAX, UtcDateTime::MAX);
        assert_eq!(end.after(Duration::MAX), end);
        assert_eq!(wall_after(UtcDateTime::MIN, Duration::MAX), UtcDateTime::MAX);
        assert_eq!(wall_between(UtcDateTime::MAX, UtcDateTime::MIN), Duration::ZERO);
        assert!(wall_between(UtcDateTime::MIN, UtcDateTime::MAX) > Duration::ZERO);
    }
}
