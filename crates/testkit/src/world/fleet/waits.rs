//! How long callers waited.

use super::super::clock::{At, MILLI};

/// Waits of many callers, by length.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Waits {
    at_once: u64,
    /// In milliseconds, those that waited at all.
    waited: Vec<u32>,
}

impl Waits {
    /// The wait that so many per mille of the callers did not exceed, in milliseconds; 1000 is the longest.
    ///
    /// ```
    /// use hallpass_testkit::world::fleet::{Client, Fleet, watch};
    ///
    /// let seen = watch(&Fleet { instances: 100, hours: 2, seed: 1 }, Client::Memory);
    /// assert_eq!(seen.waits.per_mille(500), 0);
    /// assert!(seen.waits.per_mille(1000) > 0);
    /// ```
    pub fn per_mille(&self, part: u64) -> u32 {
        let all = self.at_once + self.waited.len() as u64;
        let rank = (all * part).div_ceil(1000).saturating_sub(self.at_once);
        usize::try_from(rank).ok().and_then(|rank| self.waited.get(rank.checked_sub(1)?)).copied().unwrap_or(0)
    }

    pub(super) fn none(&mut self, callers: u64) {
        self.at_once += callers;
    }

    pub(super) fn add(&mut self, wait: At) {
        match u32::try_from(wait / MILLI).unwrap_or(u32::MAX) {
            0 => self.at_once += 1,
            wait => self.waited.push(wait),
        }
    }

    pub(super) fn callers(&self) -> u64 {
        self.at_once + self.waited.len() as u64
    }

    /// In order, as [`per_mille`](Self::per_mille) needs them.
    pub(super) fn sorted(mut self) -> Self {
        self.waited.sort_unstable();
        self
    }
}
