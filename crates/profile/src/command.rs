//! Runs the program that knows a secret.

use core::time::Duration;
use std::io::{self, ErrorKind, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, SyncSender};
use std::thread;
use std::time::Instant;

use hallpass_client::failure::NO_PROCESS;
use hallpass_core::Secret;
use zeroize::Zeroizing;

use crate::Environment;
use crate::access::words;
use crate::value::{MOST, program, secret};

/// Long enough for somebody to type a passphrase.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long nothing more may come from a program that has ended, while something that it left behind, such as an agent,
/// still holds its stdout open.
const GRACE: Duration = Duration::from_millis(500);

/// Runs it without a shell and takes what it prints on stdout. stdin and stderr are the user's, so that it can ask for a
/// passphrase; without a terminal, stdin is empty, so that it takes nothing from a pipe meant for somebody else.
///
/// `argv` is a program and its arguments. A program with a path is looked for from `folder`, one without on the PATH.
pub(crate) fn run(argv: &[String], folder: &Path, environment: &Environment) -> Result<Secret, String> {
    run_within(argv, folder, environment, PATIENCE)
}

fn run_within(argv: &[String], folder: &Path, environment: &Environment, patience: Duration) -> Result<Secret, String> {
    let who = program(argv);
    let told = |why: String| format!("{who} {why}");
    let mut child = Running(spawn(argv, folder, environment).map_err(told)?);
    let output = child.output(patience).map_err(told)?;
    secret(&output, &who)
}

fn spawn(argv: &[String], folder: &Path, environment: &Environment) -> Result<Child, String> {
    let (name, arguments) = argv.split_first().ok_or("is not named")?;
    let path = PathBuf::from(name);
    let path = if path.components().nth(1).is_some() { environment.place(folder, &path) } else { path };
    let stdin = if std::io::stdin().is_terminal() { Stdio::inherit() } else { Stdio::null() };
    let spawned = Command::new(path).args(arguments).stdin(stdin).stdout(Stdio::piped()).spawn();
    spawned.map_err(|error| match error.kind() {
        ErrorKind::NotFound => "was not found: install it, or correct its name".into(),
        ErrorKind::WouldBlock => format!("cannot be run: {NO_PROCESS}"),
        _ => format!("cannot be run: {}", words(&error)),
    })
}

/// A child that does not outlive the wait for it.
struct Running(Child);

type Output = Zeroizing<Vec<u8>>;

impl Running {
    /// All that it prints until it ends well, or a little more than it may print.
    fn output(&mut self, patience: Duration) -> Result<Output, String> {
        const SHORTEST: Duration = Duration::from_micros(200);
        const LONGEST: Duration = Duration::from_millis(50);

        let deadline = Instant::now() + patience;
        // A sender stays here, so that waiting for news goes on after the last of them.
        let (sender, news) = mpsc::sync_channel(1);
        let listening = self.0.stdout.take().map(|stdout| listen(stdout, sender.clone())).transpose();
        let mut open = listening.map_err(|_| format!("cannot be listened to: {NO_PROCESS}"))?.is_some();
        // As large as it gets: to grow is to leave a copy behind.
        let mut output = Zeroizing::new(Vec::with_capacity(ROOM));
        let (mut status, mut pause) = (None, SHORTEST);
        while open || status.is_none() {
            match news.recv_timeout(if status.is_some() { GRACE } else { pause }) {
                Ok(Err(error)) => return Err(format!("cannot be read from: {}", words(&error))),
                Ok(Ok(bytes)) if bytes.is_empty() => (open, pause) = (false, SHORTEST),
                Ok(Ok(bytes)) => output.extend_from_slice(&bytes),
                Err(_) if status.is_some() => open = false,
                Err(_) => pause = (pause * 2).min(LONGEST),
            }
            if output.len() > MOST {
                return Ok(output);
            }
            if status.is_none() {
                status = self.0.try_wait().map_err(|error| format!("cannot be waited for: {}", words(&error)))?;
            }
            if (open || status.is_none()) && Instant::now() >= deadline {
                return Err(format!("did not end within {} s, and was stopped", patience.as_secs()));
            }
        }
        match status {
            Some(status) if !status.success() => {
                Err(format!("failed with {status}: run the command by hand to see why"))
            }
            _ => Ok(output),
        }
    }
}

