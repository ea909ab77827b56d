//! The command with a token, beside curl fetching one from the same machine: whole processes.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use tempfile::TempDir;

use super::programs::{instructions, needs, number, odd};
use super::report::Section;
use super::table::Table;
use crate::child::{self, Trouble};

/// Where the command has its token from, and its time over curl's.
const ROWS: [(&str, f64); 2] = [(WARM, 0.25), (COLD, 0.35)];
const WARM: &str = "from a warm file store";
const COLD: &str = "from the server";

/// Why a figure misses its budget, by the name of its row.
const WHY: &[(&str, &str)] = &[
    (
        WARM,
        "most of the time goes to starting a process at all, and many of the instructions are the dynamic linker's and \
         the runtime's own start",
    ),
    (COLD, "what is mapped of the program counts, and TLS and the demo's server are part of it"),
];

/// Its memory at its highest, in MiB.
const MEMORY: f64 = 6.0;

/// The stripped command, in MB.
const SIZE: f64 = 6.0;

const UNITS: &str = "MiB: the most memory that the process had, as its budget and as curl's beside it. MB: the size of the \
                     stripped binary.";

/// Its table; `None` if cargo, which has said why, could not build.
pub(super) fn section(rounds: u32, root: &Path) -> Result<Option<Section>, Trouble> {
    for program in ["curl", "time", "valgrind"] {
        needs(root, program)?;
    }
    let Some(program) = build(root)? else { return Ok(None) };
    let world = World::start(root, &program)?;
    let size = fs::metadata(&program).map_err(|source| Trouble::Read { path: program.clone(), source })?.len();
    let curl_line = world.curl_line();
    let heads = ["one token, whole process", "ms", "curl", "ratio", "budget", "MiB", "budget", "curl", "MB", "budget"];
    let mut table = Table::new(&[&heads[..], &["instructions"]].concat());
    for (name, most) in ROWS {
        let our_line = world.our_line(name);
        child::output(&mut command(&our_line))?;
        eprintln!("timing {rounds} rounds of each, one after the other");
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            ours.push(timed(&our_line)?);
            theirs.push(timed(&curl_line)?);
        }
        let (mine, its) = (median(&mut ours), median(&mut theirs));
        let args: Vec<_> = our_line[1..].iter().map(String::as_str).collect();
        table.name(name);
        table.figure(mine, 2, None);
        table.figure(its, 2, None);
        table.figure(mine / its, 2, Some(most));
        table.figure(world.memory(&our_line)?, 1, Some(MEMORY));
        table.figure(world.memory(&curl_line)?, 1, None);
        table.figure(megabytes(size), 1, Some(SIZE));
        table.figure(instructions(root, &world.folder.path().join("callgrind.out"), &program, &args)?, 0, None);
    }
    Ok(Some(Section::new("Command", table).note(UNITS).why(WHY)))
}

const PROFILE: &str = "basic-form";

/// In the world's folder.
const CONFIG: &str = "hallpass.toml";

/// What the last line of `hallpass serve` says.
const END: &str = "# End of the profiles.";

fn build(root: &Path) -> Result<Option<PathBuf>, Trouble> {
    let target = root.join(std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()));
    let mut cargo = child::command("cargo", root);
    cargo.args(["build", "--release", "--locked", "--package", "hallpass-cli", "--target-dir"]).arg(&target);
    Ok(child::passes(&mut cargo)?.then(|| target.join("release").join("hallpass")))
}

/// A server, and a folder with its profiles and a store.
struct World<'a> {
    root: &'a Path,
    program: &'a Path,
    server: Child,
    folder: TempDir,
    token_url: String,
}

impl<'a> World<'a> {
    fn start(root: &'a Path, program: &'a Path) -> Result<Self, Trouble> {
        let line = program.display().to_string();
        let failed = |source| Trouble::Start { line: line.clone(), source };
        let folder = TempDir::with_prefix("hallpass-bench-").map_err(failed)?;
        let server = Command::new(program).arg("serve").stdout(Stdio::piped()).spawn().map_err(failed)?;
        // The server ends with it, also where what it says makes no sense.
        let mut world = Self { root, program, server, folder, token_url: String::new() };
        let lines = world.server.stdout.take().map(|stdout| BufReader::new(stdout).lines());
        let profiles: Vec<_> =
            lines.into_iter().flatten().map_while(Result::ok).take_while(|line| line != END).collect();
        let url = profiles.iter().find(|line| line.contains("/oauth/v2/token")).and_then(|line| line.split('"').nth(1));
        url.ok_or_else(|| odd(&line, &profiles.join("\n")))?.clone_into(&mut world.token_url);
        fs::write(world.folder.path().join(CONFIG), profiles.join("\n")).map_err(failed)?;
        Ok(world)
    }

    fn our_line(&self, from: &str) -> Vec<String> {
        let program = self.program.display().to_string();
        let folder = self.folder.path().display();
        let store = if from == WARM { format!("file:{folder}/store") } else { "memory".into() };
        let config = format!("{folder}/{CONFIG}");
        let line = [&program, "--config", &config, "--store", &store, "token", PROFILE];
        line.into_iter().map(str::to_owned).collect()
    }

    fn curl_line(&self) -> Vec<String> {
        let words =
            ["curl", "--silent", "--user", "demo-client:demo-secret", "--data", "grant_type=client_credentials"];
        words.into_iter().chain([self.token_url.as_str()]).map(str::to_owned).collect()
    }

    /// The most memory that a process had, in MiB.
    fn memory(&self, line: &[String]) -> Result<f64, Trouble> {
        let told = self.folder.path().join("memory");
        let mut time = child::command("time", self.root);
        child::output(time.args(["--format", "%M", "--output"]).arg(&told).args(line))?;
        let told = child::read(&told)?;
        Ok(number("time", told.trim())? / 1024.0)
    }
}

impl Drop for World<'_> {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn command(line: &[String]) -> Command {
    let mut command = Command::new(&line[0]);
    command.args(&line[1..]);
    command
}

/// Milliseconds from start to end, without anybody to read what it prints.
fn timed(line: &[String]) -> Result<f64, Trouble> {
    let mut command = command(line);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let begun = Instant::now();
    let passed = child::passes(&mut command)?;
    let took = begun.elapsed().as_secs_f64() * 1000.0;
    if passed { Ok(took) } else { Err(odd(&line[0], "it failed")) }
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// A program's size loses nothing below 2^53.
#[expect(clippy::cast_precision_loss)]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// It would serve for ever, and the next figures would be measured beside it.
    #[test]
    fn a_server_without_a_token_url_is_not_left_running() {
        let folder = TempDir::new().expect("a folder");
        let says = format!("#!/bin/sh\necho $$\necho '{END}'\nexec sleep 1000");
        // Nobody runs a program that this process has open, or one that it starts meanwhile: another one writes it.
        let mut shell = child::command("sh", folder.path());
        child::output(shell.args(["-c", "echo \"$0\" > hallpass; chmod 700 hallpass", &says])).expect("a program");
        let begun = World::start(folder.path(), &folder.path().join("hallpass")).map(drop);
        let Err(Trouble::Answer { what, .. }) = begun else { panic!("{begun:?}") };
        assert!(!Path::new("/proc").join(what.trim_matches('"')).exists(), "{what} runs on");
    }
}
