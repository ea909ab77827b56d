//! `cargo xtask diagrams`: the state graphs in docs/diagrams and in rustdoc, drawn from runs of the machines.

use std::fs;
use std::path::Path;

use hallpass_testkit::picture::{self, Graph};
use hallpass_testkit::world::{self, Bounds, Coverage};

use crate::child::{self, Trouble};
use crate::worlds;

/// So many worlds the picture of the lifecycle is drawn from, and the test command plays.
pub(crate) const SEEDS: u64 = 100_000;

/// `cargo xtask diagrams` takes no options.
#[derive(clap::Args)]
pub(crate) struct Args {}

/// Draws them all anew.
pub(crate) fn run(_: &Args, root: &Path) -> Result<bool, Trouble> {
    if cfg!(debug_assertions) {
        return child::optimised(&[], root);
    }
    let found = worlds::play("", SEEDS, |seed| world::run_checked(seed, &Bounds::default()));
    for Page { path, text } in dialects().into_iter().chain(lifecycle(&found.totals.coverage)) {
        let path = root.join(path);
        child::write(&path, &text)?;
        println!("{}", path.display());
    }
    Ok(found.seed.is_none())
}

/// Whether the committed picture of the lifecycle is the one that these worlds draw.
pub(crate) fn lifecycle_is_current(root: &Path, coverage: &Coverage) -> bool {
    let old: Vec<_> = lifecycle(coverage).into_iter().filter(|page| !page.is_current(root)).collect();
    for Page { path, .. } in &old {
        println!("{path} is not what these worlds draw: run `cargo xtask diagrams`, and look at what has changed.");
    }
    old.is_empty()
}

/// A committed file, as it should be.
struct Page {
    path: String,
    text: String,
}

impl Page {
    fn is_current(&self, root: &Path) -> bool {
        fs::read_to_string(root.join(&self.path)).is_ok_and(|committed| committed == self.text)
    }
}

fn lifecycle(coverage: &Coverage) -> Vec<Page> {
    let text = "Each box is an effect that the machine asks for, each arrow what its answer leads to.\nDrawn from the \
                flights of 100,000 simulated worlds under faults: an arrow that is not here was never taken.";
    pages("lifecycle", "A flight of the lifecycle", text, "lifecycle", &picture::lifecycle(coverage))
}

fn dialects() -> Vec<Page> {
    let text = "Each box is what a store keeps, each arrow an exchange and its answer.\nDrawn by answering every request \
                of every state in every way.\nWhat is marked was found so after a crash, or is about to be sent.";
    let drawn = picture::dialects().into_iter();
    drawn
        .flat_map(|(name, graph)| {
            let module = format!("dialect/{}", name.replace('-', "_"));
            pages(name, &format!("The dialect {name}"), text, &module, &graph)
        })
        .collect()
}

/// A picture for docs/, and the same as a table for rustdoc, which draws nothing.
fn pages(name: &str, title: &str, text: &str, module: &str, graph: &Graph) -> Vec<Page> {
    let picture = graph.mermaid();
    vec![
        Page {
            path: format!("docs/diagrams/{name}.md"),
            text: format!("# {title}\n\n{text}\n`cargo xtask diagrams` draws it anew.\n\n```mermaid\n{picture}```\n"),
        },
        Page { path: format!("crates/core/src/{module}/graph.md"), text: graph.table() },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The picture of the lifecycle takes more worlds: `cargo xtask sim` compares it.
    #[test]
    fn the_pictures_of_the_dialects_are_current() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace");
        for page in dialects() {
            let Page { path, .. } = &page;
            assert!(page.is_current(root), "run `cargo xtask diagrams`, and look at what has changed in {path}");
        }
    }
}