/// The most bytes at a time.
const CHUNK: usize = 4096;

/// Enough for what a program may print and the chunk that is too much.
const ROOM: usize = MOST + CHUNK;

/// Sends each chunk that comes, and an empty one at the end. A read cannot be given a deadline, so a thread of its own
/// waits; if nobody listens any more, it ends with the pipe.
fn listen(mut stdout: ChildStdout, sender: SyncSender<io::Result<Output>>) -> io::Result<()> {
    let listening = move || {
        loop {
            let mut chunk = Zeroizing::new(vec![0; CHUNK]);
            let read = match stdout.read(&mut chunk) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                read => read,
            };
            let last = !matches!(read, Ok(1..));
            let bytes = read.map(|length| {
                chunk.truncate(length);
                chunk
            });
            if sender.send(bytes).is_err() || last {
                break;
            }
        }
    };
    thread::Builder::new().name("hallpass-secret".into()).spawn(listening).map(drop)
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
        run_within(&argv, Path::new("/"), &Environment::empty(), patience).map(|secret| secret.expose().to_owned())
    }

    #[test]
    fn what_it_prints_is_the_secret() {
        assert_eq!(sh("echo canary-7", PATIENCE), Ok("canary-7".into()));
        assert_eq!(sh("printf '%s' 'two words'", PATIENCE), Ok("two words".into()));
        // At a terminal it waits for what is typed.
        if !std::io::stdin().is_terminal() {
            assert_eq!(sh("cat; echo x", PATIENCE), Ok("x".into()), "stdin is empty where there is no terminal");
        }
    }

    #[test]
    fn a_failure_names_program_and_status_but_not_what_it_printed() {
        let error = sh("echo canary-7; exit 3", PATIENCE).expect_err("exit 3");
        assert_eq!(error, "the program `sh` failed with exit status: 3: run the command by hand to see why");
        let killed = sh("echo canary-7; kill -9 $$", PATIENCE).expect_err("a signal");
        assert!(killed.contains("signal: 9") && !killed.contains("canary-7"), "{killed}");
        let none =
            run(&["hallpass-has-no-such-program".into()], Path::new("/"), &Environment::empty()).expect_err("unknown");
        assert_eq!(none, "the program `hallpass-has-no-such-program` was not found: install it, or correct its name");
    }

    #[test]
    fn too_much_or_nothing_or_nonsense_is_refused() {
        assert!(sh("yes canary-7", PATIENCE).is_err_and(|why| why.contains("64 KiB") && !why.contains("canary")));
        assert!(sh("true", PATIENCE).is_err_and(|why| why.contains("gives nothing")));
        assert!(sh("printf '\\377'", PATIENCE).is_err_and(|why| why.contains("UTF-8")));
    }

    /// As a password manager does that starts its agent.
    #[test]
    fn what_it_leaves_behind_is_not_waited_for() {
        let short = Duration::from_secs(8);
        assert_eq!(sh("sleep 30 2>&- & echo canary-7", short), Ok("canary-7".into()));
        assert!(sh("sleep 30 2>&- & exit 3", short).is_err_and(|why| why.contains("exit status: 3")));
    }

    #[test]
    fn one_that_does_not_end_is_stopped() {
        let short = Duration::from_millis(100);
        let begun = Instant::now();
        assert!(sh("exec sleep 30", short).is_err_and(|why| why.contains("did not end")));
        assert!(
            sh("while echo x; do sleep 0.02; done 2>&- & exit", short).is_err_and(|why| why.contains("did not end"))
        );
        assert!(sh("exec >&-; exec sleep 30", short).is_err_and(|why| why.contains("did not end")));
        assert!(begun.elapsed() < Duration::from_secs(20));
    }
}
