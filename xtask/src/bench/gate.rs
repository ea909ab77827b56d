//! Allocations and instructions, against those that are committed. They are the same on every machine with one compiler;
//! wall times are not, and are never gated.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use super::programs::{Programs, number, odd, rows};
use crate::child::{self, Trouble};

/// How far instructions may be off, either way: fewer are to be committed too.
const TOLERANCE: f64 = 0.03;

/// As one would type it.
pub(crate) const COMMAND_LINE: &str = "cargo xtask bench gate";

/// Whether nothing costs more, or less, than what is committed.
pub(crate) fn run(root: &Path) -> Result<bool, Trouble> {
    let path = path(root);
    let committed = fs::read_to_string(&path).map_err(|source| Trouble::Read { path, source })?;
    let Some(now) = measure(root)? else { return Ok(false) };
    let differences = differences(&committed, &now)?;
    for difference in &differences {
        println!("{difference}");
    }
    if !differences.is_empty() {
        println!("If that is meant, `cargo xtask bench baseline` writes it down, to be committed.");
    }
    Ok(differences.is_empty())
}

/// Writes down what things cost now.
pub(super) fn write(root: &Path) -> Result<bool, Trouble> {
    let Some(now) = measure(root)? else { return Ok(false) };
    let path = path(root);
    fs::write(&path, &now).map_err(|source| Trouble::Write { path, source })?;
    print!("{now}");
    Ok(true)
}

fn path(root: &Path) -> PathBuf {
    root.join("crates/bench/baseline.tsv")
}

/// One line a figure: `allocations`, a case, and how many; `instructions`, likewise; and the compiler's version.
fn measure(root: &Path) -> Result<Option<String>, Trouble> {
    let programs = ["--bin", "allocations", "--bin", "exchange"];
    let Some(bench) = Programs::build(root, &programs)? else { return Ok(None) };
    let counted = bench.output("allocations", &["core"])?;
    let compiler = child::output(child::command("rustc", root).arg("--version"))?;
    let mut lines = format!("compiler\t{}\n", compiler.trim());
    for fields in rows(&counted, "hot") {
        let [clients, allocations] = fields[..] else { return Err(odd("allocations", &counted)) };
        let _ = writeln!(lines, "allocations\t1,000 fresh tokens, clients: {clients}\t{allocations}");
    }
    for fields in rows(&counted, "core") {
        let [case, exchange, login] = fields[..] else { return Err(odd("allocations", &counted)) };
        let _ = writeln!(lines, "allocations\t{case}: exchange\t{exchange}");
        let _ = writeln!(lines, "allocations\t{case}: login\t{login}");
        for run in ["exchange", "login"] {
            let _ = writeln!(lines, "instructions\t{case}: {run}\t{:.0}", bench.cost(case, run)?);
        }
    }
    Ok(Some(lines))
}

/// What is not as it was, in words.
fn differences(committed: &str, now: &str) -> Result<Vec<String>, Trouble> {
    let compiler = |text: &str| text.lines().next().unwrap_or_default().to_owned();
    let same_compiler = compiler(committed) == compiler(now);
    let mut found = Vec::new();
    for (kind, tolerance) in [("allocations", 0.0), ("instructions", TOLERANCE)] {
        if kind == "instructions" && !same_compiler {
            println!("Instructions are not compared: they were counted with another {}.", compiler(committed));
            continue;
        }
        let before: Vec<_> = rows(committed, kind).collect();
        for fields in rows(now, kind) {
            let [case, figure] = fields[..] else { return Err(odd("bench gate", now)) };
            let Some(known) = before.iter().find(|known| known[0] == case).and_then(|known| known.get(1)) else {
                found.push(format!("{kind}: {case} is not committed"));
                continue;
            };
            let (known, figure) = (number("baseline.tsv", known)?, number("bench gate", figure)?);
            if (figure - known).abs() > known * tolerance {
                found.push(format!("{kind}: {case} has {figure}, and had {known}"));
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMITTED: &str = "compiler\tone\nallocations\ta\t0\ninstructions\tb\t1000\n";

    #[test]
    fn an_allocation_more_is_told_and_instructions_within_three_percent_are_not() {
        let differs = |now: &str| differences(COMMITTED, now).expect("figures");
        assert!(differs(COMMITTED).is_empty());
        assert!(differs("compiler\tone\nallocations\ta\t0\ninstructions\tb\t1030\n").is_empty());
        assert_eq!(differs("compiler\tone\nallocations\ta\t1\ninstructions\tb\t1031\n").len(), 2);
        assert_eq!(differs("compiler\tone\nallocations\ta\t0\ninstructions\tb\t960\n").len(), 1, "better is news too");
        assert_eq!(differs("compiler\tone\nallocations\tc\t0\n").len(), 1, "what is not committed");
        assert!(differs("compiler\ttwo\nallocations\ta\t0\ninstructions\tb\t2000\n").is_empty(), "another compiler");
    }
}
