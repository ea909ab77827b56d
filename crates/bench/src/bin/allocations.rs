//! Counts allocations: `allocations`.
//!
//! Prints `fetch`, a side and its allocations a fetch; and `core`, a case, the allocations of its exchange and those of
//! its whole login. One that grows counts as one more. What the case is handed is not counted.

use std::alloc::System;

use hallpass_bench::cases::{Case, Run};
use hallpass_bench::{Result, cases, fetch, server};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Fetches of one side: a stray allocation of another thread disappears in the average.
const FETCHES: u32 = 200;

fn main() -> Result<()> {
    for case in Case::all()? {
        let count = |run| count(|| case.run(run));
        let exchange = count(Run::Exchange)? - count(Run::ExchangeInputs)?;
        let login = count(Run::Login)? - count(Run::LoginInputs)?;
        println!("core\t{}\t{exchange}\t{login}", case.name());
    }
    let url = server::start(&cases::granted(&cases::opaque()))?;
    for mut side in fetch::sides(&url)? {
        side.fetch(FETCHES)?;
        let all = count(|| side.fetch(FETCHES))?;
        println!("fetch\t{}\t{}", side.name(), all / FETCHES as usize);
    }
    Ok(())
}

fn count(work: impl FnOnce() -> Result<()>) -> Result<usize> {
    let region = Region::new(ALLOCATOR);
    work()?;
    let change = region.change();
    Ok(change.allocations + change.reallocations)
}
