//! The wake-up logic, under thousands of schedules: whoever waits is woken, whatever happens to the leader. And what a login
//! that is closed still does.

use core::mem::take;
use core::task::{Context, Waker};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use hallpass_core::dialect::{Auth0Json, BasicForm};
use hallpass_core::lifecycle::{Flight, Landed, Policy, SaveError, Ticket, Todo, Want};
use hallpass_core::{Body, Endpoint, Error, Reply, Secrets, SendError, secret};
use shuttle::{future, thread};

use super::Pilot;
use crate::Config;
use crate::guarded::{self, Hold};
use crate::trace::Effect;

mod rejecting;

const SCHEDULES: usize = 2_000;
const CALLERS: usize = 4;

fn pilot(policy: Policy) -> Arc<Pilot> {
    let url = Endpoint::parse("https://auth.example/token").expect("a URL");
    let secrets = Secrets::one(secret::CLIENT_SECRET, "s");
    Arc::new(Pilot::new(Config::new(Auth0Json::new(url, "id", "aud"), secrets).policy(policy)))
}

/// The same schedules in every run, so that a red test is red again.
fn check(test: impl Fn() + Send + Sync + 'static, schedules: usize) {
    shuttle::check_random_with_seed(test, 7, schedules);
}

/// What the server does.
#[derive(Clone, Copy)]
enum Server {
    Grants,
    IsGone,
}

/// A driver in miniature: every effect succeeds at once, but for what the server does.
fn fly(pilot: &Arc<Pilot>, flight: Flight, todo: Todo, server: Server, sends: &AtomicU32) {
    let _lead = pilot.lead(flight);
    let (mut hold, mut next) = (Hold::default(), Some(todo));
    while let Some(todo) = next {
        next = answer(pilot, &mut hold, todo, server, sends);
    }
}

fn answer(pilot: &Arc<Pilot>, hold: &mut Hold, todo: Todo, server: Server, sends: &AtomicU32) -> Option<Todo> {
    let effect = Effect::begin(&todo);
    match todo {
        Todo::Peek(slot) => {
            let found = guarded::peek(pilot.config(), slot.key());
            pilot.answer(effect, |life, now| life.peeked(now, slot, found))
        }
        Todo::Lock(slot) => {
            let (taken, answer) = guarded::try_lock(pilot.config(), slot.key(), slot.lease());
            *hold = taken;
            pilot.answer(effect, |life, now| life.locked(now, slot, answer))
        }
        Todo::Secret(slot) => {
            let secrets = guarded::secrets(pilot.config(), slot.names());
            pilot.answer(effect, |life, now| life.secret(now, slot, secrets))
        }
        Todo::Send(slot) => {
            sends.fetch_add(1, Ordering::SeqCst);
            thread::yield_now();
            let reply = reply(server, pilot);
            pilot.answer(effect, |life, now| life.replied(now, slot, reply))
        }
        Todo::Save(slot) => {
            let saved = hold.save(slot.record());
            pilot.answer(effect, |life, now| life.saved(now, slot, saved))
        }
        Todo::Unlock(slot) => {
            let unlocked = take(hold).unlock();
            pilot.answer(effect, |life, now| life.unlocked(now, slot, unlocked))
        }
        Todo::Sleep(slot) => pilot.answer(effect, |life, now| life.woke(now, slot)),
    }
}

/// What is asked for once so many effects have gone well.
fn after(effects: u32, pilot: &Arc<Pilot>, hold: &mut Hold, todo: Todo, sends: &AtomicU32) -> Option<Todo> {
    (0..effects).try_fold(todo, |todo, _| answer(pilot, hold, todo, Server::Grants, sends))
}

