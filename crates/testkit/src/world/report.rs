//! What running worlds came to, and how it adds up.

use super::coverage::Coverage;
use super::faults::{Fault, FaultCounts};
use crate::mix::mix;

/// One more than the last invariant's number: arrays are indexed by number.
pub const INVARIANTS: usize = 22;

/// An invariant that did not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Its number in the list of invariants.
    pub invariant: usize,
    /// What was seen.
    pub what: String,
}

/// One world, run to its end.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// What happened, by number of events of each kind.
    pub totals: Totals,
    /// The fold of every event, in order. The same seed gives the same.
    pub hash: u64,
    /// The invariant that did not hold, if any; the world ends there.
    pub violation: Option<Violation>,
    /// The history in readable lines, if it was asked for.
    pub history: Vec<String>,
}

/// Figures that add up over worlds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totals {
    /// Worlds.
    pub seeds: u64,
    /// Effects that were carried out.
    pub effects: u64,
    /// Flights that were led.
    pub flights: u64,
    /// Callers that were answered.
    pub callers: u64,
    /// Grants that the server gave.
    pub grants: u64,
    /// Leases that ended while the lock was held.
    pub leases_lost: u64,
    /// Faults of each kind, in the order of [`Fault::ALL`](super::Fault::ALL).
    pub faults: FaultCounts,
    /// How often each invariant was checked, by number.
    pub checks: [u64; INVARIANTS],
    /// What was reached.
    pub coverage: Coverage,
    /// The trace hashes of all worlds in one, whatever their order.
    pub hash: u64,
}

impl Default for Totals {
    fn default() -> Self {
        Self {
            seeds: 0,
            effects: 0,
            flights: 0,
            callers: 0,
            grants: 0,
            leases_lost: 0,
            faults: [0; Fault::COUNT],
            checks: [0; INVARIANTS],
            coverage: Coverage::default(),
            hash: 0,
        }
    }
}

impl Totals {
    /// Adds one world.
    pub fn add(&mut self, seed: u64, report: &Report) {
        self.merge(&report.totals);
        self.hash = self.hash.wrapping_add(mix(report.hash ^ mix(seed)));
    }

    /// Adds many.
    pub fn merge(&mut self, other: &Self) {
        for (sum, more) in self.all_mut().into_iter().zip(other.figures()) {
            *sum = sum.wrapping_add(more);
        }
    }

    /// Every figure, in an order of its own: what a long run keeps to go on later.
    ///
    /// ```
    /// use hallpass_testkit::world::{self, Bounds, Totals};
    ///
    /// let totals = world::run(7, &Bounds::default()).totals;
    /// assert_eq!(Totals::of(&totals.figures()), Some(totals));
    /// ```
    pub fn figures(&self) -> Vec<u64> {
        self.clone().all_mut().into_iter().map(|figure| *figure).collect()
    }

    /// The totals that have these [`figures`](Self::figures), if there are as many as they have.
    pub fn of(figures: &[u64]) -> Option<Self> {
        let mut totals = Self::default();
        let all = totals.all_mut();
        if all.len() != figures.len() {
            return None;
        }
        for (figure, known) in all.into_iter().zip(figures) {
            *figure = *known;
        }
        Some(totals)
    }

    fn all_mut(&mut self) -> Vec<&mut u64> {
        let mut all = vec![
            &mut self.seeds,
            &mut self.effects,
            &mut self.flights,
            &mut self.callers,
            &mut self.grants,
            &mut self.leases_lost,
            &mut self.hash,
        ];
        all.extend(self.faults.iter_mut().chain(&mut self.checks).chain(self.coverage.all_mut()));
        all
    }
}
