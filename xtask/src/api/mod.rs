//! `cargo xtask api`: the public API of each library, written to a file so that a change of it is seen.
//!
//! It is read from the sources, so it needs no compiler but this one: the lint `unreachable_pub` sees to it that whatever is
//! `pub` can be reached. Of what macros make, the words given to them are seen; inferred auto traits are not.

mod public;

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use crate::child::{self, Trouble};

/// The options of `cargo xtask api`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Compare, and write nothing
    #[arg(long)]
    pub(crate) check: bool,
}

/// Those that programs are built with, by their folders in `crates`.
pub(crate) const LIBRARIES: [&str; 10] =
    ["core", "store", "client", "blocking", "async", "profile", "hallpass", "reqwest-middleware", "tower", "ureq"];

/// Those that their tests are built with.
const FOR_TESTS: [&str; 2] = ["testkit", "testserver"];

/// Writes api/CRATE.txt for each library, or says how it differs.
pub(crate) fn run(args: &Args, root: &Path) -> Result<bool, Trouble> {
    let mut same = true;
    for library in LIBRARIES.iter().chain(&FOR_TESTS) {
        let text = of(&root.join("crates").join(library).join("src"))?;
        let path = root.join("api").join(format!("{library}.txt"));
        if args.check {
            same &= compare(&path, &text);
        } else {
            child::write(&path, &text)?;
        }
    }
    if !same {
        println!("If that is meant: `cargo xtask api` writes it down, and CHANGELOG.md tells it.");
    }
    Ok(same)
}

/// Prints the lines that only one of the two has.
fn compare(path: &Path, now: &str) -> bool {
    let before = fs::read_to_string(path).unwrap_or_default();
    let only = |these: &str, those: &str, sign: char| {
        let others: Vec<&str> = those.lines().collect();
        for line in these.lines().filter(|line| !others.contains(line)) {
            println!("{}: {sign} {line}", path.file_name().unwrap_or_default().display());
        }
    };
    if before != now {
        only(&before, now, '-');
        only(now, &before, '+');
        println!("{} is not what the sources say", path.display());
    }
    before == now
}

/// Every public item below a folder of sources, file by file.
fn of(folder: &Path) -> Result<String, Trouble> {
    let mut text = String::new();
    for path in sources(folder)? {
        let source = child::read(&path)?;
        let items = public::items(&source)
            .map_err(|error| Trouble::Answer { line: path.display().to_string(), what: error.to_string() })?;
        if !items.is_empty() {
            let name = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
            let _ = writeln!(text, "// {name}\n\n{items}");
        }
    }
    Ok(text)
}

/// The Rust files, in order, without those of tests and of planted bugs, which no release has.
fn sources(folder: &Path) -> Result<Vec<PathBuf>, Trouble> {
    let told = |source| Trouble::Read { path: folder.into(), source };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(told)? {
        let path = entry.map_err(told)?.path();
        if path.file_stem().is_some_and(|stem| stem == "tests" || stem == "plant") {
            continue;
        }
        if path.is_dir() {
            paths.extend(sources(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}
