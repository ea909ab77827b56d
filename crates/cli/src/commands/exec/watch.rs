//! A file with a fresh token, for as long as a program runs.

use core::time::Duration;
use std::path::{Path, PathBuf};
use std::process::{self, ExitCode};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, TryRecvError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use hallpass_blocking::{Client, Want};
use hallpass_client::clock::Clock;
use hallpass_core::Grant;
use hallpass_core::lifecycle::{Landed, Lifecycle, Ticket, Todo};
use hallpass_store::Store;

use super::signals::Passed;
use crate::args::{Exec, Globals};
use crate::failure::Failure;
use crate::login::Login;
use crate::{output, private, spinner};

/// The longest look away: a suspended machine's monotonic clock stands still, and others may replace the token.
const GLANCE: Duration = Duration::from_secs(10);

/// The longest time between two tries to renew.
const LONGEST_RETRY: Duration = Duration::from_secs(30);

/// It has the file's path.
const VARIABLE: &str = "HALLPASS_TOKEN_FILE";

/// After a renewal that failed; the lifecycle has its own rules about what is really sent.
const RETRY: Duration = Duration::from_secs(1);

pub(super) fn run(globals: &Globals, args: &Exec, file: &Path) -> Result<ExitCode, Failure> {
    if args.variables.iter().any(|name| name == VARIABLE) {
        return Err(Failure::usage(format!("--env {VARIABLE}: with --watch it has the file's path: name another")));
    }
    // It stays the same file wherever the program moves to.
    let file = std::path::absolute(file).map_err(|error| cannot_write(file, &error))?;
    Login::with(globals, &args.profile, |login| {
        let keeper = Keeper::begin(login, args, file)?;
        // From here on no signal is lost, and none ends this process before its program, or amid a write.
        let mut signals = Passed::new()?;
        keeper.write(&keeper.grant)?;
        let start = match super::program(args, &keeper.grant) {
            Some(mut command) => {
                if let Some(code) = signals.came() {
                    return Ok(ExitCode::from(code));
                }
                command.env(VARIABLE, &keeper.file);
                Some(|| super::start(command, args))
            }
            None => None,
        };
        let (ends, ended) = mpsc::channel::<()>();
        let (client, writing) = (keeper.client.clone(), keeper.writing.clone());
        thread::scope(|scope| {
            // Before the program, which would be left alone if it could not be.
            let keeping = thread::Builder::new().name("hallpass-watch".into());
            keeping.spawn_scoped(scope, move || keeper.keep(&ended)).map_err(|_| super::no_thread())?;
            let code = signals.until_end(start)?;
            drop(ends);
            // What was sent may spend a refresh token, so it is waited for.
            client.close();
            spinner::stop();
            login.tell_of_store(&Ok(()));
            // Nothing else is: the keeper may be in a login that waits for a lock, or for a secret. It writes nothing now.
            let _writing = writing.lock().unwrap_or_else(PoisonError::into_inner);
            process::exit(code.into())
        })
    })
}

struct Keeper<'l, 'g> {
    login: &'l Login<'g>,
    client: Client,
    clock: Clock,
    want: Want,
    file: PathBuf,
    grant: Grant,
    /// Held while the file is written.
    writing: Arc<Mutex<()>>,
}

impl<'l, 'g> Keeper<'l, 'g> {
    /// Has the first token.
    fn begin(login: &'l Login<'g>, args: &Exec, file: PathBuf) -> Result<Self, Failure> {
        // In this order: a clock that began before the client's would end each pause a moment too soon.
        let (client, clock) = (login.client()?, Clock::start());
        let want = Want { min_life: args.min_life.unwrap_or_default(), not: None };
        let grant = login.token(&client, &want)?;
        login.tell_of_life(&grant, args.min_life);
        Ok(Self { login, client, clock, want: Want::default(), file, grant, writing: Arc::default() })
    }

