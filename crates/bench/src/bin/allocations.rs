//! Counts allocations of each dialect's exchange, which are the same in every run.
//!
//! Prints `core`, a case, the allocations of its exchange and those of its whole login. What the case is
//! handed is not counted.

use std::alloc::System;

use hallpass_bench::Result;
use hallpass_bench::cases::{Case, Run};
use hallpass_bench::counting::allocations;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() -> Result<()> {
    for case in Case::all()? {
        let count = |run| allocations(ALLOCATOR, 1, || case.run(run));
        let exchange = count(Run::Exchange)? - count(Run::ExchangeInputs)?;
        let login = count(Run::Login)? - count(Run::LoginInputs)?;
        println!("core\t{}\t{exchange}\t{login}", case.name());
    }
    Ok(())
}