fn reply(server: Server, pilot: &Pilot) -> Result<Reply, SendError> {
    let received = pilot.clock().now();
    let body = Body::new(br#"{"access_token":"tok","expires_in":3600,"refresh_token":"R1"}"#.to_vec());
    match server {
        Server::Grants => {
            Ok(Reply { status: http::StatusCode::OK, headers: http::HeaderMap::new(), body, cut: false, received })
        }
        Server::IsGone => Err(SendError::NotSent("nobody listens".into())),
    }
}

/// A caller that waits for as long as it takes: a lost wake-up is a deadlock, which the explorer reports.
fn token(pilot: &Arc<Pilot>, server: Server, sends: &AtomicU32, leaves: bool) -> Result<(), Error> {
    let want = Want::default();
    loop {
        let flight = match pilot.ask(&want) {
            Ticket::Ready(_) => return Ok(()),
            Ticket::Closed(error) => return Err(error),
            Ticket::Lead(flight, todo) | Ticket::Refresh(_, flight, todo) if leaves => {
                drop((pilot.lead(flight), todo));
                return Ok(());
            }
            Ticket::Lead(flight, todo) | Ticket::Refresh(_, flight, todo) => {
                fly(pilot, flight, todo, server, sends);
                flight
            }
            Ticket::Wait(flight) => flight,
        };
        match future::block_on(pilot.wait(flight, want)) {
            Landed::Ok(_) => return Ok(()),
            Landed::Failed(error) => return Err(error),
            Landed::Flying | Landed::Again => {}
        }
    }
}

fn herd(policy: &Policy, server: Server, leavers: usize) -> (Vec<Result<(), Error>>, u32) {
    let (pilot, sends) = (pilot(policy.clone()), Arc::new(AtomicU32::new(0)));
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let (pilot, sends) = (pilot.clone(), sends.clone());
            thread::spawn(move || token(&pilot, server, &sends, caller < leavers))
        })
        .collect();
    let results = callers.into_iter().map(|caller| caller.join().expect("no panic")).collect();
    (results, sends.load(Ordering::SeqCst))
}

#[test]
fn everybody_is_answered_by_one_request() {
    check(
        || {
            let (results, sends) = herd(&Policy::default(), Server::Grants, 0);
            assert!(results.iter().all(Result::is_ok));
            assert_eq!(sends, 1);
        },
        SCHEDULES,
    );
}

#[test]
fn a_failure_wakes_everybody_too() {
    let policy = Policy { sends: 1, ..Policy::default() };
    check(move || assert!(herd(&policy, Server::IsGone, 0).0.iter().all(Result::is_err)), SCHEDULES);
}

#[test]
fn a_leader_that_leaves_hands_on_to_a_waiter() {
    check(
        || {
            let (results, sends) = herd(&Policy::default(), Server::Grants, 2);
            assert!(results.iter().all(Result::is_ok));
            assert_eq!(sends, 1);
        },
        SCHEDULES,
    );
}

/// One that holds R1 is to renew its token.
fn renewing() -> (Arc<Pilot>, Flight, Todo) {
    let url = Endpoint::parse("https://auth.example/token").expect("a URL");
    let secrets = Secrets::one(secret::CLIENT_SECRET, "s");
    let pilot = Arc::new(Pilot::new(Config::new(BasicForm::new(url, "id"), secrets)));
    token(&pilot, Server::Grants, &AtomicU32::new(0), false).expect("a token");
    pilot.invalidate(pilot.in_hand().expect("a token").id());
    let Ticket::Lead(flight, todo) = pilot.ask(&Want::default()) else { panic!("there is no token") };
    (pilot, flight, todo)
}

/// Whether R1 is held and may be sent by whoever comes next.
fn is_unmarked(pilot: &Pilot) -> bool {
    let record =
        guarded::peek(pilot.config(), &pilot.config().dialect().key()).expect("memory works").expect("a record").record;
    record.held.refresh_token.is_some() && record.spending.is_none()
}

/// Asks, and asks again, whether the process may end.
fn closing(pilot: &Arc<Pilot>) -> impl FnMut() -> bool {
    let mut quiet = Box::pin(pilot.close());
    move || quiet.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready()
}

