//! Many processes on one login that rotates, while some are killed and some stopped.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use hallpass_store::{File, Store};
use hallpass_testkit::SplitMix64;
use hallpass_testkit::provider::Endpoint;
use hallpass_testserver::TestServer;

use super::{Fleet, Said, Worker, login, names, rotating};

/// How much to do.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// How many processes there are at a time.
    pub processes: usize,
    /// How many are killed in all.
    pub kills: u64,
    /// Where chance comes from.
    pub seed: u64,
}

/// What was done and seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Processes killed.
    pub kills: u64,
    /// Of those, while they held the lock or had just let go.
    pub aimed: u64,
    /// Processes stopped, and let go on later.
    pub pauses: u64,
    /// Of those, for longer than the lease.
    pub long_pauses: u64,
    /// Refresh tokens sent.
    pub refreshes: u64,
    /// Logins with the password.
    pub logins: u64,
    /// How often the file was read from outside.
    pub reads: u64,
    /// Processes that came to their end with a token that the API took.
    pub survivors: u64,
    /// How long it took.
    pub time: Duration,
}

/// A worker's lease: its timeout and its margin.
pub(super) const LEASE: Duration = Duration::from_millis(1600);

/// Runs it all and tells of it as it goes on; what must never be seen is an error.
pub fn soak(program: &Path, folder: &Path, plan: Plan, progress: impl FnMut(&Tally)) -> Result<Tally, String> {
    let told = |error: io::Error| format!("the processes cannot be run: {error}");
    let server = TestServer::builder().provider(rotating(Duration::from_secs(1))).keep_requests(0).start();
    let server = server.map_err(|error| error.to_string())?;
    let fleet = Fleet::new(program, folder, &server.origin()).map_err(told)?;
    let reader = Reader::default();
    let begun = Instant::now();
    let mut tally = thread::scope(|scope| {
        let reading = scope.spawn(|| reader.read(folder, &server.origin()));
        let mut run = Run {
            fleet: &fleet,
            plan,
            chance: SplitMix64::new(plan.seed),
            workers: BTreeMap::new(),
            tally: Tally::default(),
        };
        let outcome = run.all(&reader.wrong, progress);
        reader.over.store(true, Ordering::Relaxed);
        let read = reading.join().map_err(|_| "the reader panicked".to_owned());
        outcome.and(read.flatten()).map(|()| run.tally)
    })?;
    tally.time = begun.elapsed();
    tally.reads = reader.reads.into_inner();
    server.with_provider(|provider| {
        let presented: Vec<u64> = provider.all_presented().map(|(_, times)| times).collect();
        tally.refreshes = presented.iter().sum();
        tally.logins = provider.token_requests(Endpoint::PasswordForm) - tally.refreshes;
        match (presented.iter().max(), provider.revoked_families()) {
            (Some(2..), _) => Err(format!("a refresh token was sent twice: {tally:?}")),
            (_, 1..) => Err(format!("a family of tokens was revoked: {tally:?}")),
            _ => Ok(()),
        }
    })?;
    let left = names(folder);
    if left.iter().any(|name| ![".lock", ".v1", ".v1.new"].contains(&name.as_str())) {
        return Err(format!("the folder has more in it than a record and its lock: {left:?}"));
    }
    Ok(tally)
}

struct Run<'f> {
    fleet: &'f Fleet,
    plan: Plan,
    chance: SplitMix64,
    workers: BTreeMap<u32, (Worker, Option<Instant>)>,
    tally: Tally,
}

