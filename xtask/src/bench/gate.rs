//! Allocations and instructions, against those that are committed. Wall times are never gated.
//!
//! Allocations are the same wherever the core is built. Instructions depend on the compiler, and on the allocator and the
//! `memcpy` of the C library, so they are compared only with a count that was made with the same of each. What the
//! processor can do does not count: callgrind shows the same one everywhere, and the C library is told to use no more of it
//! than any has.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use super::programs::{Programs, number, odd, rows};
use crate::child::{self, Trouble};

/// How far instructions may be off, either way: fewer are to be committed too.
const TOLERANCE: f64 = 0.03;

/// As one would type it.
pub(crate) const COMMAND_LINE: &str = "cargo xtask bench gate";

/// Whether nothing costs more, or less, than what is committed.
pub(crate) fn run(root: &Path) -> Result<bool, Trouble> {
    let committed = child::read(&path(root))?;
    let Some(now) = measure(root)? else { return Ok(false) };
    let Comparison { compared, differences } = Comparison::of(&committed, &now)?;
    println!("{compared}");
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
    child::write(&path(root), &now)?;
    print!("{now}");
    Ok(true)
}

/// The programs that count, without what only the others need: the tests build them too. `None` if cargo, which has said
/// why, could not.
pub(super) fn programs(root: &Path) -> Result<Option<Programs<'_>>, Trouble> {
    Programs::build(root, &["--no-default-features", "--bin", "allocations", "--bin", "exchange"])
}

fn path(root: &Path) -> PathBuf {
    root.join("crates/bench/baseline.tsv")
}

/// What it was made with; then a line a figure: `allocations`, a case, and how many; `instructions`, likewise.
fn measure(root: &Path) -> Result<Option<String>, Trouble> {
    let Some(bench) = programs(root)? else { return Ok(None) };
    let counted = bench.output("allocations", &[])?;
    let mut lines = format!("{MADE_WITH}\t{}\n", made_with(root)?);
    for fields in rows(&counted, "core") {
        let [case, exchange, login] = fields[..] else { return Err(odd("allocations", &counted)) };
        let _ = writeln!(lines, "allocations\t{case}: exchange\t{exchange}");
        let _ = writeln!(lines, "allocations\t{case}: login\t{login}");
        for run in ["exchange", "login"] {
            let _ = writeln!(lines, "instructions\t{case}: {run}\t{:.0}", bench.cost("exchange", case, run)?);
        }
    }
    Ok(Some(lines))
}

const MADE_WITH: &str = "made with";

/// The compiler and its target, the C library and valgrind.
fn made_with(root: &Path) -> Result<String, Trouble> {
    let rustc = child::output(child::command("rustc", root).arg("-vV"))?;
    let target = rustc.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default();
    // Another C library has no such program, or does not know itself by this name.
    let libc = child::output(child::command("getconf", root).arg("GNU_LIBC_VERSION")).unwrap_or_default();
    let valgrind = child::output(child::command("valgrind", root).arg("--version"))?;
    let rustc = rustc.lines().next().unwrap_or_default();
    Ok([rustc, target, libc.trim(), valgrind.trim()].join(", "))
}

struct Comparison {
    /// What was compared with what.
    compared: String,
    /// What is not as it was.
    differences: Vec<String>,
}

impl Comparison {
    fn of(committed: &str, now: &str) -> Result<Self, Trouble> {
        let made_with = |text| rows(text, MADE_WITH).next().map(|fields| fields.join(" ")).unwrap_or_default();
        let (before, here) = (made_with(committed), made_with(now));
        let mut differences = differences("allocations", 0.0, committed, now)?;
        let compared = if before == here {
            differences.extend(self::differences("instructions", TOLERANCE, committed, now)?);
            format!("Allocations and instructions were compared with those of {before}.")
        } else {
            format!(
                "INSTRUCTIONS WERE NOT COMPARED, only allocations: those that are committed were counted with {before}, \
                 and here is {here}. Run it with those, or commit what `cargo xtask bench baseline` counts with these."
            )
        };
        Ok(Self { compared, differences })
    }
}

/// What is not as it was, in words.
fn differences(kind: &str, tolerance: f64, committed: &str, now: &str) -> Result<Vec<String>, Trouble> {
    let figures =
        |text| rows(text, kind).map(|fields| (fields[0].to_owned(), fields[1..].concat())).collect::<Vec<_>>();
    let (before, here) = (figures(committed), figures(now));
    let known = |case: &str, among: &[(String, String)]| among.iter().find(|(name, _)| name == case).cloned();
    let mut found = Vec::new();
    for (case, figure) in &here {
        let Some((_, before)) = known(case, &before) else {
            found.push(format!("{kind}: {case} is not committed"));
            continue;
        };
        let (before, figure) = (number("baseline.tsv", &before)?, number("bench gate", figure)?);
        if (figure - before).abs() > before * tolerance {
            found.push(format!("{kind}: {case} has {figure}, and had {before}"));
        }
    }
    let gone = before.iter().filter(|(case, _)| known(case, &here).is_none());
    found.extend(gone.map(|(case, _)| format!("{kind}: {case} is committed, and counted no longer")));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMITTED: &str = "made with\tone\nallocations\ta\t0\ninstructions\tb\t1000\n";

    #[test]
    fn an_allocation_more_is_told_and_instructions_within_three_percent_are_not() {
        let differs = |now: &str| Comparison::of(COMMITTED, now).expect("figures").differences;
        assert!(differs(COMMITTED).is_empty());
        assert!(differs("made with\tone\nallocations\ta\t0\ninstructions\tb\t1030\n").is_empty());
        assert_eq!(differs("made with\tone\nallocations\ta\t1\ninstructions\tb\t1031\n").len(), 2);
        assert_eq!(differs("made with\tone\nallocations\ta\t0\ninstructions\tb\t960\n").len(), 1, "better is news too");
        assert_eq!(differs("made with\tone\nallocations\ta\t0\n").len(), 1, "what is counted no longer");
        assert_eq!(differs(&format!("{COMMITTED}allocations\tc\t0\n")).len(), 1, "what is not committed");
    }

    #[test]
    fn instructions_of_another_compiler_are_not_compared_and_that_is_said() {
        let now = "made with\ttwo\nallocations\ta\t1\ninstructions\tb\t2000\n";
        let Comparison { compared, differences } = Comparison::of(COMMITTED, now).expect("figures");
        assert!(compared.starts_with("INSTRUCTIONS WERE NOT COMPARED") && compared.contains("one, and here is two"));
        assert_eq!(differences, ["allocations: a has 1, and had 0"]);
    }
}
