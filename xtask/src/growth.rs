//! `cargo xtask growth`: whether memory grows with flights, or work faster than a reply.

use std::path::Path;

use crate::child::{self, Trouble};
use crate::figures::{self, Stamp};

/// The options of `cargo xtask growth`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many flights
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    flights: u32,
    /// Write what came of it into docs/fuzzing.md
    #[arg(long)]
    record: bool,
}

/// The test that `cargo xtask test` runs with fewer flights, optimised.
pub(crate) fn run(args: &Args, root: &Path) -> Result<bool, Trouble> {
    let stamp = Stamp::of(&["crates", "Cargo.lock"], root)?;
    let mut test = child::command("cargo", root);
    test.args("test --locked --profile quick --package hallpass-fuzzing --test growth -- --nocapture".split(' '));
    test.env("HALLPASS_FLIGHTS", args.flights.to_string());
    let said = match child::output(&mut test) {
        Ok(said) => said,
        Err(Trouble::Failed { stderr, .. }) => {
            eprintln!("{stderr}");
            return Ok(false);
        }
        Err(trouble) => return Err(trouble),
    };
    let told = said.lines().find_map(|line| line.split_once("figures: ")).map(|(_, told)| told.to_owned());
    let told = told.ok_or_else(|| Trouble::Answer { line: "growth".into(), what: "no figures".into() })?;
    println!("flights | live bytes after a tenth | live bytes after all\n{told}");
    if args.record {
        let cells: Vec<_> = told.split(" | ").map(str::to_owned).collect();
        let cells = [cells, vec![stamp.date, format!("`{}`", stamp.commit)]].concat();
        figures::put(&root.join("docs/fuzzing.md"), "growth", &cells)?;
    }
    Ok(true)
}
