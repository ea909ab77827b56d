//! One lifecycle under any sequence of calls and answers, with the rules that hold after each.
//!
//! A sequence is data ([`Op`]), so a property test draws one, a fuzzer bends one, and what broke a rule is kept as one.
//!
//! ```
//! use hallpass_testkit::play::{Op, play};
//!
//! let get = Op::Get { min_life: 0, not: None };
//! let well = Op::Answer { pick: 0, way: 0 };
//! let login = [get, well.clone(), well.clone(), well.clone(), well];
//! assert_eq!(play(&login, 3600), ["lead", "lock", "secret", "send", "save"]);
//! ```
#![allow(clippy::missing_panics_doc, reason = "a rule that is broken is a panic")]

mod answers;
mod op;

pub use op::Op;

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use hallpass_core::error::{StoreFailure, StoreTask};
use hallpass_core::lifecycle::{Flight, Landed, Lock, Revision, SaveError, Saving, Slot, Ticket, Todo, Want};
use hallpass_core::{Misuse, Now, Reply, Request, Secrets, SendError, secret};

use crate::canary::Canaries;
use crate::scenario::Scenario;

/// Does all of it, to a machine whose tokens live for so many seconds, and tells what came of each call: the same of the
/// same sequence. Panics at the first rule that is broken: invariants 1, 8, 9 and 13, and that exactly one leads a flight.
pub fn play(ops: &[Op], expires_in: u64) -> Vec<String> {
    Play::new(expires_in).run(ops)
}

const PASSWORD: &str = "CANARY-pass-w0rd";

/// What is printed nowhere.
static CANARIES: LazyLock<Canaries> = LazyLock::new(|| Canaries::new([PASSWORD, "CANARY-said"]));

struct Play {
    one: Scenario,
    /// Refresh tokens that may not be sent again.
    spent: BTreeSet<String>,
    /// What each flight's saves are derived from.
    bases: BTreeMap<u64, Option<Revision>>,
    waiting: Vec<Todo>,
    led: Vec<Flight>,
    /// Those that may send nothing.
    settling: Vec<Flight>,
    given: Vec<String>,
    expires_in: u64,
    told: Vec<String>,
}

impl Play {
    fn new(expires_in: u64) -> Self {
        let (waiting, led, given, told) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self {
            one: Scenario::new(),
            spent: BTreeSet::new(),
            bases: BTreeMap::new(),
            waiting,
            led,
            settling: Vec::new(),
            given,
            expires_in,
            told,
        }
    }

    fn run(mut self, ops: &[Op]) -> Vec<String> {
        for op in ops {
            self.step(op);
            CANARIES.assert_unseen("the machine", &format!("{:?}", self.one.machine));
        }
        self.told
    }

    fn step(&mut self, op: &Op) {
        let now = self.one.now;
        match *op {
            Op::Get { min_life, not } => self.get(now, min_life, not),
            Op::Answer { pick, way } => self.answer(now, pick, way),
            Op::Lose(pick) => drop(self.pick(pick)),
            Op::Rejected(pick) => {
                if let Some(token) = self.token(pick) {
                    self.one.machine.rejected(now, Scenario::id(&token));
                }
            }
            Op::Accepted(pick) => {
                if let Some(token) = self.token(pick) {
                    self.one.machine.accepted(Scenario::id(&token));
                }
            }
            Op::Abandon => {
                if let Some(flight) = self.one.machine.flying() {
                    self.one.machine.abandon(flight);
                    assert_ne!(self.outcome(now, flight), Landed::Flying, "an abandoned flight flies on");
                }
            }
            Op::Settle => {
                let flying = self.one.machine.flying();
                if let Some((flight, todo)) = self.one.machine.settle(now) {
                    self.told.push("settle".into());
                    self.settling.push(flight);
                    self.leads(flying, flight, todo);
                }
            }
            Op::Pass(seconds) => self.one.now = now.after(Duration::from_secs(seconds.into())),
            Op::Jump(seconds) => self.one.now.wall = now.wall.saturating_add(time(seconds)),
            Op::Suspend(seconds) => self.one.now.wall = now.wall.saturating_add(time(seconds.into())),
            Op::Flush => *self.one.store.borrow_mut() = None,
        }
    }

    fn get(&mut self, now: Now, min_life: u32, not: Option<u8>) {
        let not = not.and_then(|pick| self.token(pick)).map(|token| Scenario::id(&token));
        let want = Want { min_life: Duration::from_secs(min_life.into()), not };
        let flying = self.one.machine.flying();
        let ticket = self.one.machine.get(now, &want);
        self.told.push(word(&ticket).into());
        match ticket {
            Ticket::Ready(grant) => Self::in_time(now, &grant),
            Ticket::Refresh(grant, flight, todo) => {
                Self::in_time(now, &grant);
                self.leads(flying, flight, todo);
            }
            Ticket::Lead(flight, todo) => self.leads(flying, flight, todo),
            Ticket::Wait(flight) => assert!(self.led.contains(&flight), "nobody leads what one waits for"),
            Ticket::Closed(error) => {
                CANARIES.assert_unseen("an error", &format!("{error} {error:?}"));
                self.told.push(error.to_string());
            }
        }
    }

