//! Times each driver beside the bare HTTP library under it, in interleaved rounds: `fetch ROUNDS`; or fetches with one
//! side a number of times, for a profiler to watch: `fetch SIDE TIMES`.
//!
//! Prints for each pair: driver, bare library, median time of each in microseconds, median ratio, the quartiles of the
//! ratio, and the allocations of one fetch of each.

use std::alloc::System;

use hallpass_bench::counting::allocations;
use hallpass_bench::timing::{interleaved, ratios};
use hallpass_bench::{Result, cases, fetch, server};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

/// Both sides are counted, so that it slows both.
#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Fetches whose allocations are counted: a stray one of another thread disappears in the average.
const FETCHES: u32 = 200;

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
    let mut times = interleaved(rounds + WARM_UP, sides.len(), |place| sides[place].timed())?;
    for own in &mut times {
        own.drain(..WARM_UP);
    }
    let count = |side: &mut fetch::Side| Ok(allocations(ALLOCATOR, 1, || side.fetch(FETCHES))? / FETCHES as usize);
    let allocations = sides.iter_mut().map(count).collect::<Result<Vec<_>>>()?;
    for fetch::Pair { hallpass, bare } in fetch::PAIRS {
        let ratios = ratios(&times[hallpass], &times[bare]);
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

/// A quartile: the second is the median.
fn at(values: &[f64], quartile: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() * quartile / 4).copied().unwrap_or(f64::NAN)
}
