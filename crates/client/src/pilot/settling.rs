//! How long a login that is closed tries to save what it has still to save.

use core::time::Duration;

use hallpass_core::{Deadline, Now};

/// The pauses before each try: milliseconds.
const PAUSES: [u64; 5] = [0, 250, 500, 1_000, 2_000];

/// No other try begins later than this: a store may take its time to fail.
const PATIENCE: Duration = Duration::from_secs(4);

/// The tries so far, for whoever drives a [`Lifecycle`](hallpass_core::lifecycle::Lifecycle) to its end.
#[derive(Debug, Default)]
pub struct Settling {
    tries: usize,
    until: Option<Deadline>,
}

impl Settling {
    /// How long to wait before the next try; `None` if nothing more is to be hoped for.
    pub fn pause(&mut self, now: Now) -> Option<Duration> {
        let until = *self.until.get_or_insert_with(|| Deadline::after(now, PATIENCE));
        let pause = PAUSES.get(self.tries).filter(|_| !until.passed(now))?;
        self.tries += 1;
        Some(Duration::from_millis(*pause))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    #[test]
    fn a_few_tries_or_a_few_seconds() {
        let now = Clock::start().now();
        let mut quick = Settling::default();
        assert_eq!([(); 7].map(|()| quick.pause(now)).into_iter().flatten().count(), 5);
        let mut slow = Settling::default();
        assert!(slow.pause(now).is_some() && slow.pause(now.after(Duration::from_secs(3))).is_some());
        assert!(slow.pause(now.after(PATIENCE)).is_none());
    }
}
