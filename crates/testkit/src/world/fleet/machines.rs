//! The fleet whose processes run the lifecycle machine, with nothing shared, a file a host, or one Redis.

use std::sync::Arc;

use hallpass_core::dialect::{Auth0Json, Dialect};
use hallpass_core::error::{StoreFailure, StoreTask};
use hallpass_core::lifecycle::{
    Flight, Landed, Lifecycle, Lock, Policy, Revision, SaveError, Sending, Setup, Slot, Ticket, Todo, Want,
};
use hallpass_core::{Endpoint, Now, Reply, SendError};

use super::super::clock::{At, MILLI, SECOND, duration, micros, true_wall};
use super::super::plan::StoreKind;
use super::super::queue::Queue;
use super::super::server::{ORIGIN, delivered, secrets};
use super::super::store::{Holding, Store};
use super::plain::seen;
use super::provider::{Provider, Said};
use super::timeline::Timeline;
use super::{Client, Fleet, Seen, Waits};
use crate::mix::mix;

/// How long the one Redis is down.
const STORE_DOWN: At = 10 * 60 * SECOND;

pub(super) fn watch(fleet: &Fleet, client: Client, provider: Provider, mut timeline: Timeline) -> Seen {
    let mut queue = Queue::default();
    for i in 0..fleet.instances {
        queue.plan(timeline.first(), Event::Call(i));
    }
    let url = Endpoint::parse(&format!("{ORIGIN}/oauth/token")).expect("a plain URL");
    let (kind, sharing, takes) = match client {
        Client::Redis => (StoreKind::Lease { clock: true, strict: false }, fleet.instances, MILLI),
        Client::File => (StoreKind::Flock, Fleet::PER_HOST, MILLI / 10),
        _ => (StoreKind::Flock, 1, 0),
    };
    let down = fleet.end() * 2 / 5;
    let mut machines = Machines {
        dialect: Arc::new(Auth0Json::new(url, "client", "api")),
        policy: Policy::default(),
        seed: fleet.seed,
        processes: (0..fleet.instances).map(|_| Process::default()).collect(),
        stores: (0..fleet.instances.div_ceil(sharing)).map(|_| Store::new(kind, None)).collect(),
        sharing,
        takes,
        down: if client == Client::Redis { (down, down + STORE_DOWN) } else { (0, 0) },
        queue,
        provider,
        timeline,
        waits: Waits::default(),
        failed: 0,
    };
    while let Some((at, event)) = machines.queue.next() {
        machines.happen(at, event);
    }
    seen(machines.provider, machines.waits, machines.failed)
}

enum Event {
    Call(usize),
    Do(usize, u32, Box<Todo>),
    Reply(usize, u32, Box<Slot<Sending>>, Said),
}

/// One process: its machine, and what its driver knows.
#[derive(Default)]
struct Process {
    life: u32,
    machine: Option<Box<Lifecycle>>,
    holding: Option<Holding>,
    base: Option<Revision>,
    waiting: Vec<(Flight, At)>,
}

struct Machines {
    dialect: Arc<dyn Dialect>,
    policy: Policy,
    seed: u64,
    processes: Vec<Process>,
    stores: Vec<Store>,
    /// How many processes share a store.
    sharing: usize,
    /// How long a store takes.
    takes: At,
    /// From when to when it cannot be reached.
    down: (At, At),
    queue: Queue<Event>,
    provider: Provider,
    timeline: Timeline,
    waits: Waits,
    failed: u64,
}

impl Machines {
    fn happen(&mut self, at: At, event: Event) {
        match event {
            Event::Call(i) if at < self.timeline.end => self.call(i, at),
            Event::Do(i, life, todo) if life == self.processes[i].life => {
                let todo = self.carry_out(i, at, *todo);
                self.go_on(i, at, todo);
            }
            Event::Reply(i, life, slot, said) if life == self.processes[i].life => {
                let now = now(at);
                let machine = self.processes[i].machine.as_mut();
                let todo = machine.and_then(|machine| machine.replied(now, *slot, answer(said, at, now)));
                self.go_on(i, at, todo);
            }
            Event::Call(_) | Event::Do(..) | Event::Reply(..) => {}
        }
    }

    /// A caller comes.
    fn call(&mut self, i: usize, at: At) {
        if self.timeline.begins_anew(i, at) || self.processes[i].machine.is_none() {
            self.start(i);
        }
        let next = self.ask(i, at, at);
        self.queue.plan(next, Event::Call(i));
    }

    /// Nothing in memory survives, callers included.
    fn start(&mut self, i: usize) {
        let Process { life, holding, .. } = core::mem::take(&mut self.processes[i]);
        if let Some(holding) = holding {
            self.stores[i / self.sharing].orphan(holding);
        }
        let life = life + 1;
        let seed = mix(self.seed ^ mix((i as u64) << 32 | u64::from(life)));
        let mut setup = Setup::new(Arc::clone(&self.dialect), seed, "");
        setup.policy = self.policy.clone();
        if self.sharing == 1 {
            self.stores[i] = Store::new(StoreKind::Flock, None);
        }
        self.processes[i] = Process { life, machine: Some(Box::new(Lifecycle::new(setup))), ..Process::default() };
    }

