//! Counts allocations: `allocations`, or `allocations core` for those that are the same in every run.
//!
//! Prints `hot` and the allocations of a thousand fresh tokens put into headers, by one client and in turn by twenty;
//! `fetch`, a side and its allocations a fetch; and `core`, a case, the allocations of its exchange and those of
//! its whole login. One that grows counts as one more. What the case is handed is not counted.

use std::alloc::System;

use hallpass_bench::cases::{Case, Run};
use hallpass_bench::{Result, cases, fetch, server};
use hallpass_blocking::{Client, Config};
use hallpass_core::dialect::BasicForm;
use hallpass_core::{Endpoint, Secrets, secret};
use http::{HeaderMap, header};
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
    for clients in [1, 20] {
        println!("hot\t{clients}\t{}", hot(&url, clients)?);
    }
    if std::env::args().nth(1).as_deref() == Some("core") {
        return Ok(());
    }
    for mut side in fetch::sides(&url)? {
        side.fetch(FETCHES)?;
        let all = count(|| side.fetch(FETCHES))?;
        println!("fetch\t{}\t{}", side.name(), all / FETCHES as usize);
    }
    Ok(())
}

/// A token that is fresh, put into a map that is reused.
fn hot(url: &str, clients: u32) -> Result<usize> {
    let client = |id| {
        let dialect = BasicForm::new(Endpoint::parse(url)?, format!("client-{id}"));
        Result::Ok(Client::new(Config::new(dialect, Secrets::one(secret::CLIENT_SECRET, "s")))?)
    };
    let clients = (0..clients).map(client).collect::<Result<Vec<_>>>()?;
    let mut map = HeaderMap::with_capacity(4);
    let mut call = |times: usize| {
        for client in clients.iter().cycle().take(times) {
            map.insert(header::AUTHORIZATION, client.token()?.into_authorization());
        }
        Ok(())
    };
    call(100)?;
    count(|| call(1_000))
}

fn count(work: impl FnOnce() -> Result<()>) -> Result<usize> {
    let region = Region::new(ALLOCATOR);
    work()?;
    let change = region.change();
    Ok(change.allocations + change.reallocations)
}
