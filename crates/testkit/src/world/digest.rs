//! The state of a world in one number, without its clocks: equal for histories that nobody in the world can tell apart.
//!
//! A machine is what it was told since it was made. Names that are drawn, such as revisions, count only for what they
//! are equal to, and of times only how many seconds are left.

use std::hash::{DefaultHasher, Hash, Hasher};

use hallpass_core::lifecycle::{Loaded, Lock, Record, SaveError, Todo};

use super::clock::{At, SECOND};
use super::queue::{Answer, Event};
use super::{World, server};

/// What a machine was told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Heard {
    sum: u64,
    words: u64,
    /// Before the flight under way began at its peek.
    round: Option<(u64, u64)>,
}

impl Heard {
    pub(super) fn hear(&mut self, word: impl Hash) {
        self.sum = hash((self.sum, word));
        self.words += 1;
    }

    /// An answer; a round that ends at a busy lock leaves nothing behind but a longer wait.
    pub(super) fn answered(&mut self, answer: &Answer, flight: u64) {
        let before = (self.sum, self.words);
        self.hear((flight, content(answer)));
        match (answer, self.round) {
            (Answer::Peeked(..), _) => self.round = Some(before),
            (Answer::Locked(_, Ok(Lock::Busy)), _) => {}
            (Answer::Woke(_), Some((sum, words))) if words + 3 == self.words => {
                (self.sum, self.words, self.round) = (sum, words, None);
            }
            _ => self.round = None,
        }
    }
}

impl World {
    pub(super) fn digest(&self) -> u64 {
        let mut all = DefaultHasher::new();
        let of = &mut all;
        self.chance.chosen_by().map(super::choices::Choices::left).hash(of);
        (self.calm.is_some(), self.registration.told()).hash(of);
        for store in [&self.store, &self.registry] {
            (store.record().map(seen), store.lock_left(self.at).map(seconds)).hash(of);
        }
        self.server.told().hash(of);
        for instance in &self.instances {
            (instance.life, instance.machine.is_some(), instance.heard.sum, instance.healed, instance.stopped).hash(of);
            (instance.paused_until > self.at).hash(of);
            for flown in &instance.flights {
                let current = flown.base == self.store.record().map(|record| record.revision);
                let holds = flown.holding.map(|holding| self.store.good_until(self.at, holding).is_some());
                (flown.flight, holds, current, flown.marked, flown.store_failed, flown.sends).hash(of);
                (flown.sending.is_some(), flown.secret).hash(of);
            }
            for waiter in &instance.waiters {
                (waiter.flight, waiter.replay, waiter.probe, waiter.landed.is_some()).hash(of);
            }
        }
        self.events().hash(of);
        all.finish()
    }

    /// What is planned: for what is near, in how many seconds; for what is far, only what comes before what.
    fn events(&self) -> Vec<(At, u64)> {
        let left = |at: At| at.saturating_sub(self.at);
        let planned = self.queue.planned().map(|(at, event)| (left(at), self.event(event)));
        let (mut far, near): (Vec<_>, Vec<_>) = planned.partition(|(left, _)| *left > FAR);
        far.sort_unstable();
        let mut events: Vec<_> = near.into_iter().map(|(left, event)| (seconds(left), event)).collect();
        events.sort_unstable();
        events.extend(far.into_iter().map(|(_, event)| (FAR, event)));
        events
    }

    /// What an event will do, but for its time.
    fn event(&self, event: &Event) -> u64 {
        match event {
            Event::Do(who, todo) => hash((1, who.instance, who.life, todo.flight(), asked(todo))),
            Event::Done(who, answer) => hash((2, who.instance, who.life, answer.flight(), content(answer))),
            Event::Arrive(who, slot, way) => {
                hash((3, who.instance, who.life, slot.flight(), slot.exchange().kind.name(), format!("{way:?}")))
            }
            Event::Wake(who, id) => {
                let waits = self.instances[who.instance].waiters.iter().find(|waiter| waiter.id == *id);
                hash((4, who.instance, who.life, waits.map(|waiter| (waiter.flight, waiter.replay))))
            }
            Event::Api(who, grant, replay) => hash((5, who.instance, who.life, grant.access_token().expose(), *replay)),
            Event::Registering(run, next) => hash((6, run.told(self), next.told())),
            Event::Call(instance) => hash((7, instance)),
            Event::Restart(instance) => hash((8, instance)),
            Event::Register(instance) => hash((9, instance)),
            Event::Probe(instance) => hash((10, instance)),
            Event::Steady(instance, left) => hash((11, instance, left)),
            Event::Copy(request) => hash((12, request.body())),
            Event::Burst(left) => hash((13, left)),
            Event::SecretInPlace => hash(14),
            Event::Calm => hash(15),
        }
    }
}

/// Longer than any lease of a small world.
const FAR: At = 8 * SECOND;

fn seconds(at: At) -> At {
    at.div_ceil(SECOND)
}

fn hash(what: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}

fn asked(todo: &Todo) -> u64 {
    match todo {
        Todo::Peek(slot) => hash((1, slot.key().dialect())),
        Todo::Lock(_) => hash(2),
        Todo::Secret(slot) => hash((3, slot.names())),
        Todo::Send(slot) => hash((4, slot.exchange().kind.name(), server::carries(slot.request()))),
        Todo::Save(slot) => hash((5, seen(slot.record()))),
        Todo::Unlock(_) => hash(6),
        Todo::Sleep(_) => hash(7),
    }
}

/// What an answer says.
fn content(answer: &Answer) -> u64 {
    let loaded = |found: &Loaded| seen(&found.record);
    match answer {
        Answer::Peeked(_, result) => hash((1, result.as_ref().ok().map(|found| found.as_ref().map(loaded)))),
        Answer::Locked(_, Ok(Lock::Held(found))) => hash((2, found.as_ref().map(|found| loaded(found)))),
        Answer::Locked(_, result) => hash((3, result.is_ok())),
        Answer::Secret(_, result) => hash((4, result.is_ok())),
        Answer::Replied(_, Ok(reply)) => hash((5, reply.status.as_u16(), reply.body.expose())),
        Answer::Replied(_, Err(error)) => hash((6, error.to_string())),
        Answer::Saved(_, Ok(())) => hash(7),
        Answer::Saved(_, Err(SaveError::Conflict(found))) => hash((8, found.as_ref().map(|found| loaded(found)))),
        Answer::Saved(_, Err(SaveError::LeaseGone(found))) => hash((9, loaded(found))),
        Answer::Saved(_, Err(error)) => hash((10, error.to_string())),
        Answer::Unlocked(_, result) => hash((11, result.is_ok())),
        Answer::Woke(_) => hash(12),
    }
}

/// A record, but for its revision and its times.
fn seen(record: &Record) -> u64 {
    let held = &record.held;
    hash((
        held.user_key.as_ref().map(hallpass_core::UserKey::expose),
        held.refresh_token.as_ref().map(hallpass_core::RefreshToken::expose),
        record.grant.as_ref().map(|grant| grant.access_token.expose()),
        record.spending.as_ref().map(|mark| &mark.by),
        record.closed.as_ref().map(|closed| closed.strikes),
    ))
}
