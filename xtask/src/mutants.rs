//! `cargo xtask mutants`: the core and the stores changed in one place at a time, and whether a test notices.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::child::{self, Trouble};
use crate::figures::{self, Stamp};

/// The options of `cargo xtask mutants`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Change this file only; more than once for more
    #[arg(long, value_name = "F")]
    file: Vec<String>,
    /// Write what came of it into docs/fuzzing.md
    #[arg(long)]
    record: bool,
}

/// Below it, cargo-mutants makes its folder.
const OUT: &str = "target";

/// What is changed and what is left alone says .cargo/mutants.toml, with the reasons.
pub(crate) fn run(args: &Args, root: &Path) -> Result<bool, Trouble> {
    if child::output(child::command("cargo", root).args(["mutants", "--version"])).is_err() {
        eprintln!("`cargo mutants` is missing: `cargo install cargo-mutants --locked`");
        return Ok(false);
    }
    let stamp = Stamp::of(&["crates", "Cargo.lock"], root)?;
    let mut all_were_caught = true;
    for pass in passes(&args.file) {
        let mut mutants = child::command("cargo", root);
        mutants.args(["mutants", "--jobs", "1", "--output", OUT, "--caught", "--colors", "never"]).args(&pass);
        all_were_caught &= child::passes(&mut mutants)?;
        let path = root.join(OUT).join("mutants.out/outcomes.json");
        let told = child::read(&path)?;
        let read =
            |error: serde_json::Error| Trouble::Answer { line: path.display().to_string(), what: error.to_string() };
        let Some(tallies) = tallies(&serde_json::from_str(&told).map_err(read)?) else {
            eprintln!("cargo-mutants was stopped: what it has not tried yet is not known, and nothing is written");
            return Ok(false);
        };
        for (file, tally) in tallies {
            println!("{file}: {} caught, {} missed, {} timeouts, {} unviable", tally[0], tally[1], tally[2], tally[3]);
            if args.record {
                let mut cells = vec![format!("`{file}`")];
                cells.extend(tally.map(|count| count.to_string()));
                cells.extend([stamp.date.clone(), format!("`{}`", stamp.commit)]);
                figures::put(&root.join("docs/fuzzing.md"), "mutants", &cells)?;
            }
        }
    }
    Ok(all_were_caught)
}

/// Parts of the core whose tests stand in the package that uses them, too.
const TESTED_ABOVE: [(&str, &str); 2] =
    [("crates/core/src/dialect/declared/", "hallpass-profile"), ("crates/core/src/trace/", "hallpass-cli")];

/// One run for each of these parts, with both packages' tests, and one for everything else, each crate with its own.
fn passes(files: &[String]) -> Vec<Vec<String>> {
    let mut passes = Vec::new();
    let mut rest = files.to_vec();
    let mut plain = vec!["--package=hallpass-core".to_owned(), "--package=hallpass-store".to_owned()];
    for (folder, above) in TESTED_ABOVE {
        let (own, others) = rest.into_iter().partition::<Vec<_>, _>(|file| file.starts_with(folder));
        rest = others;
        plain.push(format!("--exclude={folder}**"));
        let own = if files.is_empty() { vec![format!("{folder}**")] } else { own };
        if !own.is_empty() {
            let mut pass = vec!["--package=hallpass-core".to_owned(), "--test-package=hallpass-core".to_owned()];
            pass.push(format!("--test-package={above}"));
            pass.extend(own.iter().map(|file| format!("--file={file}")));
            passes.push(pass);
        }
    }
    if files.is_empty() || !rest.is_empty() {
        plain.extend(rest.iter().map(|file| format!("--file={file}")));
        passes.insert(0, plain);
    }
    passes
}

/// How mutants end, as cargo-mutants calls it.
const ENDS: [&str; 4] = ["CaughtMutant", "MissedMutant", "Timeout", "Unviable"];

/// How many of each file's mutants ended in each way; `None` if not all were tried.
fn tallies(outcomes: &Value) -> Option<BTreeMap<String, [u32; 4]>> {
    if outcomes["end_time"].is_null() {
        return None;
    }
    let mut tallies = BTreeMap::<_, [u32; 4]>::new();
    for outcome in outcomes["outcomes"].as_array().into_iter().flatten() {
        let end = ENDS.iter().position(|end| outcome["summary"] == *end);
        if let (Some(file), Some(end)) = (outcome["scenario"]["Mutant"]["file"].as_str(), end) {
            tallies.entry(file.to_owned()).or_default()[end] += 1;
        }
    }
    Some(tallies)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_part_is_tried_with_the_tests_of_whoever_uses_it() {
        let passes = |files: &[&str]| passes(&files.iter().map(|file| (*file).to_owned()).collect::<Vec<_>>());
        let all = passes(&[]);
        assert_eq!(all.len(), 3);
        assert!(all[0].contains(&"--exclude=crates/core/src/trace/**".into()), "{all:?}");
        assert!(all[2].ends_with(&["--test-package=hallpass-cli".into(), "--file=crates/core/src/trace/**".into()]));
        let files = ["crates/core/src/time.rs", "crates/core/src/dialect/declared/check.rs"];
        let two = passes(&files);
        assert_eq!(
            two.iter().map(|pass| pass.last().map(String::as_str)).collect::<Vec<_>>(),
            [Some("--file=crates/core/src/time.rs"), Some("--file=crates/core/src/dialect/declared/check.rs")]
        );
        assert_eq!(passes(&files[1..]).len(), 1);
    }

    #[test]
    fn outcomes_are_counted_by_file() {
        let of = |file: &str, summary: &str| json!({"scenario": {"Mutant": {"file": file}}, "summary": summary});
        let baseline = json!({"scenario": "Baseline", "summary": "Success"});
        let all = [baseline, of("a.rs", "CaughtMutant"), of("a.rs", "CaughtMutant"), of("b.rs", "MissedMutant")];
        assert_eq!(tallies(&json!({"outcomes": all, "end_time": null})), None);
        let tallies =
            tallies(&json!({"outcomes": all, "end_time": "2026-11-22T15:37:36Z"})).expect("it came to its end");
        assert_eq!(
            tallies.into_iter().collect::<Vec<_>>(),
            [("a.rs".into(), [2, 0, 0, 0]), ("b.rs".into(), [0, 1, 0, 0])]
        );
    }
}