    /// Asks the machine for a caller who has waited since; when the next one comes for whom it has to be asked.
    fn ask(&mut self, i: usize, at: At, since: At) -> At {
        let now = now(at);
        let Some(machine) = self.processes[i].machine.as_mut() else { return at };
        match machine.get(now, &Want::default()) {
            Ticket::Ready(grant) => {
                let until = at + micros(grant.ask_again().remaining(now));
                let (next, skipped) = self.timeline.skip(i, at, until);
                self.waits.add(at - since);
                self.waits.none(skipped);
                return next;
            }
            Ticket::Refresh(_, _, todo) => {
                self.waits.add(at - since);
                self.go_on(i, at, Some(todo));
            }
            Ticket::Lead(flight, todo) => {
                self.processes[i].waiting.push((flight, since));
                self.go_on(i, at, Some(todo));
            }
            Ticket::Wait(flight) => self.processes[i].waiting.push((flight, since)),
            Ticket::Closed(_) => self.failed += 1,
        }
        self.timeline.next(at)
    }

    /// Plans the next effect, and tells those whose flight has landed.
    fn go_on(&mut self, i: usize, at: At, todo: Option<Todo>) {
        if let Some(todo) = todo {
            let takes = match &todo {
                Todo::Send(_) | Todo::Secret(_) => 0,
                Todo::Sleep(slot) => micros(slot.until().remaining(now(at))),
                _ => self.takes,
            };
            let life = self.processes[i].life;
            self.queue.plan(at + takes, Event::Do(i, life, Box::new(todo)));
        }
        for (flight, since) in core::mem::take(&mut self.processes[i].waiting) {
            let process = &mut self.processes[i];
            let Some(machine) = &process.machine else { return };
            match machine.outcome(now(at), flight, &Want::default()) {
                Landed::Flying => process.waiting.push((flight, since)),
                Landed::Ok(_) => self.waits.add(at - since),
                Landed::Failed(_) => self.failed += 1,
                Landed::Again => {
                    self.ask(i, at, since);
                }
            }
        }
    }

    fn carry_out(&mut self, i: usize, at: At, todo: Todo) -> Option<Todo> {
        let now = now(at);
        let down = (self.down.0..self.down.1).contains(&at);
        let store = &mut self.stores[i / self.sharing];
        let Process { life, machine, holding, base, .. } = &mut self.processes[i];
        let machine = machine.as_mut()?;
        match todo {
            Todo::Peek(slot) => {
                let found = if down { Err(failure(StoreTask::Reading)) } else { Ok(store.peek(at)) };
                machine.peeked(now, slot, found)
            }
            Todo::Lock(slot) if down => machine.locked(now, slot, Err(failure(StoreTask::Locking))),
            Todo::Lock(slot) => {
                *holding = store.try_lock(at, micros(slot.lease()));
                let found = holding.and_then(|_| store.peek(at)).map(Box::new);
                *base = found.as_ref().map(|found| found.record.revision);
                machine.locked(now, slot, Ok(holding.map_or(Lock::Busy, |_| Lock::Held(found))))
            }
            Todo::Secret(slot) => machine.secret(now, slot, Ok(secrets(0))),
            Todo::Send(slot) => {
                let (said, later) = self.provider.request(at);
                self.queue.plan(at + later, Event::Reply(i, *life, Box::new(slot), said));
                None
            }
            Todo::Save(slot) => {
                let judged = match *holding {
                    Some(holding) if !down => store.judge(at, holding, *base, slot.record()),
                    _ => Err(SaveError::NotApplied("cannot be reached".into())),
                };
                if judged.is_ok() {
                    store.apply(at, slot.record());
                    *base = Some(slot.record().revision);
                }
                machine.saved(now, slot, judged)
            }
            Todo::Unlock(slot) => {
                if let Some(holding) = holding.take() {
                    store.unlock(holding);
                }
                machine.unlocked(now, slot, Ok(()))
            }
            Todo::Sleep(slot) => machine.woke(now, slot),
        }
    }
}

fn failure(doing: StoreTask) -> StoreFailure {
    StoreFailure::new(doing, "cannot be reached")
}

/// All hosts have the right time.
fn now(at: At) -> Now {
    Now { mono: duration(at), wall: true_wall(at) }
}

/// A token has a name of its own, so that a machine tells it from others.
fn answer(said: Said, at: At, received: Now) -> Result<Reply, SendError> {
    let mut response = http::Response::new(Vec::new());
    match said {
        Said::Token => {
            let seconds = Fleet::LIFE / SECOND;
            *response.body_mut() = format!(r#"{{"access_token":"at-{at}","expires_in":{seconds}}}"#).into_bytes();
        }
        Said::TooMany => {
            *response.status_mut() = http::StatusCode::TOO_MANY_REQUESTS;
            response.headers_mut().insert(http::header::RETRY_AFTER, http::HeaderValue::from_static("1"));
        }
        Said::Unavailable => *response.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE,
        Said::Refused => return Err(SendError::NotSent("connection refused".into())),
    }
    Ok(delivered(response, received))
}
