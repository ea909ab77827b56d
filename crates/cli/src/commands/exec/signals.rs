//! Signals on their way to a program, and how the program ends.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus};

use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::origin::WithOrigin;
use signal_hook::low_level::siginfo::Cause;

use crate::failure::Failure;

/// What is passed on.
const PASSED: [i32; 6] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2];

/// Signals, collected from when this was made.
pub(super) struct Passed(SignalsInfo<WithOrigin>);

impl Passed {
    pub(super) fn new() -> Result<Self, Failure> {
        let ignored = ignored();
        let signals = PASSED.into_iter().filter(|signal| ignored >> (signal - 1) & 1 == 0).chain([SIGCHLD]);
        let signals = SignalsInfo::new(signals);
        signals.map(Self).map_err(|error| Failure::other(format!("signals cannot be listened to: {error}")))
    }

    /// Passes signals on until the program ends, and gives its exit code; without one, waits for the first signal.
    pub(super) fn until_end(mut self, mut child: Option<Child>) -> Result<u8, Failure> {
        let failed = |error: io::Error| Failure::other(format!("the program cannot be waited for: {error}"));
        for origin in &mut self.0 {
            match (&mut child, origin.signal) {
                (Some(child), SIGCHLD) => {
                    if let Some(status) = child.try_wait().map_err(failed)? {
                        return Ok(code(status));
                    }
                }
                // A key at the terminal, or its end, reaches every process there: the program has had it.
                (Some(_), _) if origin.cause == Cause::Kernel => {}
                (Some(child), signal) => pass(child, signal),
                (None, SIGCHLD) => {}
                (None, _) => return Ok(0),
            }
        }
        Ok(0)
    }
}

/// The program was not waited for yet, so its number is nobody else's.
fn pass(child: &Child, signal: i32) {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    if let (Some(pid), Some(signal)) = (pid, Signal::from_named_raw(signal)) {
        // It may have ended just now.
        let _ = kill_process(pid, signal);
    }
}

/// As shells have it.
fn code(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

/// The signals that whoever started this process wanted ignored, as `nohup` does: one bit each. They stay so, for the
/// program too.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
}