    /// Until the program ends.
    fn keep(mut self, ended: &Receiver<()>) {
        let (mut retry, mut told) = (RETRY, Told::default());
        loop {
            let now = self.clock.now();
            let pause =
                if self.is_settled() { self.grant.ask_again().remaining(now).clamp(RETRY / 10, GLANCE) } else { retry };
            if ended.recv_timeout(pause) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            if self.is_settled() {
                if !self.is_replaced() {
                    continue;
                }
                // The client has the one of the store then.
                self.client.invalidate(self.grant.id());
            }
            let renewed = self.renew();
            if ended.try_recv() == Err(TryRecvError::Disconnected) {
                return;
            }
            match renewed {
                Ok(()) if self.is_settled() => (retry, told) = (RETRY, Told::default()),
                Ok(()) => retry = (retry * 2).min(LONGEST_RETRY),
                Err(failure) => {
                    retry = (retry * 2).min(LONGEST_RETRY);
                    if told.is_news(&failure) {
                        let (file, why) = (self.file.display(), failure.message());
                        output::warn(
                            self.login.globals,
                            &format!("the token in {file} could not be renewed, and is tried again: {why}"),
                        );
                    }
                }
            }
        }
    }

    fn renew(&mut self) -> Result<(), Failure> {
        let grant = self.login.token(&self.client, &self.want)?;
        if grant.id() != self.grant.id() {
            // One that is not in the file yet is written at the next try.
            self.write(&grant)?;
        }
        self.grant = grant;
        Ok(())
    }

    /// Whether the token in the file needs neither renewal nor another try to save what came with it.
    fn is_settled(&self) -> bool {
        self.grant.is_fresh(self.clock.now()) && !self.grant.is_unsaved()
    }

    /// Whether the store has another fresh token, as after `hallpass token --force`. A store that fails has none.
    fn is_replaced(&self) -> bool {
        let (now, want) = (self.clock.now(), Want::default());
        let mut life = Lifecycle::new(self.client.config().setup());
        let Ticket::Lead(flight, Todo::Peek(slot)) = life.get(now, &want) else { return false };
        let Ok(found) = self.login.store.store().peek(slot.key()) else { return false };
        drop(life.peeked(now, slot, Ok(found)));
        let kept = life.outcome(now, flight, &want);
        matches!(kept, Landed::Ok(grant) if grant.is_fresh(now) && grant.id() != self.grant.id())
    }

    fn write(&self, grant: &Grant) -> Result<(), Failure> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let token = grant.access_token().expose();
        private::replace(&self.file, token.as_bytes()).map_err(|error| cannot_write(&self.file, &error))
    }
}

/// What was said since the last renewal: each kind of failure is said once, not at every try.
#[derive(Default)]
struct Told(Vec<String>);

impl Told {
    fn is_news(&mut self, failure: &Failure) -> bool {
        let kind = failure.sameness();
        let news = !self.0.contains(&kind);
        if news {
            // Servers may have no end of codes.
            self.0.truncate(MOST - 1);
            self.0.insert(0, kind);
        }
        news
    }
}

const MOST: usize = 16;

fn cannot_write(file: &Path, error: &std::io::Error) -> Failure {
    private::failed(&format!("--watch {}", file.display()), error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Kind;

    #[test]
    fn what_differs_by_times_and_ids_alone_is_said_once() {
        let mut told = Told::default();
        let refused = |status, code: &str, text: &str| {
            let status = http::StatusCode::from_u16(status).expect("a status");
            Failure::new(Kind::Denied, text).said(status, Some(code.into()))
        };
        let latched = |until: &str| Failure::new(Kind::Denied, format!("not sent again before {until}"));
        for (failure, news) in [
            (refused(400, "invalid_client", "wrong, trace 4f1c"), true),
            (latched("2026-03-01T00:01:00Z"), true),
            (refused(400, "invalid_client", "wrong, trace 9b02"), false),
            (latched("2026-03-01T00:03:00Z"), false),
            (refused(503, "invalid_client", "busy, trace 11aa"), true),
            (Failure::usage("--watch t: No space left on device (os error 28)"), true),
            (Failure::usage("--watch t: No such file or directory (os error 2)"), true),
            (Failure::usage("--watch t: No space left on device (os error 28)"), false),
        ] {
            assert_eq!(told.is_news(&failure), news, "{}", failure.message());
        }
        for n in 0..10 * MOST {
            told.is_news(&refused(400, &n.to_string(), ""));
        }
        assert_eq!(told.0.len(), MOST);
    }
}
