//! What happens to a fleet whatever client it has: when each process is called, and when it begins anew.

use super::super::chance::Chance;
use super::super::clock::{At, SECOND};
use super::Fleet;

/// When everything is deployed anew for the first time, how often, and for how long one deployment rolls.
const FIRST: At = 2 * 3600 * SECOND;
const DEPLOYMENTS: At = 6 * 3600 * SECOND;
const ROLLS: At = 15 * 60 * SECOND;

/// The mean time between two crashes of one process.
const CRASHES: At = 10 * 24 * 3600 * SECOND;

pub(super) struct Timeline {
    chance: Chance,
    gap: At,
    pub(super) end: At,
    /// When each process begins anew next.
    anew: Vec<At>,
}

impl Timeline {
    pub(super) fn new(fleet: &Fleet) -> Self {
        let mut chance = Chance::new(fleet.seed);
        let anew = (0..fleet.instances).map(|_| next(&mut chance, 0)).collect();
        Self { chance, gap: 3600 * SECOND / Fleet::CALLS, end: fleet.end(), anew }
    }

    /// The first call of each process: within one gap, as if the fleet had always been there.
    pub(super) fn first(&mut self) -> At {
        self.chance.below(self.gap)
    }

    /// The call after one that comes now.
    pub(super) fn next(&mut self, at: At) -> At {
        at + self.chance.exponential(self.gap)
    }

    /// The first call that does not come before `until`, or comes to a process that has begun anew; and how many come
    /// before it.
    pub(super) fn skip(&mut self, instance: usize, at: At, until: At) -> (At, u64) {
        let until = until.min(self.anew[instance]).min(self.end);
        let (mut next, mut skipped) = (self.next(at), 0);
        while next < until {
            (next, skipped) = (self.next(next), skipped + 1);
        }
        (next, skipped)
    }

    /// Whether a process has begun anew since it was asked last.
    pub(super) fn begins_anew(&mut self, instance: usize, at: At) -> bool {
        let anew = self.anew[instance] <= at;
        while self.anew[instance] <= at {
            self.anew[instance] = next(&mut self.chance, self.anew[instance]);
        }
        anew
    }
}

/// The next deployment's turn, or a crash before it.
fn next(chance: &mut Chance, after: At) -> At {
    let before = after.checked_sub(FIRST).map_or(0, |since| since / DEPLOYMENTS + 1);
    let deployed = FIRST + before * DEPLOYMENTS + chance.below(ROLLS);
    deployed.min(after + 1 + chance.exponential(CRASHES))
}
