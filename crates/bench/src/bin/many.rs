//! What grows with what: `many`.
//!
//! Prints `pool`, a figure's name and the figure, at a million keys; `flight`, waiters and microseconds a waiter; `memory`
//! or `file`, records, microseconds to read one and to save one; `sim`, instances and simulated worlds a second.

use std::alloc::System;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::hint::black_box;
use std::sync::{Arc, RwLock};
use std::thread;
use std::time::{Duration, Instant};

use hallpass_async::{Client, Config};
use hallpass_bench::server::{Plan, Server};
use hallpass_bench::timing::median;
use hallpass_bench::{Result, cases};
use hallpass_blocking::Pool;
use hallpass_core::dialect::{BasicForm, Held, Key};
use hallpass_core::lifecycle::{Record, Revision};
use hallpass_core::{Endpoint, RefreshToken, Secrets, secret};
use hallpass_store::{File, Memory, Store};
use hallpass_testkit::world::{self, Bounds};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tokio::runtime::Builder;
use tokio::task::JoinSet;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const KEYS: u32 = 1_000_000;

/// Lookups and logins are measured on as many, picked all over the keys.
const SOME: u32 = 20_000;

fn main() -> Result<()> {
    pool()?;
    for waiters in [1, 10, 1_000, 100_000] {
        flight(waiters)?;
    }
    for records in [1, 1_000, 100_000] {
        store("memory", &Memory::new(), records)?;
        let folder = tempfile::tempdir_in(if std::path::Path::new("/dev/shm").exists() { "/dev/shm" } else { "/tmp" })?;
        store("file", &File::new(folder.path()), records)?;
    }
    for instances in [1, 2, 4, 8, 16] {
        let (seeds, begun) = (2_000, Instant::now());
        for seed in 0..seeds {
            black_box(world::run(seed, &Bounds { instances: Some(instances), ..Bounds::default() }));
        }
        println!("sim\t{instances}\t{:.0}", f64::from(u32::try_from(seeds)?) / begun.elapsed().as_secs_f64());
    }
    Ok(())
}

fn config(url: &Endpoint, tenant: u32) -> Config {
    Config::new(BasicForm::new(url.clone(), format!("tenant-{tenant}")), Secrets::one(secret::CLIENT_SECRET, "s3cret"))
}

/// Spread over all of them.
fn picked() -> impl Iterator<Item = u32> {
    (0..SOME).map(|at| at.wrapping_mul(2_654_435_761) % KEYS)
}

fn pool() -> Result<()> {
    let server = Server::start(&Plan { body: cases::granted(&cases::opaque()), ..Plan::default() })?;
    let url = Endpoint::parse(&server.url)?;
    let store = Memory::new();
    let config = |tenant| config(&url, tenant).store(store.clone());
    let keys: Vec<Key> = (0..KEYS + SOME).map(|tenant| config(tenant).dialect().key()).collect();
    let pool = Pool::new(usize::try_from(KEYS)?);
    let region = Region::new(ALLOCATOR);
    let begun = Instant::now();
    for (tenant, key) in (0..KEYS).zip(&keys) {
        pool.client(key, || Ok(config(tenant)))?;
    }
    figure("ns to add a client", nanos(begun) / f64::from(KEYS));
    figure("bytes of a client", held(&region) / f64::from(KEYS));

    let plain = Plain::new(&keys[..usize::try_from(KEYS)?]);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..20 {
        ours.push(timed(|| picked().filter_map(|tenant| pool.get(&keys[tenant as usize])).count()));
        theirs.push(timed(|| picked().filter_map(|tenant| plain.get(&keys[tenant as usize])).count()));
    }
    let ratio = ours.iter().zip(&theirs).map(|(ours, theirs)| ours / theirs).collect();
    figure("ns to look one up", median(ours));
    figure("ns in a plain sharded map", median(theirs));
    figure("ratio", median(ratio));

    let region = Region::new(ALLOCATOR);
    let begun = Instant::now();
    for tenant in picked() {
        pool.get(&keys[tenant as usize]).ok_or("it is there")?.token()?;
    }
    figure("us to log in", nanos(begun) / 1e3 / f64::from(SOME));
    figure("bytes of a token of 800 bytes, with its record", held(&region) / f64::from(SOME));
    let begun = Instant::now();
    for tenant in picked() {
        black_box(pool.get(&keys[tenant as usize]).ok_or("it is there")?.token()?);
    }
    figure("ns to look one up and have its token", nanos(begun) / f64::from(SOME));

    let begun = Instant::now();
    for tenant in KEYS..KEYS + SOME {
        pool.client(&keys[tenant as usize], || Ok(config(tenant)))?;
    }
    figure("ns to add a client that takes another's place", nanos(begun) / f64::from(SOME));
    let begun = Instant::now();
    let evicted = pool.evict_idle();
    figure("ms to look through all when none is idle", nanos(begun) / 1e6);
    if evicted != 0 { Err("none was idle for an hour".into()) } else { evict(pool, &keys) }
}

