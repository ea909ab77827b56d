//! `cargo xtask tidy`: the rules of this repository that no compiler checks.
//!
//! A rule is a function from the [`Tree`] to its findings, and one line of [`CHECKS`].

mod anchors;
mod crates;
mod drivers;
mod layout;
mod maps;
mod packages;
mod panics;
mod purity;
mod rust;
mod size;
mod supply;
mod text;
mod tree;
mod words;

use std::fmt;
use std::path::Path;

use crate::child::Trouble;
use tree::Tree;

/// `cargo xtask tidy` takes no options.
#[derive(clap::Args)]
pub(crate) struct Args {}

type Check = fn(&Tree) -> Vec<Finding>;

const CHECKS: &[Check] = &[
    size::rust_files,
    purity::forbidden_names,
    crates::core_dependencies,
    crates::direction,
    crates::blocking_tree,
    crates::reasons,
    drivers::same_api,
    supply::licenses,
    supply::bans,
    supply::duplicates,
    supply::sources,
    panics::panics,
    panics::ignored_tests,
    layout::file_docs,
    layout::lints,
    maps::maps,
    layout::required_files,
    text::machine_paths,
    text::links,
    anchors::error_sections,
    packages::links,
    packages::packages,
    packages::readmes,
    words::word_list,
];

/// Prints every finding; whether there is none.
pub(crate) fn run(_: &Args, root: &Path) -> Result<bool, Trouble> {
    let tree = Tree::load(root)?;
    let findings: Vec<Finding> = CHECKS.iter().flat_map(|check| check(&tree)).collect();
    for finding in &findings {
        println!("{finding}");
    }
    println!("tidy: {} checks of {} files: {} errors", CHECKS.len(), tree.files.len(), findings.len());
    Ok(findings.is_empty())
}

/// The READMEs of crates that are missing or out of date, by path, and what they should be.
pub(crate) fn stale_readmes(root: &Path) -> Result<Vec<(String, String)>, Trouble> {
    Ok(packages::stale(&Tree::load(root)?))
}

/// What a check has to say, and where.
#[derive(Debug, PartialEq)]
struct Finding {
    path: String,
    line: usize,
    what: String,
}

impl Finding {
    fn new(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self { path: path.into(), line, what: what.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

/// `path:line` of each finding, which is what most tests compare.
#[cfg(test)]
fn places(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(|finding| format!("{}:{}", finding.path, finding.line)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_reads_like_a_compilers() {
        assert_eq!(Finding::new("a/b.rs", 7, "no").to_string(), "a/b.rs:7: no");
    }
}
