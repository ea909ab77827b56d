//! Both clocks, read together.

use core::time::Duration;
use std::time::{Instant, SystemTime};

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
        Now { mono: self.0.elapsed(), wall: utc(SystemTime::now()) }
    }
}

/// Seconds since some start, for what may be late by one.
pub(crate) fn coarse_seconds() -> u64 {
    coarse::mono()
}

/// A machine whose clock stands outside of the calendar (years -9999 to 9999) is at the calendar's nearer end.
fn utc(at: SystemTime) -> UtcDateTime {
    match at.duration_since(SystemTime::UNIX_EPOCH) {
        // Read a dozen times in a flight: in seconds first, since 128 bits are slow to divide.
        Ok(after) => {
            let seconds = i64::try_from(after.as_secs()).ok().and_then(|at| UtcDateTime::from_unix_timestamp(at).ok());
            let whole = seconds.and_then(|at| at.replace_nanosecond(after.subsec_nanos()).ok());
            whole.unwrap_or(UtcDateTime::MAX)
        }
        Err(before) => {
            let nanoseconds = i128::try_from(before.duration().as_nanos()).unwrap_or(i128::MAX);
            UtcDateTime::from_unix_timestamp_nanos(-nanoseconds).unwrap_or(UtcDateTime::MIN)
        }
    }
}

/// A moment on both clocks in whole seconds, which cost a third to read. Rounded so that neither lets a moment pass: it
/// is over a little too soon, by a second and [`LAG`] at the most.
#[derive(Clone, Copy)]
pub(crate) struct CoarseDeadline {
    mono: u64,
    wall: u64,
}

/// How far the coarse clocks may be behind the usual ones: a tick, which is 10 ms where it is long, and comes late on a
/// machine that others share.
const LAG: Duration = Duration::from_millis(100);

impl CoarseDeadline {
    /// When `left` has passed, or the wall clock shows `at`.
    pub(crate) fn until(left: Duration, at: UtcDateTime) -> Self {
        let early = i64::from(at.nanosecond() < LAG.subsec_nanos());
        let wall = u64::try_from(at.unix_timestamp() - early).unwrap_or(0);
        Self { mono: coarse::mono().saturating_add(left.saturating_sub(LAG).as_secs()), wall }
    }

    /// Whether both clocks agree that it is still to come.
    pub(crate) fn lies_ahead(self) -> bool {
        coarse::mono() < self.mono && coarse::wall() < self.wall
    }
}

/// The clocks that the kernel keeps in memory, and moves on with each of its ticks.
#[cfg(target_os = "linux")]
mod coarse {
    use clocksource::coarse::{Instant, UnixInstant};

    pub(super) fn mono() -> u64 {
        Instant::now().as_secs().into()
    }

    pub(super) fn wall() -> u64 {
        UnixInstant::now().as_secs().into()
    }
}

/// Where there are no such clocks, the usual ones.
#[cfg(not(target_os = "linux"))]
mod coarse {
    use std::sync::LazyLock;
    use std::time::{Instant, SystemTime};

    pub(super) fn mono() -> u64 {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        START.elapsed().as_secs()
    }

    /// Before 1970, or beyond what can be said, no moment is still to come.
    pub(super) fn wall() -> u64 {
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(u64::MAX, |since| since.as_secs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_outside_of_the_calendar_stands_at_its_end() {
        let epoch = SystemTime::UNIX_EPOCH;
        let (second, ages) = (Duration::new(1, 5), Duration::from_hours(24 * 366 * 100_000));
        assert_eq!(utc(epoch + second), UtcDateTime::UNIX_EPOCH + second);
        assert_eq!(utc(epoch - second), UtcDateTime::UNIX_EPOCH - second);
        assert_eq!(epoch.checked_add(ages).map(utc), Some(UtcDateTime::MAX));
        assert!(epoch.checked_sub(ages).map(utc).is_none_or(|wall| wall == UtcDateTime::MIN), "where it can be said");
    }

    #[test]
    fn either_clock_ends_it_and_hardly_more_than_a_second_is_over() {
        let (now, day) = (Clock::start().now().wall, Duration::from_hours(24));
        let ahead = |left, at| CoarseDeadline::until(left, at).lies_ahead();
        assert!(ahead(day, now + day) && ahead(Duration::MAX, UtcDateTime::MAX));
        assert!(!ahead(Duration::from_millis(1099), now + day), "the monotonic clock may be behind");
        let second = now - Duration::from_nanos(now.nanosecond().into());
        assert!(!ahead(day, second + LAG - Duration::from_nanos(1)), "the wall clock may be behind");
        assert!(!ahead(day, now) && !ahead(day, now - day) && !ahead(day, UtcDateTime::MIN), "the wall clock");
    }
}