/// Half of a pool's clients, none of which is idle yet.
fn evict(pool: Pool, keys: &[Key]) -> Result<()> {
    // The pool counts in seconds, and may be late by one on either side.
    const APART: Duration = Duration::from_secs(4);
    thread::sleep(APART);
    let begun = Instant::now();
    let used = keys.iter().step_by(2).filter(|key| pool.get(key).is_some()).count();
    let idle = pool.len() - used;
    let pool = pool.idle(begun.elapsed() + Duration::from_secs(2));
    let begun = Instant::now();
    if pool.evict_idle() != idle {
        return Err("others than those that were not used are gone".into());
    }
    figure("ns to evict one, half of all being idle", nanos(begun) / f64::from(u32::try_from(idle)?));
    Ok(())
}

/// What anybody would write.
struct Plain {
    shards: Vec<RwLock<HashMap<Key, Arc<()>>>>,
    hasher: RandomState,
}

impl Plain {
    fn new(keys: &[Key]) -> Self {
        let plain = Self { shards: (0..64).map(|_| RwLock::default()).collect(), hasher: RandomState::new() };
        for key in keys {
            plain.shard(key).write().expect("no panic").insert(key.clone(), Arc::new(()));
        }
        plain
    }

    fn shard(&self, key: &Key) -> &RwLock<HashMap<Key, Arc<()>>> {
        &self.shards[usize::from(self.hasher.hash_one(key).to_le_bytes()[0] % 64)]
    }

    fn get(&self, key: &Key) -> Option<Arc<()>> {
        self.shard(key).read().expect("no panic").get(key).cloned()
    }
}

/// A flight takes a second; what is more is its waiters'.
fn flight(waiters: u32) -> Result<()> {
    const FLIGHT: Duration = Duration::from_secs(1);
    let server = Server::start(&Plan { body: cases::granted(&cases::opaque()), delay: FLIGHT, ..Plan::default() })?;
    let client = Client::new(config(&Endpoint::parse(&server.url)?, 1))?;
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let begun = Instant::now();
    let mut callers = JoinSet::new();
    for _ in 0..waiters {
        let client = client.clone();
        callers.spawn_on(async move { client.token().await.is_ok() }, runtime.handle());
    }
    let all = runtime.block_on(callers.join_all());
    let over = begun.elapsed().saturating_sub(FLIGHT);
    if !all.into_iter().all(|ok| ok) || server.requests() != 1 {
        return Err("not every waiter was answered by one request".into());
    }
    println!("flight\t{waiters}\t{:.2}", over.as_secs_f64() * 1e6 / f64::from(waiters));
    Ok(())
}

fn store(name: &str, store: &dyn Store, records: u32) -> Result<()> {
    const LEASE: Duration = Duration::from_mins(1);
    let url = Endpoint::parse("https://auth.example/token")?;
    let keys: Vec<Key> = (0..records).map(|tenant| config(&url, tenant).dialect().key()).collect();
    let save = |key: &Key, revision| -> Result<()> {
        let mut lock = store.try_lock(key, LEASE)?.ok_or("it is free")?;
        let held = Held { refresh_token: Some(RefreshToken::new("r".repeat(200))), ..Held::default() };
        lock.save(&Record::new(Revision(revision), held)).map_err(|error| error.to_string())?;
        Ok(lock.unlock()?)
    };
    for key in &keys {
        save(key, 1)?;
    }
    let picked: Vec<&Key> =
        (0..2_000_u32).map(|at| &keys[(at.wrapping_mul(2_654_435_761) % records) as usize]).collect();
    let begun = Instant::now();
    for key in &picked {
        black_box(store.peek(key)?.ok_or("it was saved")?);
    }
    let read = nanos(begun) / 1e3 / 2_000.0;
    let begun = Instant::now();
    for (revision, key) in (2..).zip(&picked) {
        save(key, revision)?;
    }
    println!("{name}\t{records}\t{read:.2}\t{:.2}", nanos(begun) / 1e3 / 2_000.0);
    Ok(())
}

fn figure(name: &str, value: f64) {
    println!("pool\t{name}\t{value:.1}");
}

fn nanos(begun: Instant) -> f64 {
    begun.elapsed().as_secs_f64() * 1e9
}

/// Nanoseconds for each of the picked.
fn timed(work: impl FnOnce() -> usize) -> f64 {
    let begun = Instant::now();
    black_box(work());
    nanos(begun) / f64::from(SOME)
}

/// No process here has more than 2^53 bytes.
#[expect(clippy::cast_precision_loss)]
fn held(region: &Region<'_, System>) -> f64 {
    let change = region.change();
    (change.bytes_allocated as f64) + (change.bytes_reallocated as f64) - (change.bytes_deallocated as f64)
}
