//! The lifecycle in a program that draws frames: its thread never waits, and another one does the HTTP.

use std::io::{ErrorKind, Read as _};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use hallpass_core::dialect::{Dialect, PasswordForm};
use hallpass_core::lifecycle::{Lifecycle, Loaded, Lock, Record, Sending, Setup, Sleeping, Slot, Ticket, Todo, Want};
use hallpass_core::{
    Body, Egress, Endpoint, Error, Grant, Now, Reply, Request, Secrets, SendError, UtcDateTime, secret,
};

/// What one frame lasts; a game would wait for the screen here.
const FRAME: Duration = Duration::from_millis(1);

type Answer = Result<Reply, SendError>;

struct Login {
    life: Lifecycle,
    record: Option<Record>,
    sleeper: Option<Slot<Sleeping>>,
    sending: Option<Slot<Sending>>,
    out: Sender<(Request, Egress)>,
    back: Receiver<Answer>,
    start: Instant,
}

impl Login {
    fn new(dialect: impl Dialect + 'static) -> Self {
        let setup = Setup::new(Arc::new(dialect), 1, "game");
        let ((out, requests), (answers, back), start) = (channel(), channel(), Instant::now());
        thread::spawn(move || network(&requests, &answers, start));
        Self { life: Lifecycle::new(setup), record: None, sleeper: None, sending: None, out, back, start }
    }

    /// Once a frame: takes in what has come, and says whether there is a token.
    fn poll(&mut self) -> Result<Option<Grant>, Error> {
        let now = now(self.start);
        if let Ok(answer) = self.back.try_recv()
            && let Some(slot) = self.sending.take()
        {
            let todo = self.life.replied(now, slot, answer);
            self.run(todo);
        }
        if let Some(slot) = self.sleeper.take_if(|slot| slot.until().passed(now)) {
            let todo = self.life.woke(now, slot);
            self.run(todo);
        }
        match self.life.get(now, &Want::default()) {
            Ticket::Ready(grant) => Ok(Some(grant)),
            Ticket::Refresh(grant, _, todo) => {
                self.run(Some(todo));
                Ok(Some(grant))
            }
            Ticket::Lead(_, todo) => {
                self.run(Some(todo));
                Ok(None)
            }
            Ticket::Wait(_) => Ok(None),
            Ticket::Closed(error) => Err(error),
        }
    }

    /// Carries out effects until one has to wait for the world.
    fn run(&mut self, mut next: Option<Todo>) {
        while let Some(todo) = next.take() {
            let now = now(self.start);
            let loaded = self.record.clone().map(|record| Loaded { record, age: None });
            next = match todo {
                Todo::Peek(slot) => self.life.peeked(now, slot, Ok(loaded)),
                Todo::Lock(slot) => self.life.locked(now, slot, Ok(Lock::Held(loaded.map(Box::new)))),
                Todo::Secret(slot) => {
                    self.life.secret(now, slot, Ok(Secrets::one(secret::PASSWORD, "correct horse 9")))
                }
                Todo::Send(slot) => match self.out.send((slot.request().clone(), slot.egress().clone())) {
                    Ok(()) => self.sending.replace(slot).and(None),
                    Err(_) => {
                        self.life.replied(now, slot, Err(SendError::NotSent("the network thread is gone".into())))
                    }
                },
                Todo::Save(slot) => {
                    self.record = Some(slot.record().clone());
                    self.life.saved(now, slot, Ok(()))
                }
                Todo::Unlock(slot) => self.life.unlocked(now, slot, Ok(())),
                Todo::Sleep(slot) => self.sleeper.replace(slot).and(None),
            };
        }
    }
}

fn now(start: Instant) -> Now {
    Now { mono: start.elapsed(), wall: UtcDateTime::now() }
}

/// Sends whatever it is given, one after the other, and ends with the login.
fn network(requests: &Receiver<(Request, Egress)>, answers: &Sender<Answer>, start: Instant) {
    let settings = ureq::Agent::config_builder().max_redirects(0).http_status_as_error(false).proxy(None);
    let agent = settings.build().new_agent();
    for (request, egress) in requests {
        if answers.send(exchange(&agent, &request, &egress, start)).is_err() {
            return;
        }
    }
}

fn exchange(agent: &ureq::Agent, request: &Request, egress: &Egress, start: Instant) -> Answer {
    let mut out = http::Request::new(request.body.expose());
    *out.method_mut() = request.method.clone();
    *out.uri_mut() = request.endpoint.uri().clone();
    out.headers_mut().clone_from(&request.headers);
    let out = agent.configure_request(out).timeout_global(Some(egress.timeout())).build();
    let (head, body) = agent.run(out).map_err(told)?.into_parts();
    let mut bytes = Vec::new();
    let most = egress.reply_cap() as u64;
    body.into_reader().take(most + 1).read_to_end(&mut bytes).map_err(|error| told(error.into()))?;
    let cut = bytes.len() as u64 > most;
    bytes.truncate(egress.reply_cap());
    Ok(Reply { status: head.status, headers: head.headers, body: Body::new(bytes), cut, received: now(start) })
}

/// Only what surely never left may be sent again.
fn told(error: ureq::Error) -> SendError {
    match error {
        ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => SendError::NotSent(error.to_string()),
        ureq::Error::Io(io) if io.kind() == ErrorKind::ConnectionRefused => SendError::NotSent(io.to_string()),
        error => SendError::MaybeSent(error.to_string()),
    }
}

/// Draws frames until the token is there.
pub(crate) fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = hallpass_testserver::TestServer::start()?;
    let mut login = Login::new(PasswordForm::new(Endpoint::parse(&server.url("/authorization"))?, "alice"));
    let mut frames = 0;
    while login.poll()?.is_none() {
        frames += 1;
        thread::sleep(FRAME);
    }
    println!("a token after {frames} frames and {} request", server.requests().len());
    assert!(frames > 0 && server.requests().len() == 1);
    Ok(())
}
