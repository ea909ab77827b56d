//! `cargo xtask bench`: what hallpass costs, beside the budget.
//!
//! Instructions and allocations are the same in every run. Times are not: only ratios within one run count.

mod command;
mod table;

use std::path::{Path, PathBuf};
use std::{env, io};

use clap::ValueEnum;

use self::table::Table;
use crate::child::{self, Trouble};

/// The options of `cargo xtask bench`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// What to measure
    #[arg(value_enum, default_value_t)]
    what: What,
    /// How many rounds the timed rows take
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
}

/// What is measured.
#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum What {
    /// The core, the hot path and the drivers
    #[default]
    Library,
    /// The command with a token from its file store, beside curl fetching one
    Command,
}

/// A warm fetch over the bare HTTP library doing the same.
const RATIO: f64 = 1.1;

/// A fresh token into a reused map over a clone of a shared value into it: one thread, and several. Where the system has
/// coarse clocks, they are used.
const HOT: f64 = if cfg!(target_os = "linux") { 1.7 } else { 2.8 };
const HOT_SHARED: f64 = if cfg!(target_os = "linux") { 0.8 } else { 1.4 };

/// Building the request and parsing the reply.
const INSTRUCTIONS: f64 = 16_000.0;
const ALLOCATIONS: f64 = 15.0;

/// Runs of an exchange under callgrind: as many, and twice as many, so that what starting costs falls out.
const RUNS: u32 = 100;

/// Builds the programs of `crates/bench`, runs them, and prints what they measured. A missed budget is no failure.
pub(crate) fn run(args: &Args, root: &Path) -> Result<bool, Trouble> {
    let missed = match args.what {
        What::Library => library(args.rounds, root)?,
        What::Command => command::run(args.rounds, root)?,
    };
    match missed {
        None => return Ok(false),
        Some(0) => println!("\nEvery figure is within its budget."),
        Some(missed) => println!("\n{missed} figures miss their budget; each is marked with `!`."),
    }
    Ok(true)
}

/// How many figures miss their budget; `None` if cargo, which has said why, could not build.
fn library(rounds: u32, root: &Path) -> Result<Option<usize>, Trouble> {
    let Some(bench) = Bench::build(root)? else { return Ok(None) };
    eprintln!("counting allocations and instructions, then timing {rounds} rounds");
    let counted = bench.output("allocations", &[])?;
    let mut missed = bench.core(&counted)?;
    missed += bench.hot(rounds)?;
    missed += bench.fetch(&counted, rounds)?;
    Ok(Some(missed))
}

/// The built programs.
struct Bench<'a> {
    root: &'a Path,
    programs: PathBuf,
}

