//! Any sequence of calls and answers, shrunk where it breaks a rule.

use core::time::Duration;

use hallpass_core::error::StoreFailure;
use hallpass_core::lifecycle::{Flight, Landed, Loaded, Lock, Record, SaveError, Ticket, Todo, Want};
use hallpass_core::{Body, Misuse, Now, Reply, Secrets, SendError, secret};
use hallpass_testkit::scenario::Scenario;
use proptest::prelude::*;

/// One thing that somebody does to the machine.
#[derive(Debug, Clone)]
enum Op {
    Get {
        min_life: u32,
        not: Option<u8>,
    },
    /// Answers one of the effects that wait, in whatever way; the pick and the way are taken modulo what there is.
    Answer {
        pick: u8,
        way: u8,
    },
    /// Loses one of them.
    Lose(u8),
    Rejected(u8),
    Accepted(u8),
    Abandon,
    Pass(u32),
    Jump(i64),
    Suspend(u32),
    /// Somebody else empties the store.
    Flush,
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let year = 365 * 86_400_i64;
    let op = prop_oneof![
        6 => (prop_oneof![4 => Just(0), 1 => any::<u32>()], proptest::option::weighted(0.2, any::<u8>()))
            .prop_map(|(min_life, not)| Op::Get { min_life, not }),
        20 => (any::<u8>(), prop_oneof![3 => Just(0), 1 => any::<u8>()]).prop_map(|(pick, way)| Op::Answer { pick, way }),
        1 => any::<u8>().prop_map(Op::Lose),
        1 => any::<u8>().prop_map(Op::Rejected),
        1 => any::<u8>().prop_map(Op::Accepted),
        1 => Just(Op::Abandon),
        3 => prop_oneof![0_u32..5, 0_u32..4000, any::<u32>()].prop_map(Op::Pass),
        1 => (-year..year).prop_map(Op::Jump),
        1 => (0_u32..100_000).prop_map(Op::Suspend),
        1 => Just(Op::Flush),
    ];
    proptest::collection::vec(op, 0..120)
}

/// What two runs of the same sequence must agree in.
type Trace = Vec<String>;

struct Play {
    one: Scenario,
    waiting: Vec<Todo>,
    led: Vec<Flight>,
    given: Vec<String>,
    expires_in: u64,
    trace: Trace,
}