/// Its process may end as soon as it is quiet: a request that leaves then would lose its answer, and a mark would stay.
#[test]
fn a_login_that_is_closed_sends_nothing_more_and_takes_its_mark_back() {
    let closed_after = |effects| {
        let (pilot, flight, todo) = renewing();
        let (lead, sends) = (pilot.lead(flight), AtomicU32::new(0));
        let mut hold = Hold::default();
        let mut next = after(effects, &pilot, &mut hold, todo, &sends);
        let mut is_quiet = closing(&pilot);
        let mut saves = 0;
        while let Some(todo) = next {
            saves += u32::from(matches!(todo, Todo::Save(_)));
            assert_eq!(is_quiet(), saves == 0, "{todo:?}");
            next = answer(&pilot, &mut hold, todo, Server::Grants, &sends);
        }
        drop(lead);
        assert!(is_quiet() && is_unmarked(&pilot));
        (saves, sends.load(Ordering::SeqCst))
    };
    // After a peek, a lock and the secret comes the mark.
    let cases = [(0, (0, 0)), (1, (0, 0)), (2, (0, 0)), (3, (2, 0))];
    check(
        move || {
            for (effects, expected) in cases {
                assert_eq!(closed_after(effects), expected, "{effects}");
            }
        },
        1,
    );
}

#[test]
fn a_mark_that_could_not_be_taken_back_is_settled_before_the_end() {
    let closes = || {
        let (pilot, flight, todo) = renewing();
        let (lead, sends) = (pilot.lead(flight), AtomicU32::new(0));
        let mut hold = Hold::default();
        let mut next = after(3, &pilot, &mut hold, todo, &sends);
        let mut is_quiet = closing(&pilot);
        let mut saves = 0;
        while let Some(todo) = next {
            assert!(!is_quiet(), "{todo:?}");
            let effect = Effect::begin(&todo);
            next = match todo {
                Todo::Save(slot) if saves == 1 => {
                    let full = SaveError::NotApplied("no space".into());
                    pilot.answer(effect, |life, now| life.saved(now, slot, Err(full)))
                }
                todo => answer(&pilot, &mut hold, todo, Server::Grants, &sends),
            };
            saves += 1;
        }
        drop(lead);
        assert!(is_quiet() && !pilot.is_idle() && !is_unmarked(&pilot));
        let (_, flight, todo) = pilot.settle().expect("a mark is to be taken back");
        fly(&pilot, flight, todo, Server::Grants, &sends);
        assert!(is_unmarked(&pilot) && pilot.is_idle());
    };
    check(closes, 1);
}

/// An answer that comes for a flight that was taken over hides nothing of the one that took over.
#[test]
fn a_stale_answer_does_not_make_it_quiet() {
    let closes = || {
        let (pilot, flight, stale) = renewing();
        drop(pilot.lead(flight));
        let Ticket::Lead(flight, todo) = pilot.ask(&Want::default()) else { panic!("there is no token") };
        let (_lead, sends) = (pilot.lead(flight), AtomicU32::new(0));
        let mut hold = Hold::default();
        let next = after(3, &pilot, &mut hold, todo, &sends);
        assert!(matches!(next, Some(Todo::Save(_))), "a mark is being saved");
        assert!(answer(&pilot, &mut Hold::default(), stale, Server::Grants, &sends).is_none());
        assert!(!closing(&pilot)());
    };
    check(closes, 1);
}

/// Nor does it go on without its store: whoever waits hears that it was closed.
#[test]
fn a_login_that_is_closed_while_it_waits_is_over() {
    let closes = || {
        let (pilot, flight, todo) = renewing();
        let (_lead, sends) = (pilot.lead(flight), AtomicU32::new(0));
        let (mut hold, mut next) = (Hold::default(), Some(todo));
        while !matches!(next, Some(Todo::Sleep(_))) {
            next = answer(&pilot, &mut hold, next.expect("it is not over"), Server::IsGone, &sends);
        }
        assert!(closing(&pilot)());
        assert_eq!(pilot.outcome(flight, &Want::default()), Landed::Again);
        assert!(matches!(pilot.ask(&Want::default()), Ticket::Closed(_)));
        assert!(answer(&pilot, &mut hold, next.expect("it sleeps"), Server::IsGone, &sends).is_none());
    };
    check(closes, 1);
}
