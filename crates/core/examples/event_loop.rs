//! The lifecycle in an event loop of your own: one thread, plain sockets that never block, no HTTP library.
//!
//! Two logins run at once; each has many callers and makes one request.

mod plain;

use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hallpass_core::dialect::{Auth0Json, BasicForm, Dialect};
use hallpass_core::lifecycle::{
    Flight, Landed, Lifecycle, Loaded, Lock, Record, Setup, Sleeping, Slot, Ticket, Todo, Want,
};
use hallpass_core::{Endpoint, Now, Secrets, UtcDateTime, secret};
use plain::Exchange;

/// One login: its machine, its store, and what is under way for it.
struct Login {
    life: Lifecycle,
    record: Option<Record>,
    exchange: Option<Exchange<TcpStream>>,
    sleeper: Option<Slot<Sleeping>>,
    start: Instant,
}

impl Login {
    fn new(dialect: impl Dialect + 'static, seed: u64) -> Self {
        let setup = Setup::new(Arc::new(dialect), seed, "loop");
        Self { life: Lifecycle::new(setup), record: None, exchange: None, sleeper: None, start: Instant::now() }
    }

    fn now(&self) -> Now {
        Now { mono: self.start.elapsed(), wall: UtcDateTime::now() }
    }

    /// Carries out effects until one has to wait for the world.
    fn run(&mut self, todo: Todo) {
        let mut next = Some(todo);
        while let Some(todo) = next.take() {
            let now = self.now();
            let loaded = self.record.clone().map(|record| Loaded { record, age: None });
            next = match todo {
                Todo::Peek(slot) => self.life.peeked(now, slot, Ok(loaded)),
                Todo::Lock(slot) => self.life.locked(now, slot, Ok(Lock::Held(loaded.map(Box::new)))),
                Todo::Secret(slot) => {
                    self.life.secret(now, slot, Ok(Secrets::one(secret::CLIENT_SECRET, "demo-secret")))
                }
                Todo::Send(slot) => match plain::connect(&slot, |to| open(to, slot.egress().connect_timeout())) {
                    Ok(socket) => self.exchange.replace(Exchange::new(socket, slot, now)).and(None),
                    Err(error) => self.life.replied(now, slot, Err(error)),
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

    /// One turn of the loop: whatever has arrived, whatever time has come.
    fn turn(&mut self) {
        let now = self.now();
        if let Some(slot) = self.sleeper.take_if(|slot| slot.until().passed(now)) {
            self.life.woke(now, slot).into_iter().for_each(|todo| self.run(todo));
        }
        let Some(mut exchange) = self.exchange.take() else { return };
        match exchange.go_on(now) {
            Some(reply) => self.life.replied(now, exchange.slot, reply).into_iter().for_each(|todo| self.run(todo)),
            None => self.exchange = Some(exchange),
        }
    }

    /// A caller asks; whoever is told to lead starts the flight.
    fn ask(&mut self) -> Option<Flight> {
        match self.life.get(self.now(), &Want::default()) {
            Ticket::Lead(flight, todo) | Ticket::Refresh(_, flight, todo) => {
                self.run(todo);
                Some(flight)
            }
            Ticket::Wait(flight) => Some(flight),
            Ticket::Ready(_) | Ticket::Closed(_) => None,
        }
    }
}

fn open(to: SocketAddr, within: Duration) -> std::io::Result<TcpStream> {
    let socket = TcpStream::connect_timeout(&to, within)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// Runs both logins with a hundred callers each.
pub(crate) fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = hallpass_testserver::TestServer::start()?;
    let url = |path: &str| Endpoint::parse(&server.url(path));
    let auth0 = Auth0Json::new(url("/oauth/token")?, "demo-client", "demo-api");
    let basic = BasicForm::new(url("/oauth/v2/token")?, "demo-client");
    let mut logins = [Login::new(auth0, 1), Login::new(basic, 2)];
    let callers = (0..200).map(|caller| caller % logins.len()).collect::<Vec<_>>();
    let mut waiting = callers.into_iter().filter_map(|at| Some((at, logins[at].ask()?))).collect::<Vec<_>>();
    let mut answered = 0;
    while let Some((at, flight)) = waiting.pop() {
        match logins[at].life.outcome(logins[at].now(), flight, &Want::default()) {
            Landed::Ok(_) => answered += 1,
            Landed::Failed(error) => return Err(error.into()),
            Landed::Again => waiting.extend(logins[at].ask().map(|flight| (at, flight))),
            Landed::Flying => {
                waiting.insert(0, (at, flight));
                logins.iter_mut().for_each(Login::turn);
            }
        }
    }
    println!("{answered} callers answered by {} requests", server.requests().len());
    assert_eq!((answered, server.requests().len()), (200, 2));
    Ok(())
}
