//! `cargo xtask bench`: what hallpass costs, beside the budget.
//!
//! Instructions and allocations are the same in every run. Times are not: only ratios within one run count.

mod command;
mod footprint;
pub(crate) mod gate;
mod growth;
mod library;
mod peers;
mod processes;
mod programs;
mod report;
mod table;

use std::fmt::Write;
use std::path::Path;
use std::time::Instant;

use clap::ValueEnum;

use self::programs::Programs;
use self::report::{Page, Section};
use crate::child::Trouble;
use crate::figures::Stamp;

/// Enough for medians that stay.
const ROUNDS: u32 = 100;

/// The options of `cargo xtask bench`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// What to measure
    #[arg(value_enum, default_value_t)]
    what: What,
    /// How many rounds the timed rows take
    #[arg(long, value_name = "N", default_value_t = ROUNDS, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
}

/// What is measured.
#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum What {
    /// All but the footprint, written to docs/performance.md
    #[default]
    All,
    /// Exchanges in the core
    Core,
    /// The hot path, the drivers' fetches and a herd across processes
    Drivers,
    /// The same work by other libraries
    Peers,
    /// Many keys, waiters, records and instances
    Growth,
    /// The command with a token from its file store, beside curl fetching one
    Command,
    /// Crates, build times and sizes of minimal programs, written to docs/footprint.md; it builds much
    Footprint,
    /// Allocations and instructions, against those committed; the tests run it too
    Gate,
    /// Allocations and instructions, to be committed
    Baseline,
}

/// The timed programs of `crates/bench` that no peer is built into.
const OURS: [&str; 8] = ["--bin", "fetch", "--bin", "fleet", "--bin", "hot", "--bin", "many"];

/// Builds the programs of `crates/bench`, runs them, and prints what they measured. A missed budget is no failure.
pub(crate) fn run(args: &Args, root: &Path) -> Result<bool, Trouble> {
    let sections = match args.what {
        What::Gate => return gate::run(root),
        What::Baseline => return gate::write(root),
        What::Footprint => Some(footprint::page(root)?),
        What::Command => command::section(args.rounds, root)?.map(|section| vec![section]),
        What::All => all(args.rounds, root)?,
        What::Core => core(root)?,
        What::Drivers => drivers(args.rounds, root)?,
        What::Growth => built(root, growth::sections)?,
        What::Peers => Some(peers::sections(root, args.rounds)?),
    };
    let Some(sections) = sections else { return Ok(false) };
    match sections.iter().map(Section::print).sum() {
        0 => println!("\nEvery figure is within its budget."),
        missed => println!("\n{missed} figures miss their budget; each is marked with `!`."),
    }
    Ok(true)
}

type Part = (&'static str, fn(u32, &Path) -> Result<Option<Vec<Section>>, Trouble>);

/// In this order, each written when it is done: what fails late loses nothing.
const PARTS: [Part; 5] = [
    ("core", |_, root| core(root)),
    ("drivers", drivers),
    ("peers", |rounds, root| peers::sections(root, rounds).map(Some)),
    ("growth", |_, root| built(root, growth::sections)),
    ("command", |rounds, root| Ok(command::section(rounds, root)?.map(|section| vec![section]))),
];

fn all(rounds: u32, root: &Path) -> Result<Option<Vec<Section>>, Trouble> {
    let (begun, stamp) = (Instant::now(), report::stamp(root)?);
    let mut sections = Vec::new();
    for (at, (_, measure)) in PARTS.iter().enumerate() {
        let Some(more) = measure(rounds, root)? else { return Ok(None) };
        sections.extend(more);
        let missing: Vec<_> = PARTS[at + 1..].iter().map(|(name, _)| *name).collect();
        let took = begun.elapsed().as_secs_f64();
        page(root, &remarks(rounds, &missing), took, stamp.clone()).write(root, &sections)?;
    }
    println!("docs/performance.md is written.");
    Ok(Some(sections))
}

/// The page of all but the footprint.
fn page(root: &Path, remarks: &str, took: f64, stamp: Stamp) -> Page {
    let about = format!(
        "# Performance\n\n\
         `cargo xtask bench` measured this and wrote it, in {:.0} minutes. Instructions and allocations are the same in \
         every run, and so are hallpass's requests; times, and what others request, are not: only ratios within one run \
         count, and each is a median of interleaved rounds. A figure that misses its budget is marked with `!`. What \
         programs weigh has [a page of its own](footprint.md).\n\n{remarks}",
        took / 60.0
    );
    Page {
        file: "performance.md",
        about: about.trim_end().to_owned(),
        stamp,
        programs: &["valgrind", "curl"],
        beside: peers::versions(root),
    }
}

/// What a reader must know of a run that is not whole.
fn remarks(rounds: u32, missing: &[&str]) -> String {
    let mut remarks = String::new();
    if rounds < ROUNDS {
        let _ = write!(remarks, "**A reduced run**: {rounds} rounds, not {ROUNDS}. Take its times as a sketch.\n\n");
    }
    if !missing.is_empty() {
        let _ = write!(remarks, "**Not whole**: it ended before these parts: {}.\n\n", missing.join(", "));
    }
    remarks
}

fn core(root: &Path) -> Result<Option<Vec<Section>>, Trouble> {
    gate::programs(root)?.map(|bench| Ok(vec![library::core(&bench)?])).transpose()
}

fn drivers(rounds: u32, root: &Path) -> Result<Option<Vec<Section>>, Trouble> {
    programs::needs(root, "redis-server")?;
    built(root, |bench| {
        let mut sections = library::timed(bench, rounds)?;
        sections.push(processes::section(bench)?);
        Ok(sections)
    })
}

/// `None` if cargo, which has said why, could not build.
fn built(
    root: &Path,
    measure: impl FnOnce(&Programs<'_>) -> Result<Vec<Section>, Trouble>,
) -> Result<Option<Vec<Section>>, Trouble> {
    Programs::build(root, &OURS)?.map(|bench| measure(&bench)).transpose()
}
