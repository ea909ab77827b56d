//! Times each driver beside the bare HTTP library under it, in interleaved rounds: `fetch ROUNDS`; or fetches with one
//! side a number of times, for a profiler to watch: `fetch SIDE TIMES`.
//!
//! Prints for each pair: driver, bare library, median time of each in microseconds, median ratio, the quartiles of the
//! ratio, and the allocations of one fetch of each. A ratio is of two batches of the same round, so that what slows the
//! machine for longer slows both.

use std::alloc::System;
use std::time::Instant;

use hallpass_bench::{Result, cases, fetch, server};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

/// Both sides are counted, so that it slows both.
#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Fetches of one side in one round. Few enough that no connection of another side is idle for a second meanwhile.
const BATCH: u32 = 50;

/// Rounds whose times are thrown away.
const WARM_UP: usize = 5;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let url = server::start(&cases::granted(&cases::opaque()))?;
    let mut sides = fetch::sides(&url)?;
    let rounds: usize = match &arguments[..] {
        [side, times] => {
            let side = sides.iter_mut().find(|known| known.name() == side).ok_or("no such side")?;
            return side.fetch(times.parse()?);
        }
        [rounds] => rounds.parse()?,
        _ => return Err("say how many rounds, or which side and how often".into()),
    };
    let mut times = vec![Vec::with_capacity(rounds); sides.len()];
    for round in 0..rounds + WARM_UP {
        for turn in 0..sides.len() {
            // Each round begins with another side, so that none always follows the same.
            let place = (turn + round) % sides.len();
            let begun = Instant::now();
            sides[place].fetch(BATCH)?;
            if round >= WARM_UP {
                times[place].push(begun.elapsed().as_secs_f64() / f64::from(BATCH) * 1e6);
            }
        }
    }
    let allocations = sides.iter_mut().map(allocations).collect::<Result<Vec<_>>>()?;
    for fetch::Pair { hallpass, bare } in fetch::PAIRS {
        let ratios: Vec<f64> = times[hallpass].iter().zip(&times[bare]).map(|(ours, theirs)| ours / theirs).collect();
        println!(
            "{}\t{}\t{:.1}\t{:.1}\t{:.3}\t{:.3}\t{:.3}\t{}\t{}",
            sides[hallpass].name(),
            sides[bare].name(),
            at(&times[hallpass], 2),
            at(&times[bare], 2),
            at(&ratios, 2),
            at(&ratios, 1),
            at(&ratios, 3),
            allocations[hallpass],
            allocations[bare],
        );
    }
    Ok(())
}

/// Of one fetch: a stray allocation of another thread disappears in the average.
fn allocations(side: &mut fetch::Side) -> Result<usize> {
    const FETCHES: u32 = 200;
    let region = Region::new(ALLOCATOR);
    side.fetch(FETCHES)?;
    let change = region.change();
    Ok((change.allocations + change.reallocations) / FETCHES as usize)
}

/// A quartile: the second is the median.
fn at(values: &[f64], quartile: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() * quartile / 4).copied().unwrap_or(f64::NAN)
}
