//! The lifecycle on smol, with hyper as its HTTP client: a hundred tasks on one thread, one flight.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Instant;

use hallpass_core::dialect::{BasicForm, Dialect};
use hallpass_core::lifecycle::{
    Flight, Landed, Lifecycle, Loaded, Lock, Record, Sending, Setup, Slot, Ticket, Todo, Want,
};
use hallpass_core::{Body, Endpoint, Error, Grant, Now, Reply, Secrets, SendError, UtcDateTime, secret};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use smol::channel::{Receiver, Sender};
use smol::net::TcpStream;
use smol::{LocalExecutor, Timer, channel, future};
use smol_hyper::rt::FuturesIo;

/// One login, shared by the tasks of one thread.
struct Login {
    life: RefCell<Lifecycle>,
    record: RefCell<Option<Record>>,
    secrets: Secrets,
    /// Closed, and so awake, when a flight is over.
    landing: RefCell<(Sender<()>, Receiver<()>)>,
    start: Instant,
}

impl Login {
    fn new(dialect: impl Dialect + 'static, secrets: Secrets) -> Self {
        let setup = Setup::new(Arc::new(dialect), 1, "smol");
        let (life, landing) = (Lifecycle::new(setup).into(), channel::bounded(1).into());
        Self { life, record: None.into(), secrets, landing, start: Instant::now() }
    }

    fn now(&self) -> Now {
        Now { mono: self.start.elapsed(), wall: UtcDateTime::now() }
    }

    /// A token: in hand, or from a flight that this task leads or waits for.
    async fn token(&self) -> Result<Grant, Error> {
        let want = Want::default();
        loop {
            let ticket = self.life.borrow_mut().get(self.now(), &want);
            let flight = match ticket {
                Ticket::Ready(grant) => return Ok(grant),
                Ticket::Closed(error) => return Err(error),
                Ticket::Lead(flight, todo) | Ticket::Refresh(_, flight, todo) => {
                    self.fly(flight, todo).await;
                    flight
                }
                Ticket::Wait(flight) => {
                    let landing = self.landing.borrow().1.clone();
                    let _ = landing.recv().await;
                    flight
                }
            };
            let landed = self.life.borrow_mut().outcome(self.now(), flight, &want);
            match landed {
                Landed::Ok(grant) => return Ok(grant),
                Landed::Failed(error) => return Err(error),
                Landed::Flying | Landed::Again => {}
            }
        }
    }

    /// Carries out the effects of a flight.
    async fn fly(&self, flight: Flight, todo: Todo) {
        let _lead = Lead(self, flight);
        let mut next = Some(todo);
        while let Some(todo) = next {
            let loaded = self.record.borrow().clone().map(|record| Loaded { record, age: None });
            next = match todo {
                Todo::Peek(slot) => self.life.borrow_mut().peeked(self.now(), slot, Ok(loaded)),
                Todo::Lock(slot) => {
                    self.life.borrow_mut().locked(self.now(), slot, Ok(Lock::Held(loaded.map(Box::new))))
                }
                Todo::Secret(slot) => self.life.borrow_mut().secret(self.now(), slot, Ok(self.secrets.clone())),
                Todo::Send(slot) => {
                    let late = async {
                        Timer::after(slot.egress().timeout()).await;
                        Err(SendError::MaybeSent("the time for the whole exchange is over".into()))
                    };
                    let reply = future::or(self.exchange(&slot), late).await;
                    self.life.borrow_mut().replied(self.now(), slot, reply)
                }
                Todo::Save(slot) => {
                    *self.record.borrow_mut() = Some(slot.record().clone());
                    self.life.borrow_mut().saved(self.now(), slot, Ok(()))
                }
                Todo::Unlock(slot) => self.life.borrow_mut().unlocked(self.now(), slot, Ok(())),
                Todo::Sleep(slot) => {
                    Timer::after(slot.until().remaining(self.now())).await;
                    self.life.borrow_mut().woke(self.now(), slot)
                }
            };
        }
    }

    /// One request, one reply.
    async fn exchange(&self, slot: &Slot<Sending>) -> Result<Reply, SendError> {
        let (request, egress) = (slot.request(), slot.egress());
        let not_sent = |error: &dyn std::error::Error| SendError::NotSent(error.to_string());
        let maybe_sent = |error: &dyn std::error::Error| SendError::MaybeSent(error.to_string());
        if egress.origin().is_https() {
            return Err(SendError::NotSent("this example speaks no TLS, and no secret goes out in the clear".into()));
        }
        let mut out = http::Request::new(Full::new(bytes::Bytes::copy_from_slice(request.body.expose())));
        *out.method_mut() = request.method.clone();
        *out.uri_mut() = request
            .endpoint
            .uri()
            .path_and_query()
            .map_or("/", |it| it.as_str())
            .parse()
            .map_err(|it| not_sent(&it))?;
        out.headers_mut().clone_from(&request.headers);
        let authority = format!("{}:{}", egress.origin().host(), egress.origin().port());
        out.headers_mut().insert("host", authority.parse().map_err(|it| not_sent(&it))?);
        let late = async {
            Timer::after(egress.connect_timeout()).await;
            Err(std::io::Error::from(std::io::ErrorKind::TimedOut))
        };
        let stream = future::or(TcpStream::connect(authority), late).await.map_err(|it| not_sent(&it))?;
        let (mut sender, connection) = http1::handshake(FuturesIo::new(stream)).await.map_err(|it| not_sent(&it))?;
        smol::spawn(connection).detach();
        let (head, mut frames) = sender.send_request(out).await.map_err(|it| maybe_sent(&it))?.into_parts();
        let (mut body, most) = (Vec::new(), egress.reply_cap());
        while body.len() <= most
            && let Some(frame) = frames.frame().await
        {
            body.extend(frame.map_err(|it| maybe_sent(&it))?.into_data().unwrap_or_default());
        }
        let cut = body.len() > most;
        body.truncate(most);
        let (status, headers) = (head.status, head.headers);
        Ok(Reply { status, headers, body: Body::new(body), cut, received: self.now() })
    }
}

/// Leads a flight, and wakes whoever waits for it however it ends.
struct Lead<'l>(&'l Login, Flight);

impl Drop for Lead<'_> {
    fn drop(&mut self) {
        self.0.life.borrow_mut().abandon(self.1);
        self.0.landing.replace(channel::bounded(1));
    }
}

/// Has a hundred tasks ask at once.
pub(crate) fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = hallpass_testserver::TestServer::start()?;
    let dialect = BasicForm::new(Endpoint::parse(&server.url("/oauth/v2/token"))?, "demo-client");
    let login = Login::new(dialect, Secrets::one(secret::CLIENT_SECRET, "demo-secret"));
    let tasks = LocalExecutor::new();
    let callers: Vec<_> = (0..100).map(|_| tasks.spawn(login.token())).collect();
    future::block_on(tasks.run(async {
        for caller in callers {
            caller.await?;
        }
        Ok::<_, Error>(())
    }))?;
    println!("100 tasks answered by {} request", server.requests().len());
    assert_eq!(server.requests().len(), 1);
    Ok(())
}
