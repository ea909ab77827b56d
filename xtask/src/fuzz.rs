//! `cargo xtask fuzz`: what a fuzzer makes up, for one target.

use std::fs;
use std::path::Path;

use crate::child::{self, Trouble};

/// The options of `cargo xtask fuzz`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// What is fuzzed: the name of a file in `fuzz/fuzz_targets`
    #[arg(value_name = "TARGET")]
    target: String,
    /// How long
    #[arg(long, value_name = "N", default_value_t = 60)]
    seconds: u32,
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
    let targets = targets(root)?;
    if !targets.contains(&args.target) {
        eprintln!("there is no target `{}`, only {}", args.target, targets.join(", "));
        return Ok(false);
    }
    for (program, arguments, install) in NEEDS {
        if child::output(child::command(program, root).args(arguments)).is_err() {
            eprintln!("`{program} {}` fails: `{install}`", arguments.join(" "));
            return Ok(false);
        }
    }
    let work = format!("fuzz/work/{}", args.target);
    let path = root.join(&work);
    fs::create_dir_all(&path).map_err(|source| Trouble::Read { path, source })?;
    // The sanitizers look for what only unsafe code can do, and there is none; without one it is several times as fast.
    let mut fuzz = child::command("rustup", root);
    fuzz.args([
        "run",
        "nightly",
        "cargo",
        "fuzz",
        "run",
        "--sanitizer",
        "none",
        &args.target,
        &work,
        &format!("fuzz/corpus/{}", args.target),
    ]);
    fuzz.args([
        "--",
        "-print_final_stats=1",
        "-timeout=20",
        "-max_len=4096",
        &format!("-max_total_time={}", args.seconds),
    ]);
    let dictionary = format!("fuzz/dictionaries/{}.dict", args.target);
    if root.join(&dictionary).exists() {
        fuzz.arg(format!("-dict={dictionary}"));
    }
    child::passes(&mut fuzz)
}

fn targets(root: &Path) -> Result<Vec<String>, Trouble> {
    let path = root.join(FOLDER);
    let listed = fs::read_dir(&path).map_err(|source| Trouble::Read { path, source })?;
    let names = listed.filter_map(|entry| Some(entry.ok()?.path().file_stem()?.to_str()?.to_owned()));
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    Ok(names)
}