    /// Exactly one leads a flight, and only where none is under way or the one that is has had its time.
    fn leads(&mut self, before: Option<Flight>, flight: Flight, todo: Todo) {
        assert!(!self.led.contains(&flight), "two lead one flight");
        assert_eq!(self.one.machine.flying(), Some(flight));
        if let Some(before) = before {
            assert_eq!(self.outcome(self.one.now, before), Landed::Again, "the one before is told");
        }
        self.led.push(flight);
        self.waiting.push(todo);
    }

    /// Invariant 13.
    fn in_time(now: Now, grant: &hallpass_core::Grant) {
        let (Some(left), Some(life)) = (grant.expires_in(now), grant.life()) else { return };
        assert!(left > life / 10 || left > Duration::from_secs(30), "{left:?} of {life:?} is left");
    }

    fn outcome(&self, now: Now, flight: Flight) -> Landed {
        self.one.machine.outcome(now, flight, &Want::default())
    }

    fn answer(&mut self, now: Now, pick: u8, way: u8) {
        let Some(todo) = self.pick(pick) else { return };
        let sent = match &todo {
            Todo::Send(slot) => {
                assert!(!self.settling.contains(&slot.flight()), "who ends sends nothing: {:?}", self.told);
                Some(self.sent(now, slot.request(), way))
            }
            _ => None,
        };
        let saved = match &todo {
            Todo::Save(slot) => Some(self.saved(slot, way)),
            _ => None,
        };
        let machine = &mut self.one.machine;
        let found = || self.one.store.borrow().clone().map(answers::loaded);
        let broken = StoreFailure::new(StoreTask::Reading, "broken");
        let next = match todo {
            Todo::Peek(slot) => machine.peeked(now, slot, if way % 8 < 6 { Ok(found()) } else { Err(broken) }),
            Todo::Lock(slot) => match way % 8 {
                0..=4 => {
                    let found = found().map(Box::new);
                    self.bases.insert(slot.flight().number(), found.as_ref().map(|found| found.record.revision));
                    machine.locked(now, slot, Ok(Lock::Held(found)))
                }
                5 => machine.locked(now, slot, Ok(Lock::Busy)),
                _ => machine.locked(now, slot, Err(broken)),
            },
            Todo::Secret(slot) => match way % 8 {
                0..=4 => machine.secret(now, slot, Ok(Secrets::one(secret::PASSWORD, PASSWORD))),
                5 => machine.secret(now, slot, Ok(Secrets::new())),
                _ => machine.secret(now, slot, Err(Misuse::NotRegistered)),
            },
            Todo::Send(slot) => machine.replied(now, slot, sent.expect("it was answered above")),
            Todo::Save(slot) => {
                let result = saved.expect("it was answered above");
                machine.saved(now, slot, result)
            }
            Todo::Unlock(slot) => machine.unlocked(now, slot, if way % 4 < 3 { Ok(()) } else { Err(broken) }),
            Todo::Sleep(slot) => machine.woke(now, slot),
        };
        self.told.push(next.as_ref().map_or("-", Todo::name).into());
        self.waiting.extend(next);
    }

    /// What comes of a request. Invariant 1: no refresh token is sent twice but where nothing was spent.
    fn sent(&mut self, now: Now, request: &Request, way: u8) -> Result<Reply, SendError> {
        let body = String::from_utf8_lossy(request.body.expose()).into_owned();
        let token = body.split('&').find_map(|pair| pair.strip_prefix("refresh_token="));
        let answers::Sent { result, frees } = answers::sent(way, now, &mut self.given, self.expires_in);
        if let Some(token) = token {
            assert!(self.spent.insert(token.to_owned()), "{token} is sent twice: {:?}", self.told);
            if frees {
                self.spent.remove(token);
            }
        }
        result
    }

    /// What comes of a save. A store compares what it replaces, whatever else goes wrong with it.
    fn saved(&mut self, slot: &Slot<Saving>, way: u8) -> Result<(), SaveError> {
        let base = self.bases.entry(slot.flight().number()).or_default();
        let mut store = self.one.store.borrow_mut();
        if way % 16 > 11
            && let Some(record) = store.as_mut()
        {
            // Somebody was faster, and changed nothing but its name.
            record.revision = Revision(record.revision.0.wrapping_add(1));
        }
        let found = || store.clone().map(answers::loaded).map(Box::new);
        if store.as_ref().map(|record| record.revision) != *base {
            return Err(SaveError::Conflict(found()));
        }
        let (result, applied) = answers::saved(way, found);
        if applied {
            *base = Some(slot.record().revision);
            *store = Some(slot.record().clone());
        }
        result
    }

    fn pick(&mut self, pick: u8) -> Option<Todo> {
        let at = usize::from(pick).checked_rem(self.waiting.len())?;
        Some(self.waiting.swap_remove(at))
    }

    fn token(&self, pick: u8) -> Option<String> {
        self.given.get(usize::from(pick).checked_rem(self.given.len())?).cloned()
    }
}

fn time(seconds: i64) -> ::time::SignedDuration {
    ::time::SignedDuration::seconds(seconds)
}

/// A ticket in a word.
pub fn word(ticket: &Ticket) -> &'static str {
    match ticket {
        Ticket::Ready(_) => "ready",
        Ticket::Refresh(..) => "refresh",
        Ticket::Lead(..) => "lead",
        Ticket::Wait(_) => "wait",
        Ticket::Closed(_) => "closed",
    }
}