impl Play {
    fn new(expires_in: u64) -> Self {
        let (one, waiting, led, given, trace) = (Scenario::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { one, waiting, led, given, expires_in, trace }
    }

    fn run(mut self, ops: &[Op]) -> Trace {
        for op in ops {
            self.step(op);
            let printed = format!("{:?}", self.one.machine);
            assert!(!printed.contains("CANARY"), "{printed}");
        }
        self.trace
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
        self.trace.push(super::word(&ticket).into());
        match ticket {
            Ticket::Ready(grant) => Self::in_time(now, &grant),
            Ticket::Refresh(grant, flight, todo) => {
                Self::in_time(now, &grant);
                self.leads(flying, flight, todo);
            }
            Ticket::Lead(flight, todo) => self.leads(flying, flight, todo),
            Ticket::Wait(flight) => assert!(self.led.contains(&flight), "nobody leads what one waits for"),
            Ticket::Closed(error) => self.trace.push(error.to_string()),
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
        let machine = &mut self.one.machine;
        let found = || self.one.store.borrow().clone().map(loaded);
        let broken = StoreFailure { doing: "reading", why: "broken".into() };
        let next = match todo {
            Todo::Peek(slot) => machine.peeked(now, slot, if way % 8 < 6 { Ok(found()) } else { Err(broken) }),
            Todo::Lock(slot) => match way % 8 {
                0..=4 => machine.locked(now, slot, Ok(Lock::Held(found().map(Box::new)))),
                5 => machine.locked(now, slot, Ok(Lock::Busy)),
                _ => machine.locked(now, slot, Err(broken)),
            },
            Todo::Secret(slot) => match way % 8 {
                0..=4 => machine.secret(now, slot, Ok(Secrets::one(secret::PASSWORD, "CANARY"))),
                5 => machine.secret(now, slot, Ok(Secrets::new())),
                _ => machine.secret(now, slot, Err(Misuse::NotRegistered)),
            },
            Todo::Send(slot) => {
                let result = reply(way, now, &mut self.given, self.expires_in);
                machine.replied(now, slot, result)
            }
            Todo::Save(slot) => {
                let record = slot.record().clone();
                let (result, applied) = saved(way, found);
                if applied {
                    *self.one.store.borrow_mut() = Some(record);
                }
                machine.saved(now, slot, result)
            }
            Todo::Unlock(slot) => machine.unlocked(now, slot, if way % 4 < 3 { Ok(()) } else { Err(broken) }),
            Todo::Sleep(slot) => machine.woke(now, slot),
        };
        self.trace.push(next.as_ref().map_or("-", name).into());
        self.waiting.extend(next);
    }

    fn pick(&mut self, pick: u8) -> Option<Todo> {
        let at = usize::from(pick).checked_rem(self.waiting.len())?;
        Some(self.waiting.swap_remove(at))
    }

    fn token(&self, pick: u8) -> Option<String> {
        self.given.get(usize::from(pick).checked_rem(self.given.len())?).cloned()
    }
}

fn reply(way: u8, now: Now, given: &mut Vec<String>, expires_in: u64) -> Result<Reply, SendError> {
    let mut token = || {
        given.push(format!("T{}", given.len()));
        given.len() - 1
    };
    let (status, body) = match way % 16 {
        0..=4 => {
            let number = token();
            (200, format!(r#"{{"access_token":"T{number}","expires_in":{expires_in},"refresh_token":"R{number}"}}"#))
        }
        5 => (200, format!(r#"{{"access_token":"T{}","expires_in":{expires_in}}}"#, token())),
        6 => (200, "<html>CANARY".into()),
        7 => (400, r#"{"error":"invalid_grant","error_description":"not CANARY"}"#.into()),
        8 => (401, r#"{"error":"invalid_client"}"#.into()),
        9 => (500, String::new()),
        10 => (503, String::new()),
        11 => (429, String::new()),
        12 => (302, String::new()),
        13 | 14 => return Err(SendError::NotSent("refused".into())),
        _ => return Err(SendError::MaybeSent("reset".into())),
    };
    let mut headers = http::HeaderMap::new();
    if way > 128 {
        headers.insert(http::header::RETRY_AFTER, http::HeaderValue::from(u64::from(way)));
    }
    let status = http::StatusCode::from_u16(status).expect("a status");
    Ok(Reply { status, headers, body: Body::new(body.into_bytes()), cut: false, received: now })
}

/// The answer to a save, and whether it was applied.
fn saved(way: u8, found: impl FnOnce() -> Option<Loaded>) -> (Result<(), SaveError>, bool) {
    match way % 16 {
        0..=7 => (Ok(()), true),
        8 => (Err(SaveError::NotApplied("no".into())), false),
        9 => (Err(SaveError::Unknown("no".into())), true),
        10 => (Err(SaveError::Unknown("no".into())), false),
        11 => match found() {
            Some(found) => (Err(SaveError::LeaseGone(Box::new(found))), false),
            None => (Err(SaveError::NotApplied("no".into())), false),
        },
        _ => (Err(SaveError::Conflict(found().map(Box::new))), false),
    }
}

fn loaded(record: Record) -> Loaded {
    Loaded { record, age: None }
}

fn time(seconds: i64) -> ::time::SignedDuration {
    ::time::SignedDuration::seconds(seconds)
}

fn name(todo: &Todo) -> &'static str {
    match todo {
        Todo::Peek(_) => "peek",
        Todo::Lock(_) => "lock",
        Todo::Secret(_) => "secret",
        Todo::Send(_) => "send",
        Todo::Save(_) => "save",
        Todo::Unlock(_) => "unlock",
        Todo::Sleep(_) => "sleep",
    }
}

proptest! {
    /// Invariants 8, 9, 13 and 17, and that exactly one leads each flight.
    #[test]
    fn any_sequence_keeps_the_rules(ops in ops(), life in prop_oneof![Just(0_u64), Just(60), Just(3600)]) {
        let first = Play::new(life).run(&ops);
        prop_assert_eq!(first, Play::new(life).run(&ops), "the same calls give the same answers");
    }
}
