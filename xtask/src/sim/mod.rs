//! `cargo xtask sim`: many simulated worlds, on all cores.

mod long;

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use hallpass_testkit::world::{self, Bounds, Coverage, Fault, Totals, Violation};

use crate::child::{self, Trouble};
use crate::diagrams;
use crate::figures::grouped;
use crate::proof::results::{Found, keep, stamp};

/// Where the histories lie that have broken an invariant once.
const REGRESSIONS: &str = "crates/testkit/regressions";

/// The options of `cargo xtask sim`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many worlds
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    seeds: u64,
    /// Tell the history of this one world
    #[arg(long, value_name = "S", conflicts_with = "seeds")]
    seed: Option<u64>,
    /// Write the history of this one world to a file, which `hallpass trace --replay` does again
    #[arg(long, value_name = "FILE", requires = "seed")]
    trace: Option<std::path::PathBuf>,
    /// How many instances each world has, in place of the number its seed says
    #[arg(long, value_name = "M", conflicts_with = "record", value_parser = clap::value_parser!(u8).range(1..=16))]
    instances: Option<u8>,
    /// Say which turns of the machine, and which faults in which of its states, the seeds have reached
    #[arg(long)]
    coverage: bool,
    /// Keep the figures for the page that `cargo xtask proof` makes
    #[arg(long)]
    record: bool,
}

/// Whether every invariant held.
pub(crate) fn run(args: &Args, root: &Path) -> Result<bool, Trouble> {
    let bounds = Bounds { instances: args.instances.map(usize::from), ..Bounds::default() };
    match (args.seed, &args.trace) {
        (Some(seed), Some(file)) => child::write(file, &world::trace(seed, &bounds)).map(|()| true),
        (Some(seed), None) => Ok(tell(seed, &bounds)),
        (None, _) if cfg!(debug_assertions) => child::optimised(&[], root),
        (None, _) => run_all(args, &bounds, root),
    }
}

fn tell(seed: u64, bounds: &Bounds) -> bool {
    let report = world::tell(seed, bounds);
    print_all(&report.history);
    println!("\ntrace hash {:016x}", report.hash);
    report.violation.as_ref().inspect(|violation| println!("{}", said(seed, violation))).is_none()
}

fn run_all(args: &Args, bounds: &Bounds, root: &Path) -> Result<bool, Trouble> {
    let stamp = args.record.then(|| stamp(root)).transpose()?;
    let found = long::play(args.seeds, bounds, root)?;
    if let Some(seed) = found.seed {
        regression(seed, bounds, root)?;
    }
    let reached = !args.coverage || print_coverage(&found.totals.coverage);
    let table = table(&found.totals, found.time);
    print!("\n{table}");
    let pictured = found.seed.is_some() || args.seeds != diagrams::SEEDS || *bounds != Bounds::default();
    let pictured = pictured || diagrams::lifecycle_is_current(root, &found.totals.coverage);
    if let Some(stamp) = stamp.filter(|_| found.seed.is_none()) {
        let (seeds, faults) = (grouped(found.totals.seeds), grouped(found.totals.faults.iter().sum()));
        let figure = format!("{seeds} worlds with {faults} faults: no invariant broken");
        let command = format!("sim --seeds {}", args.seeds);
        keep(root, Found { claim: "simulation", command: &command, figure: &figure, table: Some(&table), stamp })?;
    }
    Ok(found.seed.is_none() && reached && pictured)
}

/// Makes the history as short as it gets, tells it, and keeps it for the tests to play again.
fn regression(seed: u64, bounds: &Bounds, root: &Path) -> Result<(), Trouble> {
    let (shorter, report) = world::shortest(seed, bounds);
    print_all(&report.history);
    let Some(violation) = &report.violation else { return Ok(()) };
    println!("\n{}", said(seed, violation));
    println!("`cargo xtask sim --seed {seed}` tells the whole history; this is the shortest that was found.");
    let path = root.join(REGRESSIONS).join(format!("invariant-{}-seed-{seed}.jsonl", violation.invariant));
    child::write(&path, &world::trace(seed, &shorter))?;
    println!("It is kept as {}: commit it, and the tests play it again.", path.display());
    Ok(())
}

/// True if everything that can be reached was.
fn print_coverage(coverage: &Coverage) -> bool {
    println!("\nturns of the machine");
    for (turn, count) in coverage.turns() {
        println!("  {turn:<50}{count:>14}");
    }
    println!("\nfaults in its states");
    for (pair, count) in coverage.faults() {
        println!("  {pair:<50}{count:>14}");
    }
    let mut unreached = coverage.answers_unseen();
    unreached.extend(coverage.faults().into_iter().filter(|(_, count)| *count == 0).map(|(pair, _)| pair));
    let (answers, faults) = (coverage.answers(), coverage.faults().len());
    println!("\nnot reached, of {answers} answers and {faults} pairs of state and fault: {}", unreached.len());
    print_all(&unreached);
    unreached.is_empty()
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
    for (invariant, count) in totals.checks.iter().enumerate().skip(1) {
        let _ = writeln!(text, "  {invariant:<20}{count:>14}");
    }
    let _ = writeln!(text, "\ntime {:.1} s, combined trace hash {:016x}", time.as_secs_f64(), totals.hash);
    text
}
