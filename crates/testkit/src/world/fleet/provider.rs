//! The provider as a fleet meets it: a rate limit, latency, outages, and who counts the requests.

use super::super::chance::Chance;
use super::super::clock::{At, MILLI, SECOND};
use super::Fleet;

/// How long the first outage lasts, with 503, and the second, with nobody listening.
const OUTAGES: [At; 2] = [15 * 60 * SECOND, 5 * 60 * SECOND];

/// The tenth minutes that requests are counted in.
const TENTH: At = 600 * SECOND;

pub(super) struct Provider {
    chance: Chance,
    limit: u64,
    outages: [At; 2],
    /// The second under way, and how many requests it has had.
    second: (At, u64),
    pub(super) requests: u64,
    pub(super) too_many: u64,
    pub(super) peak: u64,
    pub(super) over_time: Vec<u64>,
}

/// What comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    Token,
    TooMany,
    Unavailable,
    /// No connection: the request does not reach it.
    Refused,
}

impl Provider {
    pub(super) fn new(fleet: &Fleet) -> Self {
        let end = fleet.end();
        Self {
            chance: Chance::new(fleet.seed ^ 1),
            limit: fleet.limit(),
            outages: [end * 3 / 10, end * 13 / 20],
            second: (0, 0),
            requests: 0,
            too_many: 0,
            peak: 0,
            over_time: vec![0; usize::try_from(end.div_ceil(TENTH)).unwrap_or(0)],
        }
    }

    /// A request that arrives now, and how long its answer takes.
    pub(super) fn request(&mut self, at: At) -> (Said, At) {
        let out = |outage: usize| (self.outages[outage]..self.outages[outage] + OUTAGES[outage]).contains(&at);
        if out(1) {
            return (Said::Refused, MILLI);
        }
        if self.second.0 != at / SECOND {
            self.second = (at / SECOND, 0);
        }
        self.second.1 += 1;
        self.requests += 1;
        self.peak = self.peak.max(self.second.1);
        if let Some(count) = usize::try_from(at / TENTH).ok().and_then(|tenth| self.over_time.get_mut(tenth)) {
            *count += 1;
        }
        if out(0) {
            return (Said::Unavailable, 20 * MILLI);
        }
        if self.second.1 > self.limit {
            self.too_many += 1;
            return (Said::TooMany, 20 * MILLI);
        }
        (Said::Token, 50 * MILLI + self.chance.exponential(100 * MILLI))
    }
}
