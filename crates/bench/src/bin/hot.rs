//! A fresh token into a request's headers: `hot ROUNDS`.
//!
//! Prints threads, the token's length, nanoseconds of ours and of the floor, the ratio, and the allocations of one of
//! ours. The floor is what no one can do without: a shared header value is cloned and put into a reused map.

use std::alloc::System;
use std::hint::black_box;

use hallpass_bench::timing::on_threads;
use hallpass_bench::{Result, server};
use hallpass_blocking::{Client, Config};
use hallpass_core::dialect::BasicForm;
use hallpass_core::{Endpoint, Secrets, secret};
use http::{HeaderMap, HeaderValue, header};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Calls of one thread in one turn.
const CALLS: u32 = 20_000;

fn main() -> Result<()> {
    let rounds: usize = std::env::args().nth(1).and_then(|rounds| rounds.parse().ok()).unwrap_or(30);
    for length in [40, 800] {
        let body = format!(r#"{{"access_token":"{}","expires_in":86400}}"#, "t".repeat(length));
        let url = Endpoint::parse(&server::start(&body)?)?;
        let secrets = Secrets::one(secret::CLIENT_SECRET, "s");
        let client = Client::new(Config::new(BasicForm::new(url, "id"), secrets))?;
        let shared = client.token()?.authorization().clone();
        for threads in [1, 2, 8] {
            let mut pairs: Vec<(f64, f64)> = (0..rounds)
                .map(|round| {
                    let (ours, floor) = (
                        || on_threads(threads, CALLS, &|| |map: &mut HeaderMap| ours(&client, map)),
                        || on_threads(threads, CALLS, &|| |map: &mut HeaderMap| floor(&shared, map)),
                    );
                    if round % 2 == 0 {
                        (ours(), floor())
                    } else {
                        let floor = floor();
                        (ours(), floor)
                    }
                })
                .collect();
            pairs.sort_by(|a, b| (a.0 / a.1).total_cmp(&(b.0 / b.1)));
            let (our_time, floor_time) = pairs[pairs.len() / 2];
            let allocations = allocations(&client);
            println!(
                "{threads}\t{length}\t{our_time:.1}\t{floor_time:.1}\t{:.2}\t{allocations}",
                our_time / floor_time
            );
        }
    }
    Ok(())
}

fn ours(client: &Client, map: &mut HeaderMap) {
    let grant = client.token().expect("it is fresh for a day");
    map.insert(header::AUTHORIZATION, black_box(grant.into_authorization()));
}

fn floor(shared: &HeaderValue, map: &mut HeaderMap) {
    map.insert(header::AUTHORIZATION, black_box(shared.clone()));
}

fn allocations(client: &Client) -> usize {
    let mut map = HeaderMap::with_capacity(4);
    ours(client, &mut map);
    let region = Region::new(ALLOCATOR);
    for _ in 0..100 {
        ours(client, &mut map);
    }
    region.change().allocations / 100
}
