//! A thousand logins in one thread: mio watches the sockets, and no more than a few dozen are open at once.

mod plain;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use hallpass_core::dialect::BasicForm;
use hallpass_core::lifecycle::{
    Landed, Lifecycle, Loaded, Lock, Record, Sending, Setup, Sleeping, Slot, Ticket, Todo, Want,
};
use hallpass_core::{Endpoint, Now, Secrets, UtcDateTime, secret};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use plain::Exchange;

const LOGINS: usize = 1_000;
const SOCKETS: usize = 64;

/// One login: its machine and its store.
struct Login {
    life: Lifecycle,
    record: Option<Record>,
    sleeper: Option<Slot<Sleeping>>,
    sending: Option<Slot<Sending>>,
}

/// All of them, and what they wait for.
struct Turning {
    logins: Vec<Login>,
    poll: Poll,
    open: HashMap<usize, Exchange<TcpStream>>,
    start: Instant,
}

impl Turning {
    fn now(&self) -> Now {
        Now { mono: self.start.elapsed(), wall: UtcDateTime::now() }
    }

    /// Carries out effects until one has to wait for the world.
    fn run(&mut self, at: usize, mut next: Option<Todo>) {
        while let Some(todo) = next.take() {
            let (now, it) = (self.now(), &mut self.logins[at]);
            let loaded = it.record.clone().map(|record| Loaded { record, age: None });
            next = match todo {
                Todo::Peek(slot) => it.life.peeked(now, slot, Ok(loaded)),
                Todo::Lock(slot) => it.life.locked(now, slot, Ok(Lock::Held(loaded.map(Box::new)))),
                Todo::Secret(slot) => it.life.secret(now, slot, Ok(Secrets::one(secret::CLIENT_SECRET, "demo-secret"))),
                Todo::Send(slot) => it.sending.replace(slot).and(None),
                Todo::Save(slot) => {
                    it.record = Some(slot.record().clone());
                    it.life.saved(now, slot, Ok(()))
                }
                Todo::Unlock(slot) => it.life.unlocked(now, slot, Ok(())),
                Todo::Sleep(slot) => it.sleeper.replace(slot).and(None),
            };
        }
    }

    /// One turn: timers that are over, requests that there is room for, and then whatever socket moves first.
    fn turn(&mut self, events: &mut Events) -> std::io::Result<()> {
        for at in 0..self.logins.len() {
            let now = self.now();
            if let Some(slot) = self.logins[at].sleeper.take_if(|slot| slot.until().passed(now)) {
                let todo = self.logins[at].life.woke(now, slot);
                self.run(at, todo);
            }
            if self.open.len() < SOCKETS
                && let Some(slot) = self.logins[at].sending.take()
            {
                let todo = match plain::connect(&slot, |to| self.watched(TcpStream::connect(to)?, Token(at))) {
                    Ok(socket) => self.open.insert(at, Exchange::new(socket, slot, now)).and(None),
                    Err(error) => self.logins[at].life.replied(now, slot, Err(error)),
                };
                self.run(at, todo);
            }
        }
        let now = self.now();
        let sleepers = self.logins.iter().filter_map(|it| Some(it.sleeper.as_ref()?.until()));
        let timers = sleepers.chain(self.open.values().map(|exchange| exchange.until));
        self.poll.poll(events, timers.map(|until| until.remaining(now)).min())?;
        let now = self.now();
        let late = self.open.iter().filter(|(_, exchange)| exchange.until.passed(now)).map(|(at, _)| *at);
        for at in events.iter().map(|event| event.token().0).chain(late).collect::<Vec<_>>() {
            let Some(mut exchange) = self.open.remove(&at) else { continue };
            let todo = match exchange.go_on(now) {
                Some(reply) => self.logins[at].life.replied(now, exchange.slot, reply),
                None => self.open.insert(at, exchange).and(None),
            };
            self.run(at, todo);
        }
        Ok(())
    }

    fn watched(&self, mut socket: TcpStream, token: Token) -> std::io::Result<TcpStream> {
        self.poll.registry().register(&mut socket, token, Interest::READABLE | Interest::WRITABLE)?;
        Ok(socket)
    }
}

/// Has every login get its token.
pub(crate) fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = hallpass_testserver::TestServer::start()?;
    let url = Endpoint::parse(&server.url("/oauth/v2/token"))?;
    let login = |seed| {
        let dialect = Arc::new(BasicForm::new(url.clone(), "demo-client"));
        let setup = Setup::new(dialect, seed, "");
        Login { life: Lifecycle::new(setup), record: None, sleeper: None, sending: None }
    };
    let logins = (0..LOGINS as u64).map(login).collect();
    let (poll, mut events, want) = (Poll::new()?, Events::with_capacity(SOCKETS), Want::default());
    let mut all = Turning { logins, poll, open: HashMap::new(), start: Instant::now() };
    let mut waiting = Vec::new();
    for at in 0..LOGINS {
        let now = all.now();
        let Ticket::Lead(flight, todo) = all.logins[at].life.get(now, &want) else { panic!("nobody else leads") };
        waiting.push((at, flight));
        all.run(at, Some(todo));
    }
    while let Some(&(at, flight)) = waiting.last() {
        match all.logins[at].life.outcome(all.now(), flight, &want) {
            Landed::Ok(_) => drop(waiting.pop()),
            Landed::Failed(error) => return Err(error.into()),
            Landed::Flying | Landed::Again => all.turn(&mut events)?,
        }
    }
    println!("{LOGINS} logins have their token");
    Ok(())
}
