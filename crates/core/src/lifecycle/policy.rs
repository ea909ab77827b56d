//! What a lifecycle does with time and failure: a plain value, every part of it settable.

use core::time::Duration;

use crate::plant::{self, Bug};

/// When to renew, how long to wait, how often to try.
///
/// ```
/// use core::time::Duration;
/// use hallpass_core::lifecycle::Policy;
///
/// let policy = Policy { sends: 2, ..Policy::default() };
/// assert_eq!(policy.mandatory(Duration::from_secs(3600)), Duration::from_secs(30));
/// assert_eq!(policy.mandatory(Duration::from_secs(60)), Duration::from_secs(6));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The last part of a life, in percent, in which a token is renewed ahead while it is still served. Default 20.
    pub advisory_percent: u8,
    /// The last part of a life, in percent, in which a token is no longer served. Default 10.
    pub mandatory_percent: u8,
    /// The longest that this last part gets. Default 30 s.
    pub mandatory_cap: Duration,
    /// How long those who waited for a token may take it however short its life is. Default 1 s.
    pub grace: Duration,
    /// The most requests that one flight sends. Default 4.
    pub sends: u32,
    /// The first wait between two tries, before jitter. Default 250 ms.
    pub backoff_base: Duration,
    /// The longest such wait, before jitter. Default 30 s.
    pub backoff_cap: Duration,
    /// How long a flight may take. Default 90 s. Whoever waits for one should wait longer.
    pub flight: Duration,
    /// What a lock's lease has beyond one send: time for secrets and saves. Default 15 s.
    pub lease_margin: Duration,
    /// How long a refused credential is left alone the first time. Default 1 min, doubling.
    pub latch_first: Duration,
    /// The longest that it is left alone. Default 1 h.
    pub latch_longest: Duration,
    /// How often a login that is to wait looks whether it still has to: whether a refused credential has changed, or another
    /// process has saved a token. Default 10 s.
    pub look: Duration,
    /// How long rejections of fresh tokens start no flight, the first time. Default 1 s, doubling.
    pub rejection_first: Duration,
    /// The longest of these. Default 1 min.
    pub rejection_longest: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            advisory_percent: 20,
            mandatory_percent: 10,
            mandatory_cap: Duration::from_secs(30),
            grace: Duration::from_secs(1),
            sends: 4,
            backoff_base: Duration::from_millis(250),
            backoff_cap: Duration::from_secs(30),
            flight: Duration::from_secs(90),
            lease_margin: Duration::from_secs(15),
            latch_first: Duration::from_mins(1),
            latch_longest: Duration::from_hours(1),
            look: Duration::from_secs(10),
            rejection_first: Duration::from_secs(1),
            rejection_longest: Duration::from_mins(1),
        }
    }
}

impl Policy {
    /// How much of `life` must be left for a token to be served.
    pub fn mandatory(&self, life: Duration) -> Duration {
        percent(life, self.mandatory_percent).min(self.mandatory_cap)
    }

    /// How much of `life` is left when renewal ahead may begin. Each instance begins then or later, by chance, so that those
    /// that share a token do not all renew at once; never later than [`mandatory`](Self::mandatory) says.
    ///
    /// ```
    /// use core::time::Duration;
    /// use hallpass_core::lifecycle::Policy;
    ///
    /// let policy = Policy::default();
    /// assert_eq!(policy.renewal_window(Duration::from_secs(3600)), Duration::from_secs(720));
    /// let late = Policy { advisory_percent: 0, ..policy };
    /// assert_eq!(late.renewal_window(Duration::from_secs(3600)), Duration::from_secs(30));
    /// ```
    pub fn renewal_window(&self, life: Duration) -> Duration {
        self.advisory(life, 0)
    }

    /// The same with `jitter` (0 to 255), which makes it up to half as much.
    pub(crate) fn advisory(&self, life: Duration, jitter: u8) -> Duration {
        let window = percent(life, self.advisory_percent);
        window.saturating_sub((window / 2).saturating_mul(u32::from(jitter)) / 255).max(self.mandatory(life))
    }

    /// The `n`th wait between tries, before jitter.
    pub(crate) fn backoff(&self, n: u32) -> Duration {
        let longest = if plant::has(Bug::BacksOffForEver) { Duration::MAX } else { self.backoff_cap };
        doubled(self.backoff_base, n).min(longest)
    }

    /// How long the `n`th refusal in a row latches.
    pub(crate) fn latch(&self, n: u32) -> Duration {
        doubled(self.latch_first, n).min(self.latch_longest)
    }

    /// How long the `n`th rejection of a fresh token in a row is waited out.
    pub(crate) fn rejection(&self, n: u32) -> Duration {
        doubled(self.rejection_first, n).min(self.rejection_longest)
    }
}

fn percent(life: Duration, percent: u8) -> Duration {
    (life / 100).saturating_mul(u32::from(percent.min(100)))
}

fn doubled(first: Duration, times: u32) -> Duration {
    first.saturating_mul(1 << times.min(31))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_instance_renews_within_the_window_and_before_it_must() {
        let lives = [Duration::ZERO, Duration::from_secs(7), Duration::from_hours(1), Duration::MAX];
        for (advisory_percent, life) in [0, 5, 20, 100, 255].into_iter().flat_map(|it| lives.map(|life| (it, life))) {
            let policy = Policy { advisory_percent, ..Policy::default() };
            let window = policy.renewal_window(life);
            assert!(window <= life, "{advisory_percent} % of {life:?}");
            for jitter in 0..=u8::MAX {
                let left = policy.advisory(life, jitter);
                assert!((policy.mandatory(life)..=window).contains(&left), "{advisory_percent} % of {life:?}");
            }
        }
    }
}
