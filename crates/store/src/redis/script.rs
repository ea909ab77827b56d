//! What the server does in one step.

use std::sync::LazyLock;

use ::redis::{Cmd, Script};

use super::name::Names;

/// A script, and the name that the server knows it by.
pub(super) struct Step {
    source: &'static str,
    hash: LazyLock<String>,
}

macro_rules! step {
    ($file:literal) => {{
        const SOURCE: &str = concat!(include_str!("lua/state.lua"), "\n", include_str!($file));
        Step { source: SOURCE, hash: LazyLock::new(|| Script::new(SOURCE).get_hash().to_owned()) }
    }};
}

pub(super) static PEEK: Step = step!("lua/peek.lua");
pub(super) static LOCK: Step = step!("lua/lock.lua");
pub(super) static SAVE: Step = step!("lua/save.lua");
pub(super) static UNLOCK: Step = step!("lua/unlock.lua");
pub(super) static ASIDE: Step = step!("lua/aside.lua");
pub(super) static THERE: Step = step!("lua/there.lua");
pub(super) static SWEEP: Step = step!("lua/sweep.lua");

impl Step {
    /// For a server that has seen it before.
    pub(super) fn by_hash(&self, names: &Names, arguments: &[&[u8]]) -> Cmd {
        run("EVALSHA", &self.hash, names, arguments)
    }

    /// For a server that has not.
    pub(super) fn by_source(&self, names: &Names, arguments: &[&[u8]]) -> Cmd {
        run("EVAL", self.source, names, arguments)
    }
}

fn run(command: &str, script: &str, names: &Names, arguments: &[&[u8]]) -> Cmd {
    let mut command = ::redis::cmd(command);
    let keys = names.all();
    command.arg(script).arg(keys.len()).arg(keys).arg(arguments);
    command
}
