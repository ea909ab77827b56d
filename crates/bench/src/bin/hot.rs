//! A fresh token into a request's headers: `hot ROUNDS`.
//!
//! Prints threads, the token's length, nanoseconds of ours and of the floor, the ratio, nanoseconds of ours with
//! standard clocks, the ratio of that, and the allocations of one of ours. The floor is what no one can do without: a
//! shared header value is cloned and put into a reused map. With standard clocks is a sum: ours and two readings of
//! those, without two of the clocks that ours reads.

use std::alloc::System;
use std::hint::black_box;

use hallpass_bench::counting::allocations;
use hallpass_bench::timing::{interleaved, median, on_threads, ratios};
use hallpass_bench::{Result, server};
use hallpass_blocking::{Client, Config};
use hallpass_core::dialect::BasicForm;
use hallpass_core::{Endpoint, Secrets, secret};
use http::{HeaderMap, HeaderValue, header};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

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
        let shared = client.token()?.header_value().clone();
        let mut map = HeaderMap::with_capacity(4);
        ours(&client, &mut map);
        let allocations = allocations(ALLOCATOR, 100, || {
            ours(&client, &mut map);
            Ok(())
        })?;
        for threads in [1, 2, 8] {
            let turn = |contender| match contender {
                0 => on_threads(threads, CALLS, &|| |map: &mut HeaderMap| ours(&client, map)),
                1 => on_threads(threads, CALLS, &|| |map: &mut HeaderMap| floor(&shared, map)),
                2 => on_threads(threads, CALLS, &|| |_: &mut HeaderMap| clocks::standard()),
                _ => on_threads(threads, CALLS, &|| |_: &mut HeaderMap| clocks::ours()),
            };
            let times = interleaved(rounds, 4, |contender| Ok(turn(contender)))?;
            let [ours, floor, standard, coarse] = &times[..] else { return Err("four took turns".into()) };
            let summed = |((ours, standard), coarse): ((&f64, &f64), &f64)| ours + standard - coarse;
            let with_standard: Vec<f64> = ours.iter().zip(standard).zip(coarse).map(summed).collect();
            println!(
                "{threads}\t{length}\t{:.1}\t{:.1}\t{:.2}\t{:.1}\t{:.2}\t{allocations}",
                median(ours.clone()),
                median(floor.clone()),
                median(ratios(ours, floor)),
                median(with_standard.clone()),
                median(ratios(&with_standard, floor)),
            );
        }
    }
    Ok(())
}

fn ours(client: &Client, map: &mut HeaderMap) {
    let grant = client.token().expect("it is fresh for a day");
    map.insert(header::AUTHORIZATION, black_box(grant.into_header_value()));
}

fn floor(shared: &HeaderValue, map: &mut HeaderMap) {
    map.insert(header::AUTHORIZATION, black_box(shared.clone()));
}

/// A moment by two clocks in whole seconds, as hallpass reads them.
mod clocks {
    use std::hint::black_box;
    use std::sync::LazyLock;
    use std::time::{Instant, SystemTime};

    pub(super) fn standard() {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        let mono = START.elapsed().as_secs();
        let wall = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(u64::MAX, |since| since.as_secs());
        black_box((mono, wall));
    }

    #[cfg(target_os = "linux")]
    pub(super) fn ours() {
        use clocksource::coarse::{Instant, UnixInstant};
        black_box((Instant::now().as_secs(), UnixInstant::now().as_secs()));
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) use standard as ours;
}
