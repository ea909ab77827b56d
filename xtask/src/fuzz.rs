//! `cargo xtask fuzz`: what a fuzzer makes up, for each target.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

use crate::child::{self, Trouble};
use crate::figures::{self, Stamp};

/// The options of `cargo xtask fuzz`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// What is fuzzed: the name of a file in `fuzz/fuzz_targets`; without it all of them, one after the other
    #[arg(value_name = "TARGET")]
    target: Option<String>,
    /// How long each
    #[arg(long, value_name = "N", default_value_t = 60)]
    seconds: u32,
    /// Write what came of it into docs/fuzzing.md
    #[arg(long)]
    record: bool,
}

const FOLDER: &str = "fuzz/fuzz_targets";

/// What is asked for its version, and the line that installs it.
const NEEDS: [(&str, &[&str], &str); 2] = [
    ("rustup", &["run", "nightly", "cargo", "--version"], "rustup toolchain install nightly --profile minimal"),
    ("cargo", &["fuzz", "--version"], "cargo install cargo-fuzz --locked"),
];

/// Fuzzes. What is new goes to fuzz/work, and what breaks a rule to fuzz/artifacts: neither is committed. Whoever mends
/// it puts that input into fuzz/corpus, which the tests replay.
pub(crate) fn run(args: &Args, root: &Path) -> Result<bool, Trouble> {
    let mut targets = targets(root)?;
    if let Some(target) = &args.target {
        if !targets.contains(target) {
            eprintln!("there is no target `{target}`, only {}", targets.join(", "));
            return Ok(false);
        }
        targets = vec![target.clone()];
    }
    for (program, arguments, install) in NEEDS {
        if child::output(child::command(program, root).args(arguments)).is_err() {
            eprintln!("`{program} {}` fails: `{install}`", arguments.join(" "));
            return Ok(false);
        }
    }
    let stamp = Stamp::of(&["crates", "fuzz", "Cargo.lock"], root)?;
    let build = ["run", "nightly", "cargo", "fuzz", "build", "--sanitizer", "none"];
    let mut held = child::passes(child::command("rustup", root).args(build).args(&args.target))?;
    for target in targets {
        let begun = (Instant::now(), seconds_of_children());
        let said = fuzz(&target, args.seconds, root)?;
        held &= said.passed;
        if args.record && said.passed {
            let seconds = begun.0.elapsed().as_secs();
            let busy =
                seconds_of_children().zip(begun.1).map_or("-".to_owned(), |(now, then)| (now - then).to_string());
            let mut cells = vec![format!("`{target}`")];
            cells.extend(said.figures());
            cells.extend([busy, seconds.to_string(), stamp.date.clone(), format!("`{}`", stamp.commit)]);
            figures::put(&root.join("docs/fuzzing.md"), "fuzz", &cells)?;
        }
    }
    Ok(held)
}

/// Whether it held, and the fuzzer's closing line.
struct Said {
    passed: bool,
    last: String,
}

impl Said {
    /// Executions, edges, features and inputs.
    fn figures(&self) -> [String; 4] {
        let words: Vec<&str> = self.last.split_whitespace().collect();
        let after = |name: &str| words.iter().skip_while(|word| **word != name).nth(1).copied().unwrap_or("-");
        let runs = words.first().map_or("-", |runs| runs.trim_start_matches('#'));
        let inputs = after("corp:").split('/').next().unwrap_or("-");
        [runs, after("cov:"), after("ft:"), inputs].map(str::to_owned)
    }
}

fn fuzz(target: &str, seconds: u32, root: &Path) -> Result<Said, Trouble> {
    let work = format!("fuzz/work/{target}");
    let path = root.join(&work);
    fs::create_dir_all(&path).map_err(|source| Trouble::Write { path, source })?;
    // The sanitizers look for what only unsafe code can do, and there is none; without one it is several times as fast.
    let mut fuzz = child::command("rustup", root);
    fuzz.args(["run", "nightly", "cargo", "fuzz", "run", "--sanitizer", "none", target, &work]);
    fuzz.args([&format!("fuzz/corpus/{target}"), "--", "-print_final_stats=1", "-timeout=20", "-max_len=4096"]);
    fuzz.arg(format!("-max_total_time={seconds}"));
    let dictionary = format!("fuzz/dictionaries/{target}.dict");
    if root.join(&dictionary).exists() {
        fuzz.arg(format!("-dict={dictionary}"));
    }
    let told = |source| Trouble::Start { line: format!("rustup run nightly cargo fuzz run {target}"), source };
    let mut child = fuzz.stderr(Stdio::piped()).spawn().map_err(told)?;
    let mut last = String::new();
    for line in BufReader::new(child.stderr.take().expect("it is piped")).split(b'\n') {
        let line = String::from_utf8_lossy(&line.map_err(told)?).into_owned();
        eprintln!("{line}");
        if line.contains("DONE ") {
            last = line;
        }
    }
    Ok(Said { passed: child.wait().map_err(told)?.success(), last })
}

/// Processor time of all that this process has run and waited for, where Linux tells it: in hundredths, whatever the kernel.
fn seconds_of_children() -> Option<u64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks = fields.split_whitespace().skip(13).take(2).map(str::parse::<u64>);
    Some(ticks.sum::<Result<u64, _>>().ok()? / 100)
}

fn targets(root: &Path) -> Result<Vec<String>, Trouble> {
    let path = root.join(FOLDER);
    let listed = fs::read_dir(&path).map_err(|source| Trouble::Read { path, source })?;
    let names = listed.filter_map(|entry| Some(entry.ok()?.path().file_stem()?.to_str()?.to_owned()));
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_line_is_read() {
        let last = "#89092\tDONE   cov: 2345 ft: 6789 corp: 461/12Kb lim: 4096 exec/s: 1172 rss: 33Mb".to_owned();
        assert_eq!(Said { passed: true, last }.figures(), ["89092", "2345", "6789", "461"]);
        assert_eq!(Said { passed: true, last: String::new() }.figures(), ["-"; 4]);
    }
}
