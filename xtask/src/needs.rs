//! The programs that the tests run beside the project's own: a Redis for the store, valgrind to count instructions.

use std::path::Path;
use std::process::Stdio;

use crate::child::{self, Trouble};

/// As one would type it.
pub(crate) const COMMAND_LINE: &str = "redis-server --version; valgrind --version";

const PROGRAMS: [&str; 2] = ["redis-server", "valgrind"];

const INSTALL: &str = "apt-get install --yes --no-install-recommends";

/// Whether all can be run. Installs them where that can be done without asking. Debian starts a Redis of its own on port
/// 6379 then; the tests start theirs on free ports, and leave that one alone.
pub(crate) fn run(root: &Path) -> Result<bool, Trouble> {
    for program in PROGRAMS {
        if !is_there(root, program) && !install(root, program)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn install(root: &Path, program: &str) -> Result<bool, Trouble> {
    let install = format!("{INSTALL} {program}");
    let Some(become_root) = become_root(root) else {
        eprintln!("`{program}` is missing, and only root can install it: `{install}`");
        return Ok(false);
    };
    for line in [&install, "apt-get update", &install] {
        println!("{line}");
        let words = become_root.iter().copied().chain(["env", "DEBIAN_FRONTEND=noninteractive"]).chain(line.split(' '));
        let words: Vec<_> = words.collect();
        let installed = child::passes(child::command(words[0], root).args(&words[1..]).stdin(Stdio::null()))?;
        if installed && is_there(root, program) {
            return Ok(true);
        }
    }
    eprintln!("`{program}` could not be installed: `{install}`, or put it on the PATH another way");
    Ok(false)
}

fn is_there(root: &Path, program: &str) -> bool {
    child::output(child::command(program, root).arg("--version")).is_ok()
}

/// What goes before a command to run it as root without a question; `None` if nothing does, or if there is no apt-get.
fn become_root(root: &Path) -> Option<&'static [&'static str]> {
    let works = |program: &str, arguments: &[&str]| child::output(child::command(program, root).args(arguments)).ok();
    works("apt-get", &["--version"])?;
    match works("id", &["-u"]).as_deref().map(str::trim) {
        Some("0") => Some(&[]),
        _ => works("sudo", &["-n", "true"]).map(|_| ["sudo", "-n"].as_slice()),
    }
}
