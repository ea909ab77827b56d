//! `cargo xtask soak`: real processes on one store, killed and stopped for as long as it takes.

use std::path::Path;

use crate::child::{self, Trouble};

/// The options of `cargo xtask soak`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many of the processes to kill
    #[arg(long, value_name = "N", default_value_t = 1000)]
    kills: u64,
}

/// Whether everything held that the processes must see to. The test command does the same with few kills.
pub(crate) fn run(args: &Args, root: &Path) -> Result<bool, Trouble> {
    let kills = args.kills.to_string();
    let fleet =
        ["run", "--quiet", "--locked", "--release", "--package", "hallpass-conformance", "--bin", "fleet", "--"];
    child::passes(child::command("cargo", root).args(fleet).args(["soak", "--kills", &kills]))
}
