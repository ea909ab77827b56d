//! `cargo xtask conformance`: every vector on the bare core and on both drivers, and what shows each rule of the wire.

use std::path::Path;

use crate::child::{self, Trouble};

/// `cargo xtask conformance` takes no options.
#[derive(clap::Args)]
pub(crate) struct Args {}

/// Prints the table and what differs. The drivers' other tests on sockets are run by `cargo xtask test`.
pub(crate) fn run(_: &Args, root: &Path) -> Result<bool, Trouble> {
    child::passes(child::command("cargo", root).args([
        "run",
        "--quiet",
        "--locked",
        "--package",
        "hallpass-conformance",
    ]))
}
