//! Counts allocations of other libraries on the same work.
//!
//! Prints `hot`, the token's length, who, and the allocations of a call with a fresh token; `cold`, who, and those of
//! an exchange in memory, without what it is handed.

use std::alloc::System;

use hallpass_bench::Result;
use hallpass_bench::cases::Run;
use hallpass_bench::counting::allocations;
use hallpass_bench::peers::{self, Cold, NAMES, Peer, Visit, at_once};
use hallpass_bench::server;
use http::HeaderMap;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use tokio::runtime::{Builder, Runtime};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Calls, and exchanges, that are counted.
const CALLS: usize = 1_000;

fn main() -> Result<()> {
    // What google-cloud-auth builds its client with.
    drop(rustls::crypto::ring::default_provider().install_default());
    for cold in Cold::all()? {
        let count = |run| allocations(ALLOCATOR, CALLS, || cold.run(run));
        // What is made once, by the first.
        cold.run(Run::Exchange)?;
        println!("cold\t{}\t{}", cold.name(), count(Run::Exchange)? - count(Run::ExchangeInputs)?);
    }
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let _entered = runtime.enter();
    for length in [40, 800] {
        let token = "t".repeat(length);
        let url = server::start(&format!(r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":86400}}"#))?;
        // Who keeps no token is named elsewhere.
        for (name, count) in
            NAMES.iter().filter_map(|name| Some((name, peers::visit(&runtime, name, &url, Warm(&runtime)).ok()?)))
        {
            println!("hot\t{length}\t{name}\t{count}");
        }
    }
    Ok(())
}

/// A call with a fresh token in hand.
struct Warm<'a>(&'a Runtime);

impl Visit for Warm<'_> {
    type Done = usize;

    fn visit<P: Peer>(self, peer: P) -> Result<usize> {
        if let Some(why) = P::KEEPS_NONE {
            return Err(why.into());
        }
        let mut map = HeaderMap::with_capacity(4);
        self.0.block_on(peer.authorize(&mut map))?;
        allocations(ALLOCATOR, CALLS, || at_once(peer.authorize(&mut map)))
    }
}
