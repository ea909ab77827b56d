//! What running worlds came to, and how it adds up.

use super::chance::mix;
use super::coverage::Coverage;
use super::faults::{Fault, FaultCounts};

/// How many invariants are numbered.
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
        self.seeds += other.seeds;
        self.effects += other.effects;
        self.flights += other.flights;
        self.callers += other.callers;
        self.grants += other.grants;
        self.leases_lost += other.leases_lost;
        self.faults.iter_mut().zip(other.faults).for_each(|(sum, more)| *sum += more);
        self.checks.iter_mut().zip(other.checks).for_each(|(sum, more)| *sum += more);
        self.coverage.merge(&other.coverage);
        self.hash = self.hash.wrapping_add(other.hash);
    }
}
