//! Other libraries on the same work.

mod exchanged;
mod kept;

use std::fs;
use std::path::Path;

use super::programs::{Programs, odd, rows};
use super::report::Section;
use crate::child::Trouble;

/// A feature of `crates/bench` for each, so that one that does not build leaves the others standing.
const PEERS: [&str; 8] =
    ["aws-identity", "azure", "google", "huskarl", "oauth2", "reqsign", "tame-oauth", "yup-oauth2"];

/// All that is measured beside hallpass.
const LIBRARIES: [&str; 10] = [
    "aws-smithy-runtime",
    "azure_identity",
    "google-cloud-auth",
    "huskarl",
    "oauth2",
    "reqsign-google",
    "reqwest",
    "tame-oauth",
    "ureq",
    "yup-oauth2",
];

/// A round of peers calls each 5,000 times.
const FEWER: u32 = 5;

/// Their tables. A peer that does not build is left out and named.
pub(super) fn sections(root: &Path, rounds: u32) -> Result<Vec<Section>, Trouble> {
    let mut left_out = Vec::new();
    let mut built = build(root, &PEERS)?;
    if built.is_none() {
        let mut good = Vec::new();
        for peer in PEERS {
            let list = if build(root, &[peer])?.is_some() { &mut good } else { &mut left_out };
            list.push(peer);
        }
        built = build(root, &good)?;
    }
    let bench = built.ok_or_else(|| odd("cargo build", "no peer builds"))?;
    let counted = bench.output("counted", &[])?;
    let timed = bench.output("peers", &[&(rounds / FEWER).max(3).to_string()])?;
    let mut sections = vec![
        exchanged::cold(&bench, &counted, &timed)?,
        exchanged::fetches(&timed)?,
        kept::hot(&counted, &timed)?,
        kept::herds(&timed)?,
    ];
    let last = sections.pop();
    let note = |section: Section, peer: &&str| section.note(format!("{peer} is left out: it does not build here."));
    sections.extend(last.map(|section| left_out.iter().fold(section, note)));
    Ok(sections)
}

/// The libraries, as the lock file of `crates/bench` has them.
pub(super) fn versions(root: &Path) -> String {
    let lock = fs::read_to_string(root.join("crates/bench/Cargo.lock")).unwrap_or_default();
    let version = |name: &str| {
        let (_, rest) = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?;
        Some(format!("{name} {}", rest.split('"').next()?))
    };
    let found: Vec<_> = LIBRARIES.iter().filter_map(|name| version(name)).collect();
    found.join(", ")
}

fn build<'a>(root: &'a Path, peers: &[&str]) -> Result<Option<Programs<'a>>, Trouble> {
    let features = format!("--features={}", peers.join(","));
    Programs::build(root, &["--bin", "counted", "--bin", "peers", &features])
}

/// With who cannot do the rows that begin so, and why.
fn without(section: Section, timed: &str, rows_of: &str) -> Section {
    reasons(timed, rows_of).into_iter().fold(section, Section::note)
}

/// One for each who and why.
fn reasons(timed: &str, rows_of: &str) -> Vec<String> {
    let mut found: Vec<([&str; 2], Vec<&str>)> = Vec::new();
    for fields in rows(timed, "without") {
        let [who, row, why] = fields[..] else { continue };
        if !row.starts_with(rows_of) {
            continue;
        }
        match found.iter_mut().find(|(known, _)| *known == [who, why]) {
            Some((_, rows)) if rows.contains(&row) => {}
            Some((_, rows)) => rows.push(row),
            None => found.push(([who, why], vec![row])),
        }
    }
    let note =
        |([who, why], rows): ([&str; 2], Vec<&str>)| format!("{who} cannot do this row ({}): {why}.", rows.join("; "));
    found.into_iter().map(note).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_cannot_do_rows_is_named_once_with_the_reason() {
        let timed = "without\ta\ta herd, empty\tx\nwithout\ta\ta herd, expired\tx\nwithout\tb\ta fetch\ty\n";
        assert_eq!(reasons(timed, "a herd"), ["a cannot do this row (a herd, empty; a herd, expired): x."]);
        assert_eq!(reasons(timed, "a fetch"), ["b cannot do this row (a fetch): y."]);
    }
}
