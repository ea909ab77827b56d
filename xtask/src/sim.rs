//! `cargo xtask sim`: many simulated worlds, on all cores.

use std::fmt::Write;
use std::io::{IsTerminal, Write as _, stderr};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use hallpass_testkit::world::{self, Bounds, Fault, Totals, Violation};

/// The options of `cargo xtask sim`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many worlds
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    seeds: u64,
    /// Tell the history of this one world
    #[arg(long, value_name = "S", conflicts_with = "seeds")]
    seed: Option<u64>,
    /// How many instances each world has, in place of the number its seed says
    #[arg(long, value_name = "M")]
    instances: Option<usize>,
}

/// Whether every invariant held.
pub(crate) fn run(args: &Args) -> bool {
    let bounds = Bounds { instances: args.instances, ..Bounds::default() };
    match args.seed {
        Some(seed) => tell(seed, &bounds),
        None => run_all(args.seeds, &bounds),
    }
}

fn tell(seed: u64, bounds: &Bounds) -> bool {
    let report = world::tell(seed, bounds);
    print_all(&report.history);
    println!("\ntrace hash {:016x}", report.hash);
    report.violation.as_ref().inspect(|violation| println!("{}", said(seed, violation))).is_none()
}

/// What the threads of a run share.
struct Shared {
    next: AtomicU64,
    done: AtomicU64,
    over: AtomicBool,
    found: Mutex<Option<u64>>,
}

fn run_all(seeds: u64, bounds: &Bounds) -> bool {
    let begun = Instant::now();
    let shared = Shared { next: 0.into(), done: 0.into(), over: false.into(), found: Mutex::new(None) };
    // A panic in a world is a violation of its own, and told as one.
    std::panic::set_hook(Box::new(|_| {}));
    let totals = thread::scope(|scope| {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(|| work(seeds, bounds, &shared))).collect();
        let progress = scope.spawn(|| show_progress(seeds, begun, &shared));
        let mut totals = Totals::default();
        for part in workers.into_iter().filter_map(|worker| worker.join().ok()) {
            totals.merge(&part);
        }
        shared.over.store(true, Ordering::Relaxed);
        progress.thread().unpark();
        totals
    });
    let found = shared.found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(seed) = found {
        let (shorter, report) = world::shortest(seed, bounds);
        print_all(&report.history);
        if let Some(violation) = &report.violation {
            println!("\n{}", said(seed, violation));
        }
        println!("The shortest history found has {shorter:?}; `cargo xtask sim --seed {seed}` tells the whole one.");
    }
    print!("\n{}", table(&totals, begun.elapsed()));
    found.is_none()
}

fn work(seeds: u64, bounds: &Bounds, shared: &Shared) -> Totals {
    /// So many at a time, that the threads seldom meet.
    const BATCH: u64 = 16;
    let mut totals = Totals::default();
    loop {
        let first = shared.next.fetch_add(BATCH, Ordering::Relaxed);
        if first >= seeds || shared.over.load(Ordering::Relaxed) {
            return totals;
        }
        for seed in first..seeds.min(first + BATCH) {
            let report = world::run_checked(seed, bounds);
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

fn show_progress(seeds: u64, begun: Instant, shared: &Shared) {
    let bare = !stderr().is_terminal();
    while !shared.over.load(Ordering::Relaxed) {
        thread::park_timeout(Duration::from_millis(if bare { 10_000 } else { 200 }));
        let done = shared.done.load(Ordering::Relaxed).min(seeds);
        let (filled, rate) = (done * 40 / seeds.max(1), done / begun.elapsed().as_secs().max(1));
        let bar: String = (0..40).map(|at| if at < filled { '#' } else { '.' }).collect();
        let (start, end) = if bare { ("", "\n") } else { ("\r", "") };
        eprint!("{start}[{bar}] {done} of {seeds} worlds, {rate} a second {end}");
        let _ = stderr().flush();
    }
    if !bare {
        eprintln!();
    }
}

fn print_all(history: &[String]) {
    for line in history {
        println!("{line}");
    }
}

fn said(seed: u64, Violation { invariant, what }: &Violation) -> String {
    format!("Seed {seed} breaks invariant {invariant}: {what}.")
}

fn table(totals: &Totals, time: Duration) -> String {
    let mut text = String::new();
    let rows = [
        ("seeds", totals.seeds),
        ("effects", totals.effects),
        ("flights", totals.flights),
        ("callers answered", totals.callers),
        ("grants given", totals.grants),
        ("leases lost", totals.leases_lost),
    ];
    for (name, count) in rows {
        let _ = writeln!(text, "{name:<22}{count:>14}");
    }
    let _ = writeln!(text, "\nfaults");
    for (fault, count) in Fault::ALL.iter().zip(totals.faults) {
        let _ = writeln!(text, "  {:<20}{count:>14}", fault.name());
    }
    let _ = writeln!(text, "\nchecks of each invariant");
    for (invariant, count) in totals.checks.iter().enumerate().filter(|(_, count)| **count > 0) {
        let _ = writeln!(text, "  {invariant:<20}{count:>14}");
    }
    let _ = writeln!(text, "\ntime {:.1} s, combined trace hash {:016x}", time.as_secs_f64(), totals.hash);
    text
}
