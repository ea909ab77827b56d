//! Allocations of a call, for programs whose allocator counts.

use std::alloc::System;

use stats_alloc::{Region, StatsAlloc};

use crate::Result;

/// How often a call allocates, on average: a stray allocation of another thread disappears in it. Memory that grows
/// counts as one more.
pub fn allocations(
    allocator: &StatsAlloc<System>,
    times: usize,
    mut call: impl FnMut() -> Result<()>,
) -> Result<usize> {
    let region = Region::new(allocator);
    for _ in 0..times {
        call()?;
    }
    let change = region.change();
    Ok((change.allocations + change.reallocations) / times)
}
