//! The programs of `crates/bench`: built, run, and read.

use std::path::{Path, PathBuf};
use std::{env, io};

use crate::child::{self, Trouble};

/// Runs of an exchange under callgrind.
const RUNS: u32 = 200;

/// The built programs.
pub(super) struct Programs<'a> {
    root: &'a Path,
    folder: PathBuf,
}

impl<'a> Programs<'a> {
    /// Builds these. `None` if cargo, which has said why, could not.
    pub(super) fn build(root: &'a Path, arguments: &[&str]) -> Result<Option<Self>, Trouble> {
        // Asked first, since building takes long.
        needs(root, "valgrind")?;
        let target = root.join(env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "crates/bench/target".into()));
        let mut cargo = child::command("cargo", root);
        cargo.args(["build", "--release", "--locked", "--manifest-path", "crates/bench/Cargo.toml", "--target-dir"]);
        if !child::passes(cargo.arg(&target).args(arguments))? {
            return Ok(None);
        }
        Ok(Some(Self { root, folder: target.join("release") }))
    }

    /// What a program prints.
    pub(super) fn output(&self, program: &str, args: &[&str]) -> Result<String, Trouble> {
        let program = self.folder.join(program);
        child::output(child::command(&program.to_string_lossy(), self.root).args(args))
    }

    /// The instructions of one run of a case, without those of copying what it is handed, and of starting.
    pub(super) fn cost(&self, program: &str, case: &str, run: &str) -> Result<f64, Trouble> {
        let inputs = format!("{run}-inputs");
        Ok((self.callgrind(program, case, run)? - self.callgrind(program, case, &inputs)?) / f64::from(RUNS))
    }

    /// The instructions of the whole program. What callgrind writes stays beside the programs, for `callgrind_annotate`.
    fn callgrind(&self, program: &str, case: &str, run: &str) -> Result<f64, Trouble> {
        let file = self.folder.join(format!("callgrind.{}.{run}.out", case.replace([',', ' '], "-")));
        instructions(self.root, &file, &self.folder.join(program), &[case, run, &RUNS.to_string()])
    }
}

/// Fails with the install line if the program is not there.
pub(super) fn needs(root: &Path, program: &str) -> Result<(), Trouble> {
    let asked = child::output(child::command(program, root).arg("--version"));
    asked.map(drop).map_err(|trouble| match trouble {
        Trouble::Start { line, source } if source.kind() == io::ErrorKind::NotFound => {
            let advice = format!("it is missing: `sudo apt-get install {program}`, or your system's like");
            Trouble::Start { line, source: io::Error::other(advice) }
        }
        other => other,
    })
}

/// The instructions of a whole program under callgrind, which writes what it saw to `file`.
pub(super) fn instructions(root: &Path, file: &Path, program: &Path, args: &[&str]) -> Result<f64, Trouble> {
    let mut valgrind = child::command("valgrind", root);
    // As old a processor as there is: what newer ones spare is not ours.
    valgrind.env("GLIBC_TUNABLES", "glibc.cpu.hwcaps=-AVX2,-AVX,-ERMS,-FSRM");
    valgrind.args(["--quiet", "--tool=callgrind"]).arg(format!("--callgrind-out-file={}", file.display()));
    child::output(valgrind.arg(program).args(args))?;
    let written = child::read(file)?;
    let total = written.lines().find_map(|line| line.strip_prefix("summary: "));
    number("callgrind", total.unwrap_or_default())
}

/// The fields after `kind` of each line that begins with it.
pub(super) fn rows<'a>(printed: &'a str, kind: &str) -> impl Iterator<Item = Vec<&'a str>> {
    let lines = printed.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    lines.filter(move |fields| fields[0] == kind).map(|fields| fields[1..].to_vec())
}

/// A program's figure.
pub(super) fn number(program: &str, text: &str) -> Result<f64, Trouble> {
    text.parse().map_err(|_| odd(program, text))
}

/// The error of a program that printed something else.
pub(super) fn odd(program: &str, what: &str) -> Trouble {
    Trouble::Answer { line: program.into(), what: format!("{what:?}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_told_apart_by_their_first_field() {
        let printed = "core\ta, b\t1\nfetch\tc\t2\n";
        assert_eq!(rows(printed, "core").collect::<Vec<_>>(), [["a, b", "1"]]);
        assert_eq!(rows(printed, "none").count(), 0);
        assert!(number("x", "12").is_ok() && number("x", "").is_err());
    }
}
