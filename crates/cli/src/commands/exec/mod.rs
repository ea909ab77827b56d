//! `hallpass exec`: a program with a token in its environment. What must outlive the program's start is in `watch`.

#[cfg_attr(not(unix), path = "no_signals.rs")]
mod signals;
mod watch;

use std::io::ErrorKind;
use std::process::{Command, ExitCode};

use hallpass_client::failure::NO_PROCESS;
use hallpass_core::Grant;

use crate::args::{Exec, Globals};
use crate::failure::Failure;
use crate::login::Login;

/// What shells say of a program that cannot be run, and of one that was not found.
const CANNOT_RUN: u8 = 126;
const NOT_FOUND: u8 = 127;

pub(super) fn run(globals: &Globals, args: &Exec) -> Result<ExitCode, Failure> {
    if let Some(file) = &args.watch {
        return watch::run(globals, args, file);
    }
    // The store's lock and the client end here: nothing of this process runs on beside the program.
    let grant = Login::with(globals, &args.profile, |login| login.grant(args.min_life, false))?;
    match program(args, &grant) {
        Some(command) => become_it(command, args),
        None => Ok(ExitCode::SUCCESS),
    }
}

/// The program, with the token in each of the variables.
fn program(args: &Exec, grant: &Grant) -> Option<Command> {
    let (program, arguments) = args.command.split_first()?;
    let mut command = Command::new(program);
    command.args(arguments);
    for name in &args.variables {
        command.env(name, grant.access_token().expose());
    }
    Some(command)
}

/// The process is the program's from now on, signals and exit code and all.
#[cfg(unix)]
fn become_it(mut command: Command, args: &Exec) -> Result<ExitCode, Failure> {
    use std::os::unix::process::CommandExt;

    Err(cannot_run(args, &command.exec()))
}

#[cfg(not(unix))]
fn become_it(command: Command, args: &Exec) -> Result<ExitCode, Failure> {
    signals::Passed::new().and_then(|signals| signals.until_end(Some(|| start(command, args)))).map(ExitCode::from)
}

fn start(mut command: Command, args: &Exec) -> Result<std::process::Child, Failure> {
    command.spawn().map_err(|error| cannot_run(args, &error))
}

fn cannot_run(args: &Exec, error: &std::io::Error) -> Failure {
    let program = args.command.first().map(|program| program.display().to_string()).unwrap_or_default();
    let (code, advice) = match error.kind() {
        ErrorKind::NotFound => (NOT_FOUND, "is it installed, and on the PATH?"),
        ErrorKind::PermissionDenied => (CANNOT_RUN, "is it a program, and may you run it?"),
        ErrorKind::WouldBlock => (CANNOT_RUN, NO_PROCESS),
        _ => (CANNOT_RUN, "nothing was run"),
    };
    Failure::usage(format!("`{program}` cannot be run: {error}; {advice}")).exits(code)
}

/// What is needed beside the program cannot be had, so that it was not started.
fn no_thread() -> Failure {
    Failure::other(format!("nothing was run, since no thread can be started beside it: {NO_PROCESS}"))
}
