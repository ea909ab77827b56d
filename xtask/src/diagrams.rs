//! `cargo xtask diagrams`: the state graphs in docs/diagrams, drawn from runs of the machines.

use std::fs;
use std::path::{Path, PathBuf};

use hallpass_testkit::picture::{self, Graph};
use hallpass_testkit::world::{self, Bounds, Coverage};

use crate::child::Trouble;
use crate::worlds;

/// So many worlds the picture of the lifecycle is drawn from, and the test command plays.
pub(crate) const SEEDS: u64 = 100_000;

/// The options of `cargo xtask diagrams`: none yet.
#[derive(clap::Args)]
pub(crate) struct Args {}

/// Draws them all anew.
pub(crate) fn run(_: &Args, root: &Path) -> Result<bool, Trouble> {
    let found = worlds::play("", SEEDS, |seed| world::run_checked(seed, &Bounds::default()));
    let mut pages: Vec<_> = dialects().into_iter().collect();
    pages.push(lifecycle(&found.totals.coverage));
    for (name, text) in pages {
        let path = file(root, name);
        fs::write(&path, text).map_err(|source| Trouble::Write { path: path.clone(), source })?;
        println!("{}", path.display());
    }
    Ok(found.seed.is_none())
}

/// Whether the committed picture of the lifecycle is the one that these worlds draw.
pub(crate) fn lifecycle_is_current(root: &Path, coverage: &Coverage) -> bool {
    let (name, text) = lifecycle(coverage);
    let current = fs::read_to_string(file(root, name)).is_ok_and(|committed| committed == text);
    if !current {
        println!("{name}.md is not what these worlds draw: run `cargo xtask diagrams`, and look at what has changed.");
    }
    current
}

fn lifecycle(coverage: &Coverage) -> (&'static str, String) {
    let text = "Each box is an effect that the machine asks for, each arrow what its answer leads to.\nDrawn from the \
                flights of 100,000 simulated worlds under faults: an arrow that is not here was never taken.";
    ("lifecycle", page("A flight of the lifecycle", text, &picture::lifecycle(coverage)))
}

fn dialects() -> Vec<(&'static str, String)> {
    let text = "Each box is what a store keeps, each arrow an exchange and its answer.\nDrawn by answering every request \
                of every state in every way.\nWhat is marked was found so after a crash, or is about to be sent.";
    picture::dialects()
        .into_iter()
        .map(|(name, graph)| (name, page(&format!("The dialect {name}"), text, &graph)))
        .collect()
}

fn page(title: &str, text: &str, graph: &Graph) -> String {
    format!("# {title}\n\n{text}\n`cargo xtask diagrams` draws it anew.\n\n```mermaid\n{}```\n", graph.mermaid())
}

fn file(root: &Path, name: &str) -> PathBuf {
    root.join("docs/diagrams").join(format!("{name}.md"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The picture of the lifecycle takes more worlds: `cargo xtask sim` compares it.
    #[test]
    fn the_pictures_of_the_dialects_are_current() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace");
        for (name, text) in dialects() {
            let committed = fs::read_to_string(file(root, name)).unwrap_or_default();
            assert_eq!(committed, text, "run `cargo xtask diagrams`, and look at what has changed in {name}.md");
        }
    }
}
