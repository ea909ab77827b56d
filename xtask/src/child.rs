//! The programs that the commands start, the files that they read and write, and what goes wrong with them.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::{fs, io};

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// The program is not there, or may not be run.
    #[error("cannot start `{line}`: {source}; is it installed and on the PATH?")]
    Start {
        /// The command line.
        line: String,
        /// What the system said.
        source: io::Error,
    },
    /// The program ran and failed.
    #[error("`{line}` failed ({status}):\n{stderr}")]
    Failed {
        /// The command line.
        line: String,
        /// How it ended.
        status: ExitStatus,
        /// What it said.
        stderr: String,
    },
    /// The program answered something else than was expected of it.
    #[error("`{line}` answered unexpectedly: {what}")]
    Answer {
        /// The command line.
        line: String,
        /// What is wrong with the answer.
        what: String,
    },
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// The workspace's root, which `cargo run` tells: a path compiled in would be wrong once the clone moves.
pub(crate) fn root() -> Result<PathBuf, Trouble> {
    let told = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    match told.as_deref().and_then(Path::parent) {
        Some(root) => Ok(root.to_owned()),
        None => env::current_dir().map_err(|source| Trouble::Read { path: ".".into(), source }),
    }
}

/// The text of a file.
pub(crate) fn read(path: &Path) -> Result<String, Trouble> {
    fs::read_to_string(path).map_err(|source| Trouble::Read { path: path.into(), source })
}

/// Writes a file, and makes its folder first.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), Trouble> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let made = folder.map_or(Ok(()), fs::create_dir_all);
    made.and_then(|()| fs::write(path, text)).map_err(|source| Trouble::Write { path: path.into(), source })
}

/// `program`, to be run in `root`, free of what `cargo run` set for xtask itself (build scripts would see it change and
/// build again) and, under `CI`, free of colours.
pub(crate) fn command(program: &str, root: &Path) -> Command {
    let mut command = match env::var_os("CARGO") {
        Some(cargo) if program == "cargo" => Command::new(cargo),
        _ => Command::new(program),
    };
    command.current_dir(root);
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(is_of_cargo_run) {
            command.env_remove(name);
        }
    }
    if env::var_os("CI").is_some() {
        // rustfmt and the test harness ask only the terminal.
        command.env("CARGO_TERM_COLOR", "never").env("NO_COLOR", "1").env("TERM", "dumb");
    }
    command
}

fn is_of_cargo_run(name: &str) -> bool {
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"].iter().any(|prefix| name.starts_with(prefix))
}

/// Does what this process was asked to do in an optimised build of itself: ten times faster, where millions are counted.
pub(crate) fn optimised(features: &[&str], root: &Path) -> Result<bool, Trouble> {
    let mut cargo = command("cargo", root);
    cargo.args("run --locked --profile quick --quiet --package xtask".split(' '));
    cargo.args(features.iter().flat_map(|feature| ["--features", feature]));
    passes(cargo.arg("--").args(env::args_os().skip(1)))
}

/// Runs `command` before the user's eyes; whether it exited with 0.
pub(crate) fn passes(command: &mut Command) -> Result<bool, Trouble> {
    match command.status() {
        Ok(status) => Ok(status.success()),
        Err(source) => Err(Trouble::Start { line: line(command), source }),
    }
}

/// Runs `command` for what it prints.
pub(crate) fn output(command: &mut Command) -> Result<String, Trouble> {
    let output = command.output().map_err(|source| Trouble::Start { line: line(command), source })?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr).trim_end().to_owned();
        return Err(Trouble::Failed { line: line(command), status: output.status, stderr });
    }
    String::from_utf8(output.stdout).map_err(|error| Trouble::Answer { line: line(command), what: error.to_string() })
}

fn line(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    let words: Vec<_> = std::iter::once(program).chain(command.get_args()).map(OsStr::to_string_lossy).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_carries_the_command_line_and_what_the_program_said() {
        let failed =
            output(command("git", Path::new(".")).arg("no-such-command")).expect_err("git knows no such command");
        let told = failed.to_string();
        assert!(told.starts_with("`git no-such-command` failed (exit status: 1):\n"), "{told}");
        assert!(told.lines().nth(1).is_some_and(|said| said.contains("no-such-command")), "{told}");
    }

    #[test]
    fn a_missing_program_is_told_apart() {
        let missing = passes(&mut command("no-such-program", Path::new("."))).expect_err("there is no such program");
        assert!(missing.to_string().starts_with("cannot start `no-such-program`"), "{missing}");
    }

    #[test]
    fn what_cannot_be_written_is_not_told_as_unread() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("one/two.txt");
        write(&path, "text").expect("its folder is made");
        assert_eq!(read(&path).expect("it is there"), "text");
        let below = path.join("three.txt");
        let told = write(&below, "text").expect_err("a file is no folder").to_string();
        assert!(told.starts_with(&format!("cannot write {}: ", below.display())), "{told}");
    }

    #[test]
    fn what_cargo_run_set_is_not_handed_on() {
        assert!(is_of_cargo_run("CARGO_PKG_NAME"));
        assert!(!is_of_cargo_run("CARGO_TARGET_DIR"));
    }
}
