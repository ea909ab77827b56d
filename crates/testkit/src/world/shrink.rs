//! From a violation to the shortest history that still shows it.

use super::plan::Bounds;
use super::report::Report;
use super::{Fault, run, tell};

/// The shortest history found in which the world of this seed breaks the same invariant, and the bounds it has.
///
/// It drops kinds of faults, instances and bursts for as long as that makes the history shorter.
pub fn shortest(seed: u64, bounds: &Bounds) -> (Bounds, Report) {
    let mut best = *bounds;
    let mut report = tell(seed, &best);
    let Some(broken) = report.violation.clone() else { return (best, report) };
    loop {
        let mut better = false;
        for candidate in smaller(&best) {
            let found = run(seed, &candidate).violation.is_some_and(|found| found.invariant == broken.invariant);
            if !found {
                continue;
            }
            let told = tell(seed, &candidate);
            if told.history.len() < report.history.len() {
                (best, report, better) = (candidate, told, true);
            }
        }
        if !better {
            return (best, report);
        }
    }
}

fn smaller(bounds: &Bounds) -> Vec<Bounds> {
    let faults = (0..Fault::COUNT).filter(|fault| bounds.without & (1 << fault) == 0);
    let mut all: Vec<_> = faults.map(|fault| Bounds { without: bounds.without | 1 << fault, ..*bounds }).collect();
    all.extend((1..bounds.instances.unwrap_or(8)).map(|instances| Bounds { instances: Some(instances), ..*bounds }));
    let bursts = [1, 2, 3, 5, 8].into_iter().filter(|bursts| *bursts < bounds.bursts.unwrap_or(24));
    all.extend(bursts.map(|bursts| Bounds { bursts: Some(bursts), ..*bounds }));
    all
}
