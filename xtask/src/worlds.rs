//! Many worlds on all cores, with a bar on stderr.

use std::io::{IsTerminal, Write, stderr};
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use hallpass_testkit::world::{Report, Totals};

/// What many worlds came to.
pub(crate) struct Found {
    /// Everything that happened, in figures.
    pub(crate) totals: Totals,
    /// The lowest seed whose world broke an invariant.
    pub(crate) seed: Option<u64>,
    /// How long it took.
    pub(crate) time: Duration,
}

/// Plays the worlds of so many seeds, or of those up to the first that breaks an invariant.
pub(crate) fn play(label: &str, seeds: u64, world: impl Fn(u64) -> Report + Sync) -> Found {
    play_part(label, 0..seeds, seeds, world)
}

/// The same for a part of them.
pub(crate) fn play_part(label: &str, part: Range<u64>, seeds: u64, world: impl Fn(u64) -> Report + Sync) -> Found {
    let begun = Instant::now();
    let shared =
        Shared { next: part.start.into(), done: part.start.into(), over: false.into(), found: Mutex::new(None) };
    // A panic in a world is a violation of its own, and told as one; another is passed on.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let played = thread::scope(|scope| {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(|| work(part.end, &world, &shared))).collect();
        let progress = scope.spawn(|| show_progress(label, &part, seeds, begun, &shared));
        let played: Vec<_> = workers.into_iter().map(thread::ScopedJoinHandle::join).collect();
        shared.over.store(true, Ordering::Relaxed);
        progress.thread().unpark();
        played
    });
    std::panic::set_hook(hook);
    let mut totals = Totals::default();
    for part in played {
        let part = part.unwrap_or_else(|panic| {
            let said = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
            panic!("a panic outside of a world's history: {}", said.unwrap_or("without a word"))
        });
        totals.merge(&part);
    }
    let seed = shared.found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    Found { totals, seed, time: begun.elapsed() }
}

/// What the threads of a run share.
struct Shared {
    next: AtomicU64,
    done: AtomicU64,
    over: AtomicBool,
    found: Mutex<Option<u64>>,
}

fn work(seeds: u64, world: &impl Fn(u64) -> Report, shared: &Shared) -> Totals {
    /// So many at a time, that the threads seldom meet.
    const BATCH: u64 = 16;
    let mut totals = Totals::default();
    loop {
        let first = shared.next.fetch_add(BATCH, Ordering::Relaxed);
        if first >= seeds || shared.over.load(Ordering::Relaxed) {
            return totals;
        }
        for seed in first..seeds.min(first + BATCH) {
            let report = world(seed);
            totals.add(seed, &report);
            if report.violation.is_some() {
                let mut found = shared.found.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                *found = Some(found.map_or(seed, |other: u64| other.min(seed)));
                shared.over.store(true, Ordering::Relaxed);
                return totals;
            }
        }
        shared.done.fetch_add(BATCH, Ordering::Relaxed);
    }
}

fn show_progress(label: &str, part: &Range<u64>, seeds: u64, begun: Instant, shared: &Shared) {
    let bare = !stderr().is_terminal();
    while !shared.over.load(Ordering::Relaxed) {
        thread::park_timeout(Duration::from_millis(if bare { 10_000 } else { 200 }));
        let over = shared.over.load(Ordering::Relaxed);
        if bare && over && begun.elapsed() < Duration::from_secs(1) {
            return;
        }
        let done = shared.done.load(Ordering::Relaxed).min(part.end);
        let (filled, rate) = (done * 40 / seeds.max(1), (done - part.start) / begun.elapsed().as_secs().max(1));
        let bar: String = (0..40).map(|at| if at < filled { '#' } else { '.' }).collect();
        let (start, end) = if bare { ("", "\n") } else { ("\r", "") };
        eprint!("{start}[{bar}] {label}{done} of {seeds} worlds, {rate} a second {end}");
        let _ = stderr().flush();
    }
    if !bare {
        eprint!("\r{:110}\r", "");
    }
}
