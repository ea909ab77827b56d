//! Signals on their way to a program, and how the program ends.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::flag;
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::origin::WithOrigin;
use signal_hook::low_level::siginfo::Cause;

use super::no_thread;
use crate::failure::Failure;
use crate::signal::Ignored;
use crate::spending;

/// What is passed on.
const PASSED: [i32; 6] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2];

/// Signals, collected from when this was made until the program ends; later ones end this process, as ever.
pub(super) struct Passed {
    signals: SignalsInfo<WithOrigin>,
    over: Arc<AtomicBool>,
    /// One that waited until what was spent is saved.
    waited: Option<i32>,
}

impl Passed {
    pub(super) fn new() -> Result<Self, Failure> {
        let failed = |error: io::Error| Failure::other(format!("signals cannot be listened to: {error}"));
        // What is ignored stays so, for the program too.
        let (ignored, over) = (Ignored::read(), Arc::new(AtomicBool::new(false)));
        let passed = PASSED.into_iter().filter(|signal| !ignored.has(*signal));
        let signals = SignalsInfo::new(passed.clone().chain([SIGCHLD])).map_err(failed)?;
        for signal in passed {
            flag::register_conditional_default(signal, over.clone()).map_err(failed)?;
        }
        Ok(Self { signals, over, waited: spending::leave() })
    }

    /// The exit code for one that came before there was a program to pass it on to.
    pub(super) fn came(&mut self) -> Option<u8> {
        let pending = self.signals.pending().map(|origin| origin.signal).find(|signal| *signal != SIGCHLD);
        u8::try_from(128 + self.waited.or(pending)?).ok()
    }

    /// Starts the program, passes signals on until it ends, and gives its exit code; without one, waits for the first
    /// signal.
    pub(super) fn until_end(mut self, start: Option<impl FnOnce() -> Result<Child, Failure>>) -> Result<u8, Failure> {
        let Some(start) = start else {
            if self.waited.is_none() {
                self.signals.forever().find(|origin| origin.signal != SIGCHLD);
            }
            self.over.store(true, Ordering::SeqCst);
            return Ok(0);
        };
        let handle = self.signals.handle();
        let (tell, started) = mpsc::channel();
        // No SIGCHLD comes where whoever started this process has it blocked, so the program's end is waited for apart: by
        // a thread that is there before the program, which would be left alone if there were none.
        let waiting = move || {
            if let Ok(pid) = started.recv() {
                await_end(pid);
            }
            handle.close();
        };
        let end = thread::Builder::new().name("hallpass-wait".into()).spawn(waiting).map_err(|_| no_thread())?;
        let mut child = start()?;
        let pid = pid(&child);
        // It listens until then.
        let _ = tell.send(pid);
        for origin in self.signals.forever() {
            match origin.signal {
                SIGCHLD => {}
                // A key at the terminal reaches every process there: the program has had it. The terminal's end reaches
                // only the first of its session, which this process may be.
                signal if origin.cause == Cause::Kernel && signal != SIGHUP => {}
                signal => pass(pid, signal),
            }
        }
        let failed = |error: io::Error| Failure::other(format!("the program cannot be waited for: {error}"));
        let _ = end.join();
        self.over.store(true, Ordering::SeqCst);
        child.wait().map(code).map_err(failed)
    }
}

/// Returns at the program's end, and leaves its number taken: nothing that is passed on meanwhile reaches another.
fn await_end(pid: Option<Pid>) {
    let Some(pid) = pid else { return };
    let how = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    while waitid(WaitId::Pid(pid), how).is_err_and(|error| error == Errno::INTR) {}
}

fn pid(child: &Child) -> Option<Pid> {
    i32::try_from(child.id()).ok().and_then(Pid::from_raw)
}

/// The program was not waited for yet, so its number is nobody else's.
fn pass(pid: Option<Pid>, signal: i32) {
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
