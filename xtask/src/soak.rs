//! `cargo xtask soak`: real processes on one store, killed and stopped for as long as it takes.

use std::path::Path;

use crate::child::{self, Trouble};
use crate::needs;

/// The options of `cargo xtask soak`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many of the processes to kill
    #[arg(long, value_name = "N", default_value_t = 1000)]
    kills: u64,
    /// How often to stop one of those on a Redis for longer than its lease
    #[arg(long, value_name = "N", default_value_t = 200)]
    pauses: u64,
    /// The processes on a Redis only
    #[arg(long)]
    redis: bool,
}

/// Whether everything held that the processes must see to. The test command does the same with few kills and pauses.
pub(crate) fn run(args: &Args, root: &Path) -> Result<bool, Trouble> {
    let files = args.redis || fleet(root, &["soak", "--kills", &args.kills.to_string()])?;
    Ok(files && needs::run(root)? && fleet(root, &["redis", "--pauses", &args.pauses.to_string()])?)
}

fn fleet(root: &Path, arguments: &[&str]) -> Result<bool, Trouble> {
    let fleet = [
        "run",
        "--quiet",
        "--locked",
        "--profile",
        "quick",
        "--package",
        "hallpass-conformance",
        "--bin",
        "fleet",
        "--",
    ];
    child::passes(child::command("cargo", root).args(fleet).args(arguments))
}
