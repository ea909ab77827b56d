//! A driver: carries effects out and hands their answers in, one event each, so that anything can befall it between.

use hallpass_core::Misuse;
use hallpass_core::lifecycle::{Flight, Landed, Lock, Todo, Want};

use super::clock::{MILLI, SECOND, micros};
use super::network::Proof;
use super::queue::{Answer, Event, Who};
use super::{Fault, World, coverage, server};

impl World {
    pub(super) fn carry_out(&mut self, who: Who, todo: Todo) {
        if !self.lives(who) {
            return;
        }
        let flight = todo.flight();
        if let Some(later) = self.held_up(who.instance) {
            self.queue.plan(later, Event::Do(who, todo));
            return;
        }
        self.state = Some(coverage::before(&todo));
        if self.befalls(who, flight) {
            if matches!(todo, Todo::Save(_)) && !self.lives(who) {
                self.save_cut_short(who.instance);
            }
            return;
        }
        if self.held_up(who.instance).is_some() {
            return self.carry_out(who, todo);
        }
        self.totals.effects += 1;
        let i = who.instance;
        let number = i as u64;
        let answer = match todo {
            Todo::Peek(slot) => {
                let result = self.peek(who, flight, slot.key());
                self.note(10, number, u64::from(result.is_ok()), |world| {
                    format!("i{i} {flight:?} peek -> {}", world.told())
                });
                Answer::Peeked(slot, result)
            }
            Todo::Lock(slot) => {
                let result = self.lock(who, flight, micros(slot.lease()));
                let (number_of, told) = match &result {
                    Ok(Lock::Held(_)) => (2, "held"),
                    Ok(Lock::Busy) => (1, "busy"),
                    Err(_) => (0, "error"),
                };
                self.note(11, number, number_of, |world| format!("i{i} {flight:?} lock -> {told} {}", world.told()));
                Answer::Locked(slot, result)
            }
            Todo::Secret(slot) => {
                let fails = self.strikes(Fault::SecretFails);
                if fails && self.chance.below(2) == 0 {
                    let missing = Misuse::Secret { name: slot.names()[0].into(), why: "the keyring is locked".into() };
                    Answer::Secret(slot, Err(missing))
                } else {
                    let takes = if fails { self.chance.magnitude(SECOND, 120 * SECOND) } else { MILLI };
                    let version = self.instances[i].secret;
                    self.instances[i].flown(flight).secret = version;
                    self.note(12, number, version, |_| format!("i{i} {flight:?} secret -> version {version}"));
                    self.queue
                        .plan(self.at + takes, Event::Done(who, Answer::Secret(slot, Ok(server::secrets(version)))));
                    return;
                }
            }
            Todo::Send(slot) => return self.send(who, slot),
            Todo::Save(slot) => {
                let result = self.save(who, flight, slot.record());
                Answer::Saved(slot, result)
            }
            Todo::Unlock(slot) => {
                let result = self.unlock(who, flight);
                self.note(13, number, u64::from(result.is_ok()), |_| format!("i{i} {flight:?} unlock"));
                Answer::Unlocked(slot, result)
            }
            Todo::Sleep(slot) => {
                let held = self.instances[i].flown(flight).holding.is_some();
                self.ledger.check(6, !held, || format!("i{i} sleeps under the lock"));
                let wait = self.hosts[self.instances[i].host].until(slot.until(), self.at);
                self.note(14, number, wait, |_| format!("i{i} {flight:?} sleep {} ms", wait / MILLI));
                self.queue.plan(self.at + wait, Event::Done(who, Answer::Woke(slot)));
                return;
            }
        };
        let took = self.store_takes();
        self.queue.plan(self.at + took, Event::Done(who, answer));
    }

