//! From a violation to the shortest history that still shows it.

use super::plan::Bounds;
use super::report::Report;
use super::{Fault, run, tell};

/// The shortest history found in which the world of this seed breaks the same invariant, and the bounds it has.
///
/// It drops kinds of faults, single ones, instances and bursts for as long as that makes the history shorter.
pub fn shortest(seed: u64, bounds: &Bounds) -> (Bounds, Report) {
    let mut best = *bounds;
    let mut report = tell(seed, &best);
    let Some(broken) = report.violation.clone() else { return (best, report) };
    loop {
        let mut better = false;
        for candidate in smaller(&best, &report) {
            let found = run(seed, &candidate).violation.is_some_and(|found| found.invariant == broken.invariant);
            if !found {
                continue;
            }
            let told = tell(seed, &candidate);
            if size(&told) < size(&report) {
                (best, report, better) = (candidate, told, true);
            }
        }
        if !better {
            return (best, report);
        }
    }
}

/// What is to become less: lines, and among as many lines faults.
fn size(report: &Report) -> (usize, u64) {
    (report.history.len(), report.totals.faults.iter().sum())
}

fn smaller(bounds: &Bounds, report: &Report) -> Vec<Bounds> {
    let faults = (0..Fault::COUNT).filter(|fault| bounds.without & (1 << fault) == 0);
    let mut all: Vec<_> = faults.map(|fault| Bounds { without: bounds.without | 1 << fault, ..*bounds }).collect();
    all.extend((1..bounds.instances.unwrap_or(8)).map(|instances| Bounds { instances: Some(instances), ..*bounds }));
    let bursts = [1, 2, 3, 5, 8].into_iter().filter(|bursts| *bursts < bounds.bursts.unwrap_or(24));
    all.extend(bursts.map(|bursts| Bounds { bursts: Some(bursts), ..*bounds }));
    let drawn = report.totals.faults.iter().sum::<u64>() + u64::from(bounds.spared.count_ones());
    let strikes = (0..drawn.min(128)).map(|strike| 1_u128 << strike).filter(|strike| bounds.spared & strike == 0);
    all.extend(strikes.map(|strike| Bounds { spared: bounds.spared | strike, ..*bounds }));
    all
}
