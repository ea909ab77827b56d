//! Registrations: a program of its own that runs the one-shot step under the lock of the registration's record, on an
//! instance's host (invariant 4).

use core::hash::Hash;
use std::sync::LazyLock;

use hallpass_core::dialect::{Goal, Spends, UserKeyLogin};
use hallpass_core::error::{Denied, StoreFailure, StoreTask};
use hallpass_core::lifecycle::{Mark, Record, Revision};
use hallpass_core::step::{AskStep, Login, Outcome, SaveStep, SendStep, Step};
use hallpass_core::{EgressRules, Error, Misuse, Reply, Retry, SendError, UserKey};

use super::clock::{At, MILLI, SECOND, micros, true_wall};
use super::queue::{Event, Way};
use super::server::{self, USER};
use super::store::Holding;
use super::{Fault, World};

/// What every registration is run with; a step borrows it.
static LOGIN: LazyLock<(UserKeyLogin, EgressRules)> = LazyLock::new(|| (server::user_key(), EgressRules::default()));

/// What is known of the one registration that a user gets.
#[derive(Default)]
pub(super) struct Registration {
    /// How often it was sent, and how often that is known to have registered nobody.
    sent: u32,
    freed: u32,
    /// How many programs are at it.
    running: u32,
    /// The key, in the hands of the user.
    pub(super) key: Option<UserKey>,
    /// Since when it has been, or since when the user has known that it may be lost.
    pub(super) settled: Option<At>,
}

/// A registration under way.
pub(super) struct Registering {
    host: usize,
    instance: usize,
    holding: Holding,
    base: Option<Revision>,
    /// Its mark is known to be in the store.
    marked: bool,
}

impl Registration {
    pub(super) fn told(&self) -> impl Hash {
        (self.sent, self.freed, self.running, self.key.is_some(), self.settled.is_some())
    }
}

impl Registering {
    pub(super) fn told(&self, world: &World) -> impl Hash {
        let holds = world.registry.good_until(world.at, self.holding).is_some();
        let current = self.base == world.registry.record().map(|record| record.revision);
        (self.instance, holds, current, self.marked)
    }
}