    pub(super) fn deliver(&mut self, who: Who, answer: Answer) {
        if !self.lives(who) {
            return;
        }
        if let Some(later) = self.held_up(who.instance) {
            self.queue.plan(later, Event::Done(who, answer));
            return;
        }
        let flight = answer.flight();
        let index = coverage::index(&answer);
        self.state = Some(coverage::after(index));
        if self.befalls(who, flight) {
            return;
        }
        if self.held_up(who.instance).is_some() {
            return self.deliver(who, answer);
        }
        let i = who.instance;
        let now = self.now(i);
        if let Answer::Woke(slot) = &answer {
            let left = self.hosts[self.instances[i].host].until(slot.until(), self.at);
            if left > 0 {
                self.queue.plan(self.at + left, Event::Done(who, answer));
                return;
            }
        }
        self.note(15, i as u64, answer.kind(), |_| format!("i{i} {flight:?} answered: {}", answer.told()));
        let proof = match &answer {
            Answer::Replied(slot, result) => self.reply_seen(who, slot, result),
            _ => Proof::Nothing,
        };
        if let Answer::Locked(_, Ok(Lock::Held(found))) = &answer {
            self.outdated(i, found.as_ref().map(|found| found.record.revision));
        }
        if self.chance.is_chosen() {
            self.instances[i].heard.answered(&answer, flight.number());
        }
        let marks = matches!(answer, Answer::Peeked(..) | Answer::Locked(..) | Answer::Secret(..));
        let sends = marks || matches!(answer, Answer::Replied(..));
        let Some(machine) = self.instances[i].machine.as_mut() else { return };
        let flies = machine.flying() == Some(flight);
        let todo = match answer {
            Answer::Peeked(slot, result) => machine.peeked(now, slot, result),
            Answer::Locked(slot, result) => machine.locked(now, slot, result),
            Answer::Secret(slot, result) => machine.secret(now, slot, result),
            Answer::Replied(slot, result) => machine.replied(now, slot, result),
            Answer::Saved(slot, result) => machine.saved(now, slot, result),
            Answer::Unlocked(slot, result) => machine.unlocked(now, slot, result),
            Answer::Woke(slot) => machine.woke(now, slot),
        };
        let landed = (proof == Proof::LostRefresh).then(|| machine.outcome(now, flight, &Want::default()));
        let lands = flies && machine.flying() != Some(flight);
        let failed = lands.then(|| matches!(machine.outcome(now, flight, &Want::default()), Landed::Failed(_)));
        self.totals.coverage.turned(index, flies, todo.as_ref(), failed);
        let over = matches!(todo, None | Some(Todo::Unlock(_)));
        self.ledger.check(6, flies || over, || format!("i{i} {flight:?} is over and goes on"));
        match &todo {
            Some(Todo::Save(slot)) if marks && slot.record().spending.is_some() => self.fits_lease(who, flight),
            Some(Todo::Send(_)) if sends => self.fits_lease(who, flight),
            _ => {}
        }
        if let Some(landed) = landed {
            self.stops_or_goes_on(i, &landed);
        }
        if proof == Proof::Refused {
            let told = matches!(&todo, Some(Todo::Save(slot)) if slot.record().closed.is_some());
            self.ledger.check(11, told, || format!("i{i} does not write down that the credentials were refused"));
        }
        if let Some(todo) = todo {
            self.plan_todo(who, todo);
        } else {
            let held = self.instances[i].flown(flight).holding.is_some();
            self.ledger.check(6, !held, || format!("i{i} {flight:?} ends and keeps the lock"));
        }
        self.settle(i);
    }

    /// Invariant 6: whoever is about to send has the lock for as long as that may take.
    fn fits_lease(&mut self, who: Who, flight: Flight) {
        let mono = micros(self.now(who.instance).mono);
        let flown = self.instances[who.instance].flown(flight);
        let alone = flown.store_failed || flown.holding.is_none();
        let fits = mono + micros(self.rules.timeout) <= flown.lease_until;
        self.ledger.check(6, alone || fits, || format!("{flight:?} sends with too little of its lease left"));
    }

    pub(super) fn plan_todo(&mut self, who: Who, todo: Todo) {
        let soon = self.chance.below(MILLI / 2);
        let at = self.at;
        let flight = todo.flight();
        self.queue.plan(self.at + soon, Event::Do(who, todo));
        let order = self.queue.order();
        let flown = self.instances[who.instance].flown(flight);
        (flown.handed, flown.order) = (at, order);
    }

    /// The driver lost the slot: its handle on the lock goes with it, or the lease has to end it.
    pub(super) fn lose_slot(&mut self, who: Who, flight: Flight) {
        let free = self.chance.below(2) == 0;
        let flown = self.instances[who.instance].flown(flight);
        flown.sending = None;
        if let Some(holding) = flown.holding.take() {
            if free { self.store.unlock(holding) } else { self.store.orphan(holding) }
        }
    }

    /// Invariant 2: with `Stop`, an ambiguous refresh ends the flight, and says so.
    fn stops_or_goes_on(&mut self, i: usize, landed: &Landed) {
        use hallpass_core::dialect::Ambiguity;
        use hallpass_core::error::{Denied, Error};
        if self.plan.ambiguity == Ambiguity::Stop {
            let said = matches!(landed, Landed::Failed(Error::Denied(Denied::LostRefresh { .. })));
            self.ledger.check(2, said, || format!("i{i}: a lost refresh that nothing may follow came to {landed:?}"));
        } else {
            let silent = matches!(landed, Landed::Ok(_));
            self.ledger.check(2, !silent, || format!("i{i}: a lost refresh came to {landed:?}"));
        }
    }
}
