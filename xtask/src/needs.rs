//! The programs that the tests run beside the project's own.

use std::path::Path;
use std::process::Stdio;

use crate::child::{self, Trouble};

/// As one would type it.
pub(crate) const COMMAND_LINE: &str = "command -v redis-server dbus-daemon gnome-keyring-daemon secret-tool valgrind";

const INSTALL: &str = "apt-get install --yes --no-install-recommends";

/// Each with its package on Debian.
const PROGRAMS: [Program; 5] = [
    ("redis-server", "redis-server"),
    ("dbus-daemon", "dbus-daemon"),
    ("gnome-keyring-daemon", "gnome-keyring"),
    ("secret-tool", "libsecret-tools"),
    ("valgrind", "valgrind"),
];

/// Whether a Redis and a keyring can be run, and instructions counted. Installs what is missing where that can be done
/// without asking. Debian starts a Redis of its own on port 6379 then; the tests start theirs on free ports, and leave
/// that one alone.
pub(crate) fn run(root: &Path) -> Result<bool, Trouble> {
    let missing = missing(root);
    if missing.is_empty() {
        return Ok(true);
    }
    let packages: Vec<_> = missing.iter().map(|(_, package)| *package).collect();
    let (names, install) = (named(&missing), format!("{INSTALL} {}", packages.join(" ")));
    let Some(become_root) = become_root(root) else {
        eprintln!("{names}: missing, and only root can install it: `{install}`");
        return Ok(false);
    };
    for line in [install.as_str(), "apt-get update", install.as_str()] {
        println!("{line}");
        let words = become_root.iter().copied().chain(["env", "DEBIAN_FRONTEND=noninteractive"]).chain(line.split(' '));
        let words: Vec<_> = words.collect();
        let installed = child::passes(child::command(words[0], root).args(&words[1..]).stdin(Stdio::null()))?;
        if installed && self::missing(root).is_empty() {
            return Ok(true);
        }
    }
    eprintln!("{names} could not be installed: `{install}`, or put it on the PATH another way");
    Ok(false)
}

type Program = (&'static str, &'static str);

fn missing(root: &Path) -> Vec<Program> {
    let is_there =
        |program: &str| child::output(child::command("sh", root).args(["-c", "command -v \"$0\"", program])).is_ok();
    PROGRAMS.into_iter().filter(|(program, _)| !is_there(program)).collect()
}

fn named(programs: &[Program]) -> String {
    let names: Vec<_> = programs.iter().map(|(program, _)| format!("`{program}`")).collect();
    names.join(", ")
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