/// What a registration goes on with.
pub(super) enum Next {
    Asked(AskStep<'static>),
    Saved(SaveStep<'static>, Result<(), StoreFailure>),
    Arrives(Box<SendStep<'static>>, Way),
    Replied(Box<SendStep<'static>>, Result<Reply, SendError>),
}

impl Next {
    pub(super) fn told(&self) -> impl Hash {
        match self {
            Self::Asked(_) => (0, 0, String::new()),
            Self::Saved(_, result) => (1, u16::from(result.is_ok()), String::new()),
            Self::Arrives(_, way) => (2, 0, format!("{way:?}")),
            Self::Replied(_, Ok(reply)) => (3, reply.status.as_u16(), String::new()),
            Self::Replied(_, Err(error)) => (4, 0, error.to_string()),
        }
    }
}

impl World {
    /// A user registers, on the host of an instance.
    pub(super) fn register(&mut self, i: usize) {
        if self.registration.settled.is_some() {
            return;
        }
        let host = self.instances[i].host;
        let lease = micros(self.rules.timeout + self.policy.lease_margin);
        let fails = self.at < self.hosts[host].asleep_until || self.store_fails(i, Fault::LockFails);
        let holding = if fails { None } else { self.registry.try_lock(self.at, lease) };
        let Some(holding) = holding else {
            let later = self.chance.magnitude(100 * MILLI, 10 * SECOND);
            self.queue.plan(self.at + later, Event::Register(i));
            return;
        };
        self.registration.running += 1;
        let found = self.registry.peek(self.at).map(|found| found.record);
        let base = found.as_ref().map(|record| record.revision);
        let spending = found.as_ref().and_then(|record| record.spending.as_ref()).map(|mark| mark.spends);
        let held = found.map(|record| record.held).unwrap_or_default();
        let lost = spending.is_some() && held.user_key.is_none();
        let now = self.hosts[host].now(self.at);
        let step = Login::new(&LOGIN.0, &LOGIN.1).start(now, Goal::Register, held, spending);
        let reported = matches!(step, Step::Failed(Error::Denied(Denied::LostRegistration)));
        self.note(70, i as u64, u64::from(lost), |_| format!("a user registers on host {host}"));
        self.ledger.check(4, reported == lost, || "a registration that may be lost is not reported".into());
        self.go_on(Registering { host, instance: i, holding, base, marked: false }, step);
    }

    /// The next step, unless something befalls it first.
    fn go_on(&mut self, run: Registering, step: Step<'static>) {
        if self.strikes(Fault::Crash) {
            self.registration.running -= 1;
            self.registry.orphan(run.holding);
            let back = self.chance.magnitude(SECOND, 60 * SECOND);
            self.note(71, 0, back, |_| "the registration CRASHES".into());
            self.queue.plan(self.at + back, Event::Register(run.instance));
            return;
        }
        let mut later = MILLI;
        if self.strikes(Fault::Pause) {
            later = self.chance.magnitude(10 * MILLI, 200 * SECOND);
        }
        let next = match step {
            Step::Ask(asking) => Next::Asked(asking),
            Step::Save(saving) => return self.save_registration(run, saving, later),
            Step::Send(sending) => return self.send_registration(run, sending, later),
            Step::Done(outcome) => return self.registered(&run, outcome),
            Step::Failed(error) => return self.not_registered(&run, &error),
        };
        self.queue.plan(self.at + later, Event::Registering(run, next));
    }

    pub(super) fn registering(&mut self, run: Registering, next: Next) {
        let asleep = self.hosts[run.host].asleep_until;
        if asleep > self.at {
            self.queue.plan(asleep, Event::Registering(run, next));
            return;
        }
        let now = self.hosts[run.host].now(self.at);
        let step = match next {
            Next::Asked(asking) => asking.answer(now, server::secrets(0)),
            Next::Saved(saving, Ok(())) => saving.saved(now),
            Next::Saved(saving, Err(failure)) => saving.failed(now, failure),
            Next::Arrives(sending, way) => return self.registration_arrives(run, sending, way),
            Next::Replied(sending, result) => {
                let step = self.registration_replied(sending, result);
                return self.go_on(run, step);
            }
        };
        self.go_on(run, step);
    }

    fn save_registration(&mut self, mut run: Registering, saving: SaveStep<'static>, later: At) {
        let held = saving.held().clone();
        let since = true_wall(self.at);
        let spending = saving.spending().map(|spends| Mark { spends, since, by: "user".into() });
        let record = Record { spending, ..Record::new(Revision(self.chance.draw()), held) };
        let fails = self.store_fails(run.instance, Fault::NotSaved) || self.at < self.no_space_until;
        let result = if fails {
            Err("cannot be reached".into())
        } else {
            self.registry.judge(self.at, run.holding, run.base, &record).map_err(|error| error.to_string())
        };
        let result = result.map_err(|why| StoreFailure::new(StoreTask::Saving, why));
        self.note(72, u64::from(record.spending.is_some()), u64::from(result.is_ok()), |_| {
            let what = if record.spending.is_some() { "mark" } else { "record" };
            format!("the registration's {what} is saved: {}", result.is_ok())
        });
        if result.is_ok() {
            let kept = self.registry.record().and_then(|old| old.held.user_key.as_ref());
            let same = kept.is_none() || kept == record.held.user_key.as_ref();
            self.ledger.check(4, same, || "a user key is overwritten".into());
            self.registry.apply(self.at, &record);
            run.base = Some(record.revision);
            run.marked = record.spending.is_some_and(|mark| mark.spends == Spends::Registration);
        }
        self.queue.plan(self.at + later, Event::Registering(run, Next::Saved(saving, result)));
    }

    fn send_registration(&mut self, run: Registering, sending: Box<SendStep<'static>>, later: At) {
        self.note(73, 0, 0, |_| "SEND register".into());
        self.ledger.check(4, run.marked, || "a registration is sent without a mark in the store".into());
        let once = self.registration.sent <= self.registration.freed;
        self.ledger.check(4, once, || "a registration is sent again".into());
        let origin = sending.egress().origin().to_string();
        self.ledger.check(7, origin == server::ORIGIN, || format!("a registration goes to {origin}"));
        if self.at < self.hosts[run.host].no_server_until || self.strikes(Fault::NotSent) {
            let refused = Err(SendError::NotSent("connection refused".into()));
            self.queue.plan(self.at + later, Event::Registering(run, Next::Replied(sending, refused)));
            return;
        }
        self.registration.sent += 1;
        let timeout = micros(sending.egress().timeout());
        let hop = self.hop();
        let next = if self.strikes(Fault::RequestLost) {
            (timeout, Next::Replied(sending, Err(SendError::MaybeSent("no reply in time".into()))))
        } else {
            let way = self.way(hop, timeout);
            (hop + later, Next::Arrives(sending, way))
        };
        self.queue.plan(self.at + next.0, Event::Registering(run, next.1));
    }

    fn registration_arrives(&mut self, run: Registering, sending: Box<SendStep<'static>>, way: Way) {
        let request = server::carried(sending.request());
        let now = self.hosts[run.host].now(self.at);
        let (later, result) = self.server_answers(way, &request, now);
        self.queue.plan(self.at + later, Event::Registering(run, Next::Replied(sending, result)));
    }

    fn registration_replied(
        &mut self,
        sending: Box<SendStep<'static>>,
        result: Result<Reply, SendError>,
    ) -> Step<'static> {
        let status = result.as_ref().map_or(0, |reply| reply.status.as_u16());
        let given = result.as_ref().ok().and_then(server::user_key_in).filter(|_| (200..300).contains(&status));
        self.note(74, u64::from(status), u64::from(given.is_some()), |_| {
            format!("the registration's answer: {status}")
        });
        if (400..500).contains(&status) {
            self.registration.freed += 1;
        }
        let step = sending.replied(result);
        if let Some(key) = given {
            let kept = matches!(&step, Step::Save(saving) if saving.held().user_key.as_ref() == Some(&key));
            self.ledger.check(4, kept, || "a user key that has come is not saved next".into());
        }
        step
    }

    fn registered(&mut self, run: &Registering, outcome: Outcome) {
        self.registration.running -= 1;
        self.registry.unlock(run.holding);
        if let Ok(key) = outcome.into_user_key() {
            self.ledger.check(4, self.server.keys().any(|known| known == key.expose()), || {
                "a registration ends with a key that the server does not know".into()
            });
            let kept = self.registry.record().and_then(|record| record.held.user_key.clone());
            let kept = kept.is_some_and(|kept| kept == key);
            self.settle_registration(key, kept);
        }
    }

    fn not_registered(&mut self, run: &Registering, error: &Error) {
        self.registration.running -= 1;
        self.registry.unlock(run.holding);
        self.ledger.no_canary_in(error);
        self.note(75, 0, 0, |_| format!("the registration fails: {error}"));
        if let Error::Misuse(Misuse::AlreadyRegistered) = error {
            let key = self.registry.record().and_then(|record| record.held.user_key.clone());
            return key.map_or((), |key| self.settle_registration(key, true));
        }
        let later = self.chance.magnitude(SECOND, 60 * SECOND);
        if matches!(error.retry(), Retry::After(_)) {
            self.queue.plan(self.at + later, Event::Register(run.instance));
            return;
        }
        // The user asks the server's people: either they know the key, or nobody is registered.
        let known = self.server.keys().next().map(UserKey::new);
        if let Some(key) = known {
            return self.settle_registration(key, false);
        }
        // Nobody clears a record by hand while a program may still be at it.
        if self.registration.running == 0 {
            self.registry.flush();
            self.registration.freed = self.registration.sent;
        }
        self.queue.plan(self.at + later, Event::Register(run.instance));
    }

    /// The user has the key. If it is not in the store, every instance is started anew with it.
    fn settle_registration(&mut self, key: UserKey, kept: bool) {
        self.note(76, u64::from(kept), 0, |_| format!("{USER} is registered"));
        self.registration.settled = Some(self.at);
        for i in 0..self.instances.len() {
            let instance = &mut self.instances[i];
            instance.disturbed = instance.disturbed.max(self.at);
            // One that is down starts with the key anyway.
            if !kept && self.instances[i].machine.is_some() {
                self.crash(i);
            }
        }
        if !kept {
            self.registration.key = Some(key);
        }
    }

    /// What an instance is given beside its settings.
    pub(super) fn brought(&self) -> Option<UserKey> {
        if self.plan.registers {
            return self.registration.key.clone();
        }
        server::brought(&self.plan)
    }
}
