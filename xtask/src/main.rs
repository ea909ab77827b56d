//! The project's own commands: `cargo xtask COMMAND`.
//!
//! A command is one file (or folder) with `Args` and `run`, one line of [`Command`] and one arm of [`Command::run`].
//!
//! | module | what it holds |
//! |---|---|
//! | `test` | everything that must hold, as stages: most of them are the commands below |
//! | `tidy`, `deny`, `api`, `readmes`, `diagrams` | what the repository says of itself, checked or made anew |
//! | `sim`, `explore`, `plant`, `fleet` | simulated worlds |
//! | `conformance`, `soak`, `fuzz`, `mutants`, `growth` | tests that are more than `cargo test` |
//! | `bench`, `proof` | figures, and the pages that they stand on |
//! | `package` | each published crate, built from its package alone |
//! | `pages` | the commands of README.md and of the guide, run |
//! | `worlds` | many worlds on all cores |
//! | `figures`, `chart` | figures as people read them, tables of them in the docs, and charts beside those |
//! | `child` | the programs that are started, the files that are read and written, and what goes wrong with them |
//! | `needs` | the programs that the tests run, installed where they are missing |

mod api;
mod bench;
mod chart;
mod child;
mod conformance;
mod deny;
mod diagrams;
mod explore;
mod figures;
mod fleet;
mod fuzz;
mod growth;
mod mutants;
mod needs;
mod package;
mod pages;
mod plant;
mod proof;
mod readmes;
mod sim;
mod soak;
mod test;
mod tidy;
mod worlds;

use std::path::Path;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::child::Trouble;

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "The project's own commands")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The public API of each library, written down or compared with what is
    Api(api::Args),
    /// What hallpass costs, beside the budget
    Bench(bench::Args),
    /// Every vector on the core and on both drivers, in one table
    Conformance(conformance::Args),
    /// Licences, bans, sources and advisories of all dependencies; needs cargo-deny
    Deny(deny::Args),
    /// The state graphs in docs/diagrams, drawn from runs of the machines
    Diagrams(diagrams::Args),
    /// Small worlds, explored completely
    Explore(explore::Args),
    /// A fleet on paper: requests, peaks and waits, against two usual clients
    Fleet(fleet::Args),
    /// What a fuzzer makes up, for each target or one; needs a nightly compiler and cargo-fuzz
    Fuzz(fuzz::Args),
    /// Whether memory grows with a million flights, or work faster than the length of a reply
    Growth(growth::Args),
    /// The core and the stores changed in one place at a time, and whether a test notices; needs cargo-mutants
    Mutants(mutants::Args),
    /// Each published crate, built from its package alone; minutes, not part of the tests
    Package(package::Args),
    /// Bugs planted on purpose, and whether the simulation finds each
    Plant(plant::Args),
    /// The page of claims, each with its figure and the command that repeats it
    Proof(proof::Args),
    /// Each crate's README.md, made from its crate docs
    Readmes(readmes::Args),
    /// Many simulated worlds under faults, with every invariant checked
    Sim(sim::Args),
    /// Eighty real processes on one login while some are killed and some stopped; minutes, not part of the tests
    Soak(soak::Args),
    /// Everything that must hold before a change goes in; CI runs this
    Test(test::Args),
    /// The rules of this repository that no compiler checks
    Tidy(tidy::Args),
}

impl Command {
    /// `Ok(false)` is a command that did its work and found something wrong.
    fn run(&self, root: &Path) -> Result<bool, Trouble> {
        match self {
            Self::Api(args) => api::run(args, root),
            Self::Bench(args) => bench::run(args, root),
            Self::Conformance(args) => conformance::run(args, root),
            Self::Deny(args) => deny::run(args, root),
            Self::Diagrams(args) => diagrams::run(args, root),
            Self::Explore(args) => explore::run(args, root),
            Self::Fleet(args) => fleet::run(args, root),
            Self::Fuzz(args) => fuzz::run(args, root),
            Self::Growth(args) => growth::run(args, root),
            Self::Mutants(args) => mutants::run(args, root),
            Self::Package(args) => package::run(args, root),
            Self::Plant(args) => plant::run(args, root),
            Self::Proof(args) => proof::run(args, root),
            Self::Readmes(args) => readmes::run(args, root),
            Self::Sim(args) => sim::run(args, root),
            Self::Soak(args) => soak::run(args, root),
            Self::Test(args) => Ok(test::run(args, root)),
            Self::Tidy(args) => tidy::run(args, root),
        }
    }
}

/// Exits with 0 when all is well, 1 when a check failed, 2 when it could not be made.
fn main() -> ExitCode {
    let cli = Cli::parse();
    match child::root().and_then(|root| cli.command.run(&root)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(trouble) => {
            eprintln!("xtask: {trouble}");
            ExitCode::from(2)
        }
    }
}
