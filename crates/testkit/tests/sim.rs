//! A moderate number of worlds, in debug: the long runs are `cargo xtask sim`.

use hallpass_testkit::world::{self, Bounds, Fault, Totals};

/// Takes a few seconds without optimisation.
const SEEDS: u64 = 200;

/// How many worlds crash at each of their boundaries.
const WHOLE: u64 = 8;

fn run(seeds: core::ops::Range<u64>) -> Totals {
    let mut totals = Totals::default();
    for seed in seeds {
        let report = world::run_checked(seed, &Bounds::default());
        assert_eq!(report.violation, None, "`cargo xtask sim --seed {seed}` tells how it came to that");
        totals.add(seed, &report);
    }
    totals
}

#[test]
fn every_invariant_holds_in_every_world() {
    let totals = run(0..SEEDS);
    for invariant in 1..world::INVARIANTS {
        assert!(totals.checks[invariant] > 0, "invariant {invariant} was never checked");
    }
}

/// Invariant 17.
#[test]
fn the_same_seed_gives_the_same_history() {
    assert_eq!(run(0..40), run(0..40));
    let bounds = Bounds::default();
    let told = world::tell(3, &bounds);
    assert_eq!((told.hash, &told.totals), (world::run(3, &bounds).hash, &world::run(3, &bounds).totals));
    assert!(!told.history.is_empty());
    assert_ne!(told.hash, world::run(4, &bounds).hash);
}

/// A crash at every boundary of an effect: of the login's own faultless history, one world for each.
#[test]
fn a_crash_at_any_boundary_breaks_nothing() {
    let mut crashes = 0;
    for seed in 0..WHOLE {
        let calm = Bounds { without: u64::MAX, instances: Some(2), bursts: Some(2), ..Bounds::default() };
        for boundary in 1.. {
            let report = world::run(seed, &Bounds { crash_at: Some(boundary), ..calm });
            assert_eq!(report.violation, None, "seed {seed}, a crash at boundary {boundary}");
            if report.totals.faults[Fault::Crash as usize] == 0 {
                break;
            }
            crashes += 1;
        }
    }
    assert!(crashes > WHOLE * 50, "{crashes} crashes");
}
