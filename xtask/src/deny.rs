//! `cargo xtask deny`: licences, bans, duplicates and sources of all dependencies, and what is known against them.

use std::path::Path;

use crate::child::{self, Trouble};

/// The options of `cargo xtask deny`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Leave out the advisories, whose database is fetched from the network
    #[arg(long)]
    offline: bool,
}

/// No part of the tests: cargo-deny takes minutes to install, and its database a network. `cargo xtask tidy` holds all but
/// the advisories without it.
pub(crate) fn run(args: &Args, root: &Path) -> Result<bool, Trouble> {
    if child::output(child::command("cargo", root).args(["deny", "--version"])).is_err() {
        eprintln!("`cargo deny` is missing: `cargo install cargo-deny --locked`");
        return Ok(false);
    }
    let mut deny = child::command("cargo", root);
    deny.args(["deny", "--locked", "--all-features", "check", "licenses", "bans", "sources"]);
    if !args.offline {
        deny.arg("advisories");
    }
    child::passes(&mut deny)
}
