//! Processes that stop themselves in the middle of a flight, for longer than their lease.

use std::collections::BTreeMap;
use std::io;
use std::ops::RangeInclusive;
use std::path::Path;
use std::time::{Duration, Instant};

use hallpass_testkit::provider::Endpoint;
use hallpass_testserver::TestServer;
use hallpass_testserver::redis::RedisServer;

use super::super::soak::{LEASE, check};
use super::super::{Fleet, Worker, rotating};

/// What was done and seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Paused {
    /// How often a process was stopped for longer than its lease, by where it stood.
    pub at: BTreeMap<String, u64>,
    /// Refresh tokens sent.
    pub refreshes: u64,
    /// Logins with the password.
    pub logins: u64,
    /// How long it took.
    pub time: Duration,
}

/// Who always has a token, and is never stopped.
const OTHERS: usize = 4;

/// How many there are at a time that stop themselves.
const STOPPING: usize = 4;

/// Where a flight that refreshes has the lock: before and after the mark, before and after the save, before the unlock.
const STEPS: RangeInclusive<u64> = 1..=5;

/// Stops processes `wanted` times; what must never be seen is an error. Tells of it as it goes on.
pub fn pauses(program: &Path, wanted: u64, mut progress: impl FnMut(u64)) -> Result<Paused, String> {
    let told = |error: io::Error| format!("the processes cannot be run: {error}");
    let redis = RedisServer::start().map_err(|error| error.to_string())?;
    let server = TestServer::builder().provider(rotating(Duration::from_secs(1))).keep_requests(0).start();
    let server = server.map_err(|error| error.to_string())?;
    let fleet = Fleet::new(program, Path::new(&redis.url()), &server.origin()).map_err(told)?;
    let begun = Instant::now();

    let others: Result<Vec<_>, _> = (0..OTHERS).map(|_| fleet.start("round", |_| ())).collect();
    let mut others = others.map_err(told)?;
    let mut stopping: BTreeMap<u32, (Worker, Option<Instant>)> = BTreeMap::new();
    let (mut paused, mut steps) = (Paused::default(), STEPS.cycle());
    while paused.at.values().sum::<u64>() < wanted || !stopping.is_empty() {
        let done = paused.at.values().sum::<u64>();
        while stopping.len() < STOPPING && done + stopping.len() as u64 <= wanted && done < wanted {
            let step = steps.next().expect("a cycle has no end").to_string();
            let worker = fleet.start("force", |command| {
                command.env("FLEET_PAUSE", step);
            });
            let worker = worker.map_err(told)?;
            stopping.insert(worker.pid(), (worker, None));
        }
        let said = fleet.hear(Duration::from_millis(10));
        if let Some(said) = said.as_ref().filter(|said| said.what == "stops") {
            *paused.at.entry(said.rest.clone()).or_default() += 1;
            progress(paused.at.values().sum());
            if let Some((worker, until)) = stopping.get_mut(&said.pid) {
                worker.stops().map_err(told)?;
                *until = Some(Instant::now() + LEASE + LEASE / 4);
            }
        }
        check(said)?;
        let mut over = Vec::new();
        for (pid, (worker, until)) in &mut stopping {
            if until.take_if(|until| *until <= Instant::now()).is_some() {
                worker.resume();
            }
            if let Some(status) = worker.ended().map_err(told)? {
                over.push((*pid, status));
            }
        }
        for (pid, status) in over {
            stopping.remove(&pid);
            if !status.success() {
                return Err(heard(&fleet, &format!("a process that was stopped ended with {status}")));
            }
        }
    }
    for worker in &mut others {
        worker.finish();
    }
    for worker in &mut others {
        let status = worker.wait().map_err(told)?;
        if !status.success() {
            return Err(heard(&fleet, &format!("a process that was never stopped ended with {status}")));
        }
    }
    paused.time = begun.elapsed();
    server.with_provider(|provider| {
        let presented: Vec<u64> = provider.all_presented().map(|(_, times)| times).collect();
        paused.refreshes = presented.iter().sum();
        paused.logins = provider.token_requests(Endpoint::PasswordForm) - paused.refreshes;
        match (presented.iter().max(), provider.revoked_families()) {
            (Some(2..), _) => Err(format!("a refresh token was sent twice: {paused:?}")),
            (_, 1..) => Err(format!("a family of tokens was revoked: {paused:?}")),
            _ => Ok(paused),
        }
    })
}

/// `what`, and why, if a worker has said so.
fn heard(fleet: &Fleet, what: &str) -> String {
    let why = std::iter::from_fn(|| fleet.hear(Duration::from_millis(10))).find_map(|said| check(Some(said)).err());
    why.unwrap_or_else(|| what.to_owned())
}