impl Run<'_> {
    fn all(&mut self, wrong: &AtomicBool, mut progress: impl FnMut(&Tally)) -> Result<(), String> {
        while self.tally.kills < self.plan.kills && !wrong.load(Ordering::Relaxed) {
            self.fill().map_err(|error| format!("a process cannot be started: {error}"))?;
            let said = self.fleet.hear(Duration::from_millis(10));
            let locked = said.as_ref().filter(|said| said.what == "locked").map(|said| said.pid);
            check(said)?;
            match locked {
                Some(holder) => self.aim(holder),
                // One in three is somebody who does nothing.
                None if self.tally.aimed > 2 * (self.tally.kills - self.tally.aimed) => self.kill_anybody(),
                None => {}
            }
            self.resume(Instant::now());
            progress(&self.tally);
        }
        self.finish()
    }

    fn fill(&mut self) -> io::Result<()> {
        while self.workers.len() < self.plan.processes {
            let worker = self.fleet.start("round", |_| ())?;
            self.workers.insert(worker.pid(), (worker, None));
        }
        Ok(())
    }

    /// Whoever has the lock is in the middle of something, in a few milliseconds somewhere else in it.
    fn aim(&mut self, holder: u32) {
        let (lot, delay) = (self.chance.below(10), Duration::from_micros(self.chance.below(12_000)));
        match lot {
            0..6 => {
                thread::sleep(delay);
                if self.kill(holder) {
                    self.tally.aimed += 1;
                }
            }
            6..9 => {
                thread::sleep(delay);
                let pause =
                    if self.chance.below(8) == 0 { LEASE * 2 } else { Duration::from_millis(self.chance.below(400)) };
                if let Some((worker, until)) = self.workers.get_mut(&holder) {
                    worker.pause();
                    *until = Some(Instant::now() + pause);
                    self.tally.pauses += 1;
                    self.tally.long_pauses += u64::from(pause > LEASE);
                }
            }
            _ => {}
        }
    }

    fn kill_anybody(&mut self) {
        let at = usize::try_from(self.chance.below(self.workers.len() as u64)).unwrap_or_default();
        if let Some(pid) = self.workers.keys().nth(at).copied() {
            self.kill(pid);
        }
    }

    fn kill(&mut self, pid: u32) -> bool {
        let Some((mut worker, _)) = self.workers.remove(&pid) else { return false };
        worker.kill();
        self.tally.kills += 1;
        true
    }

    fn resume(&mut self, now: Instant) {
        for (worker, until) in self.workers.values_mut() {
            if until.take_if(|until| *until <= now).is_some() {
                worker.resume();
            }
        }
    }

    /// Everybody that is left must have a token.
    fn finish(&mut self) -> Result<(), String> {
        for (worker, _) in self.workers.values_mut() {
            worker.resume();
            worker.finish();
        }
        for (worker, _) in self.workers.values_mut() {
            let status = worker.wait().map_err(|error| error.to_string())?;
            if !status.success() {
                while let Some(said) = self.fleet.hear(Duration::from_millis(10)) {
                    check(Some(said))?;
                }
                return Err(format!("a process that was not killed ended with {status}"));
            }
            self.tally.survivors += 1;
        }
        while let Some(said) = self.fleet.hear(Duration::from_millis(10)) {
            check(Some(said))?;
        }
        Ok(())
    }
}

/// What must never be said.
pub(super) fn check(said: Option<Said>) -> Result<(), String> {
    match said {
        Some(said) if said.what == "error" => Err(format!("a process got no token: {}", said.rest)),
        Some(said) if said.what == "notice" => Err(format!("a process found something to mend: {}", said.rest)),
        Some(said) if said.what == "api" && said.rest != "200" => Err(format!("the API answers {}", said.rest)),
        _ => Ok(()),
    }
}

/// Reads the record all the time: once it is there, it is there and whole for good.
#[derive(Default)]
struct Reader {
    over: AtomicBool,
    wrong: AtomicBool,
    reads: AtomicU64,
}

impl Reader {
    fn read(&self, folder: &Path, origin: &str) -> Result<(), String> {
        let store = File::new(folder);
        let key = login(origin, "", store.clone()).map_err(|error| error.to_string())?.dialect().key();
        let mut seen = false;
        while !self.over.load(Ordering::Relaxed) {
            let there = store.peek(&key).map(|found| found.is_some());
            if there != Ok(true) && (seen || there.is_err()) {
                self.wrong.store(true, Ordering::Relaxed);
                return Err(format!("the record was whole, and is not any more: {there:?}"));
            }
            seen |= there == Ok(true);
            self.reads.fetch_add(1, Ordering::Relaxed);
            thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }
}
