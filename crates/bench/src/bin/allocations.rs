//! Counts allocations of each dialect's exchange, which are the same in every run.
//!
//! Prints `core`, a case, the allocations of its exchange and those of its whole login. One that grows counts as one more.
//! What the case is handed is not counted.

use std::alloc::System;

use hallpass_bench::Result;
use hallpass_bench::cases::{Case, Run};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() -> Result<()> {
    for case in Case::all()? {
        let exchange = count(&case, Run::Exchange)? - count(&case, Run::ExchangeInputs)?;
        let login = count(&case, Run::Login)? - count(&case, Run::LoginInputs)?;
        println!("core\t{}\t{exchange}\t{login}", case.name());
    }
    Ok(())
}

fn count(case: &Case, run: Run) -> Result<usize> {
    let region = Region::new(ALLOCATOR);
    case.run(run)?;
    let change = region.change();
    Ok(change.allocations + change.reallocations)
}