impl<'a> Bench<'a> {
    /// `None` if cargo, which has said why, could not.
    fn build(root: &'a Path) -> Result<Option<Self>, Trouble> {
        // Asked first, since building takes long.
        needs(root, "valgrind")?;
        let target = root.join(env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "crates/bench/target".into()));
        let mut cargo = child::command("cargo", root);
        cargo.args(["build", "--release", "--locked", "--manifest-path", "crates/bench/Cargo.toml", "--target-dir"]);
        if !child::passes(cargo.arg(&target))? {
            return Ok(None);
        }
        let programs = target.join("release");
        Ok(Some(Self { root, programs }))
    }

    fn output(&self, program: &str, args: &[&str]) -> Result<String, Trouble> {
        let program = self.programs.join(program);
        child::output(child::command(&program.to_string_lossy(), self.root).args(args))
    }

    /// The table of the core; how many of its figures miss their budget.
    fn core(&self, counted: &str) -> Result<usize, Trouble> {
        let mut table = Table::new(&[
            "core: build the request, read the reply",
            "instructions",
            "budget",
            "allocations",
            "budget",
            "whole login: instructions",
            "allocations",
        ]);
        for fields in rows(counted, "core") {
            let [case, allocations, in_login] = fields[..] else { return Err(odd("allocations", counted)) };
            let exchange = self.instructions(case, "exchange")? - self.instructions(case, "exchange-inputs")?;
            let login = self.instructions(case, "login")? - self.instructions(case, "login-inputs")?;
            table.name(case);
            table.figure(exchange, 0, Some(INSTRUCTIONS));
            table.figure(number("allocations", allocations)?, 0, Some(ALLOCATIONS));
            table.figure(login, 0, None);
            table.figure(number("allocations", in_login)?, 0, None);
        }
        Ok(table.print())
    }

    /// The instructions of one run of a case.
    fn instructions(&self, case: &str, run: &str) -> Result<f64, Trouble> {
        let once = self.callgrind(case, run, RUNS)?;
        let twice = self.callgrind(case, run, 2 * RUNS)?;
        Ok((twice - once) / f64::from(RUNS))
    }

    /// The instructions of the whole program. What callgrind writes stays beside the programs, for `callgrind_annotate`.
    fn callgrind(&self, case: &str, run: &str, times: u32) -> Result<f64, Trouble> {
        let file = format!("callgrind.{}.{run}.out", case.replace([',', ' '], "-"));
        let file = self.programs.join(file);
        instructions(self.root, &file, &self.programs.join("exchange"), &[case, run, &times.to_string()])
    }

    /// The table of the hot path; how many of its figures miss their budget.
    fn hot(&self, rounds: u32) -> Result<usize, Trouble> {
        let heads = [
            "fresh token into a header map: threads",
            "token bytes",
            "ns",
            "floor",
            "ratio",
            "budget",
            "allocations",
            "budget",
        ];
        let mut table = Table::new(&heads);
        let measured = self.output("hot", &[&rounds.to_string()])?;
        for line in measured.lines() {
            let [threads, length, ours, floor, ratio, allocations] = line.split('\t').collect::<Vec<_>>()[..] else {
                return Err(odd("hot", &measured));
            };
            table.name(threads);
            table.text(length);
            table.figure(number("hot", ours)?, 1, None);
            table.figure(number("hot", floor)?, 1, None);
            table.figure(number("hot", ratio)?, 2, Some(if threads == "1" { HOT } else { HOT_SHARED }));
            table.figure(number("hot", allocations)?, 0, Some(0.0));
        }
        Ok(table.print())
    }

    /// The table of warm fetches; how many of its figures miss their budget.
    fn fetch(&self, counted: &str, rounds: u32) -> Result<usize, Trouble> {
        let mut table = Table::new(&[
            "token over a warm connection",
            "us",
            "bare library",
            "us",
            "ratio",
            "budget",
            "quartiles",
            "allocations",
            "bare",
        ]);
        let allocations = |side: &str| {
            let found = rows(counted, "fetch").find(|fields| fields[0] == side);
            number("allocations", found.and_then(|fields| fields.get(1).copied()).unwrap_or_default())
        };
        let measured = self.output("fetch", &[&rounds.to_string()])?;
        for line in measured.lines() {
            let [ours, bare, our_time, bare_time, ratio, first, third] = line.split('\t').collect::<Vec<_>>()[..]
            else {
                return Err(odd("fetch", &measured));
            };
            table.name(ours);
            table.figure(number("fetch", our_time)?, 1, None);
            table.text(bare);
            table.figure(number("fetch", bare_time)?, 1, None);
            table.figure(number("fetch", ratio)?, 2, Some(RATIO));
            table.text(&format!("{:.2}-{:.2}", number("fetch", first)?, number("fetch", third)?));
            table.figure(allocations(ours)?, 0, None);
            table.figure(allocations(bare)?, 0, None);
        }
        Ok(table.print())
    }
}

/// Fails with the install line if the program is not there.
fn needs(root: &Path, program: &str) -> Result<(), Trouble> {
    let asked = child::output(child::command(program, root).arg("--version"));
    asked.map(drop).map_err(|trouble| match trouble {
        Trouble::Start { line, source } if source.kind() == io::ErrorKind::NotFound => {
            let advice = format!("it is missing: `sudo apt-get install {program}`, or your system's like");
            Trouble::Start { line, source: io::Error::other(advice) }
        }
        other => other,
    })
}

/// The instructions of a whole program under callgrind, which writes what it saw to `file`.
fn instructions(root: &Path, file: &Path, program: &Path, args: &[&str]) -> Result<f64, Trouble> {
    let mut valgrind = child::command("valgrind", root);
    valgrind.args(["--quiet", "--tool=callgrind"]).arg(format!("--callgrind-out-file={}", file.display()));
    child::output(valgrind.arg(program).args(args))?;
    let written = std::fs::read_to_string(file).map_err(|source| Trouble::Read { path: file.into(), source })?;
    let total = written.lines().find_map(|line| line.strip_prefix("summary: "));
    number("callgrind", total.unwrap_or_default())
}

/// The fields after `kind` of each line that begins with it.
fn rows<'a>(printed: &'a str, kind: &str) -> impl Iterator<Item = Vec<&'a str>> {
    let lines = printed.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    lines.filter(move |fields| fields[0] == kind).map(|fields| fields[1..].to_vec())
}

fn number(program: &str, text: &str) -> Result<f64, Trouble> {
    text.parse().map_err(|_| odd(program, text))
}

fn odd(program: &str, what: &str) -> Trouble {
    Trouble::Answer { line: program.into(), what: format!("{what:?}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_told_apart_by_their_first_field() {
        let printed = "core\ta, b\t1\nfetch\tc\t2\n";
        assert_eq!(rows(printed, "core").collect::<Vec<_>>(), [["a, b", "1"]]);
        assert_eq!(rows(printed, "none").count(), 0);
        assert!(number("x", "12").is_ok() && number("x", "").is_err());
    }
}
