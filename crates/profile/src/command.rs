//! Runs the program that knows a secret.

use core::time::Duration;
use std::io::{ErrorKind, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Instant;

use hallpass_core::Secret;
use zeroize::Zeroizing;

use crate::value::{MOST, program, secret};

/// Long enough for somebody to type a passphrase.
const PATIENCE: Duration = Duration::from_mins(1);

/// Runs it without a shell and takes what it prints on stdout. stdin and stderr are the user's, so that it can ask for a
/// passphrase; without a terminal, stdin is empty, so that it takes nothing from a pipe meant for somebody else.
///
/// `argv` is a program and its arguments. A program with a path is looked for from `folder`, one without on the PATH.
pub(crate) fn run(argv: &[String], folder: &Path) -> Result<Secret, String> {
    run_within(argv, folder, PATIENCE)
}

fn run_within(argv: &[String], folder: &Path, patience: Duration) -> Result<Secret, String> {
    let who = program(argv);
    let mut child = Running(spawn(argv, folder).map_err(|why| format!("{who} {why}"))?);
    let deadline = Instant::now() + patience;
    let late = || format!("{who} did not end within {} s, and was stopped", patience.as_secs());

    let output = child.output(deadline).ok_or_else(late)?;
    let output = output.map_err(|kind| format!("{who} cannot be read from: {kind}"))?;
    if output.len() as u64 <= MOST {
        let status = child.status(deadline).ok_or_else(late)?;
        let status = status.map_err(|kind| format!("{who} cannot be waited for: {kind}"))?;
        if !status.success() {
            return Err(format!("{who} failed with {status}: run the command by hand to see why"));
        }
    }
    secret(&output, &who)
}

fn spawn(argv: &[String], folder: &Path) -> Result<Child, String> {
    let (name, arguments) = argv.split_first().ok_or("is not named")?;
    let path = PathBuf::from(name);
    let path = if path.components().nth(1).is_some() { folder.join(path) } else { path };
    let stdin = if std::io::stdin().is_terminal() { Stdio::inherit() } else { Stdio::null() };
    let spawned = Command::new(path).args(arguments).stdin(stdin).stdout(Stdio::piped()).spawn();
    spawned.map_err(|error| match error.kind() {
        ErrorKind::NotFound => "was not found: install it, or correct its name".into(),
        kind => format!("cannot be run: {kind}"),
    })
}

/// A child that does not outlive the wait for it.
struct Running(Child);

type Output = Zeroizing<Vec<u8>>;

impl Running {
    /// All that it prints, or one byte more than it may; `None` if it is still at it when the time has passed.
    fn output(&mut self, deadline: Instant) -> Option<Result<Output, ErrorKind>> {
        let stdout = self.0.stdout.take();
        let (sender, receiver) = mpsc::channel();
        // A read cannot be given a deadline, so a thread of its own waits. If the time passes, it ends with the pipe.
        std::thread::spawn(move || {
            let mut bytes = Zeroizing::new(Vec::with_capacity(1024));
            let read = stdout.map_or(Ok(0), |stdout| stdout.take(MOST + 1).read_to_end(&mut bytes));
            sender.send(read.map(|_| bytes).map_err(|error| error.kind())).ok();
        });
        receiver.recv_timeout(deadline.saturating_duration_since(Instant::now())).ok()
    }

    /// How it ended; `None` if it has not when the time has passed.
    fn status(&mut self, deadline: Instant) -> Option<Result<ExitStatus, ErrorKind>> {
        let mut pause = Duration::from_micros(200);
        loop {
            match self.0.try_wait() {
                Ok(Some(status)) => return Some(Ok(status)),
                Err(error) => return Some(Err(error.kind())),
                Ok(None) if Instant::now() >= deadline => return None,
                Ok(None) => std::thread::sleep(pause),
            }
            pause = (pause * 2).min(Duration::from_millis(50));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both do nothing to a child that was waited for; one that was not must neither run on nor stay a zombie.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn sh(script: &str, patience: Duration) -> Result<String, String> {
        let argv = ["sh", "-c", script].map(str::to_owned);
        run_within(&argv, Path::new("/"), patience).map(|secret| secret.expose().to_owned())
    }

    #[test]
    fn what_it_prints_is_the_secret() {
        assert_eq!(sh("echo canary-7", PATIENCE), Ok("canary-7".into()));
        assert_eq!(sh("printf '%s' 'two words'", PATIENCE), Ok("two words".into()));
        assert_eq!(sh("cat; echo x", PATIENCE), Ok("x".into()), "stdin is empty where there is no terminal");
    }

    #[test]
    fn a_failure_names_program_and_status_but_not_what_it_printed() {
        let error = sh("echo canary-7; exit 3", PATIENCE).expect_err("exit 3");
        assert_eq!(error, "the program `sh` failed with exit status: 3: run the command by hand to see why");
        let killed = sh("echo canary-7; kill -9 $$", PATIENCE).expect_err("a signal");
        assert!(killed.contains("signal: 9") && !killed.contains("canary-7"), "{killed}");
        let none = run(&["hallpass-has-no-such-program".into()], Path::new("/")).expect_err("unknown");
        assert_eq!(none, "the program `hallpass-has-no-such-program` was not found: install it, or correct its name");
    }

    #[test]
    fn too_much_or_nothing_or_nonsense_is_refused() {
        assert!(sh("yes canary-7", PATIENCE).is_err_and(|why| why.contains("64 KiB") && !why.contains("canary")));
        assert!(sh("true", PATIENCE).is_err_and(|why| why.contains("gives nothing")));
        assert!(sh("printf '\\377'", PATIENCE).is_err_and(|why| why.contains("UTF-8")));
    }

    #[test]
    fn one_that_does_not_end_is_stopped() {
        let short = Duration::from_millis(100);
        let begun = Instant::now();
        assert!(sh("exec sleep 30", short).is_err_and(|why| why.contains("did not end")));
        assert!(sh("exec >&-; exec sleep 30", short).is_err_and(|why| why.contains("did not end")));
        assert!(begun.elapsed() < Duration::from_secs(20));
    }
}
