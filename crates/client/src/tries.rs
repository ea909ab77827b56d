//! Waiting for a record's lock that somebody else has: a store never waits itself.

use core::time::Duration;

use hallpass_core::error::StoreFailure;
use hallpass_core::{Deadline, Now};

use crate::Config;

/// Of what is done under such a lock, revoking sends most: a request for each token, seldom more than two.
const EXCHANGES: u32 = 2;

/// Most locks are had for a moment only.
const SHORTEST: Duration = Duration::from_millis(5);

/// A try may be a script on a server, or a thread of a pool.
const LONGEST: Duration = Duration::from_millis(250);

/// Tries at a record's lock, for as long as whoever has it may have it, each pause twice as long as the one before.
#[derive(Debug)]
pub struct Tries {
    lease: Duration,
    deadline: Deadline,
    pause: Duration,
}

impl Tries {
    /// The first one is now.
    pub fn begin(config: &Config, now: Now) -> Self {
        let sending = config.egress_rules().timeout.saturating_mul(EXCHANGES);
        let lease = sending.saturating_add(config.get_policy().lease_margin);
        Self { lease, deadline: Deadline::after(now, lease), pause: SHORTEST }
    }

    /// For how long the lock is to be had at most: the time of two exchanges, and the policy's `lease_margin`, as a flight's
    /// has it.
    pub fn lease(&self) -> Duration {
        self.lease
    }

    /// The lock was not to be had: how long to pause before the next try, or why there is none.
    ///
    /// ```
    /// use core::time::Duration;
    /// use hallpass_client::tries::Tries;
    /// use hallpass_client::{Config, clock::Clock};
    /// use hallpass_core::dialect::PasswordForm;
    /// use hallpass_core::lifecycle::Policy;
    /// use hallpass_core::{Endpoint, Secrets, secret};
    ///
    /// let dialect = PasswordForm::new(Endpoint::parse("https://auth.example/token")?, "alice");
    /// let policy = Policy { lease_margin: Duration::from_millis(20), ..Policy::default() };
    /// let config = Config::new(dialect, Secrets::one(secret::PASSWORD, "pw")).policy(policy);
    /// let config = config.timeout(Duration::from_millis(10));
    /// let begun = Clock::start().now();
    /// let mut tries = Tries::begin(&config, begun);
    /// let pauses = [0, 5, 15, 35].map(|after| tries.busy(begun.after(Duration::from_millis(after))).ok());
    /// assert_eq!(pauses, [5, 10, 20, 5].map(|pause| Some(Duration::from_millis(pause))));
    /// assert!(tries.busy(begun.after(tries.lease())).is_err());
    /// # Ok::<(), hallpass_core::BadUrl>(())
    /// ```
    pub fn busy(&mut self, now: Now) -> Result<Duration, StoreFailure> {
        if self.deadline.passed(now) {
            return Err(StoreFailure::busy());
        }
        let pause = self.pause.min(self.deadline.remaining(now));
        self.pause = self.pause.saturating_mul(2).min(LONGEST);
        Ok(pause)
    }
}

#[cfg(test)]
mod tests {
    use hallpass_core::dialect::PasswordForm;
    use hallpass_core::{Endpoint, Secrets};

    use super::*;
    use crate::clock::Clock;

    fn config(timeout: Duration) -> Config {
        let url = Endpoint::parse("https://auth.example/token").expect("a URL");
        Config::new(PasswordForm::new(url, "alice"), Secrets::new()).timeout(timeout)
    }

    /// Whose secret may take all that a lease has beyond a request.
    #[test]
    fn a_flight_is_waited_for_and_a_slow_secret_leaves_time_for_what_follows() {
        let (timeout, now) = (Duration::from_secs(2), Clock::start().now());
        let config = config(timeout);
        let slow = config.get_policy().lease_margin;
        let mut tries = Tries::begin(&config, now);
        assert!(tries.busy(now.after(timeout + slow)).is_ok());
        assert_eq!(tries.lease(), timeout * EXCHANGES + slow);
    }

    #[test]
    fn no_pause_is_longer_than_a_quarter_of_a_second() {
        let now = Clock::start().now();
        let mut tries = Tries::begin(&config(Duration::from_secs(30)), now);
        let pauses = [(); 8].map(|()| tries.busy(now).expect("there is time").as_millis());
        assert_eq!(pauses, [5, 10, 20, 40, 80, 160, 250, 250]);
    }
}
