//! A flight: the lifecycle's effects, carried out in their order on one thread.

use core::convert::Infallible;
use core::mem::take;
use std::sync::{Arc, mpsc};
use std::thread;

use hallpass_client::guarded::{self, Hold};
use hallpass_client::pilot::{Lead, Pilot};
use hallpass_client::trace::{Effect, Resends};
use hallpass_core::lifecycle::{Flight, Todo};

use crate::transport::Transport;

/// Flies behind the caller, on a thread of its own; where none can be had, in front of it. What is handed back is cut off when
/// nothing is left to do.
pub(crate) fn behind(
    pilot: &Arc<Pilot>,
    transport: &Arc<Transport>,
    flight: Flight,
    todo: Todo,
) -> mpsc::Receiver<Infallible> {
    let (give, given) = mpsc::channel();
    let (ends, ended) = mpsc::channel();
    let (theirs, their_transport) = (pilot.clone(), transport.clone());
    let spawned = thread::Builder::new().name("hallpass-flight".into()).spawn(move || {
        let _ends = ends;
        if let Ok((lead, todo)) = given.recv() {
            led(&lead, &theirs, &their_transport, todo);
        }
    });
    let lead = pilot.lead(flight);
    match spawned {
        Ok(_) => drop(give.send((lead, todo))),
        Err(_) => led(&lead, pilot, transport, todo),
    }
    ended
}

/// Flies until nothing is left to do.
pub(crate) fn fly(pilot: &Arc<Pilot>, transport: &Transport, flight: Flight, todo: Todo) {
    led(&pilot.lead(flight), pilot, transport, todo);
}

fn led(lead: &Lead, pilot: &Pilot, transport: &Transport, todo: Todo) {
    lead.span().in_scope(|| effects(pilot, transport, todo));
}

fn effects(pilot: &Pilot, transport: &Transport, todo: Todo) {
    let clock = pilot.clock();
    let mut resends = Resends::default();
    let mut hold = Hold::default();
    let mut next = Some(todo);
    while let Some(todo) = next {
        let effect = Effect::begin(&todo);
        next = match todo {
            Todo::Peek(slot) => {
                let found = guarded::peek(pilot.config(), slot.key());
                pilot.answer(effect, |life, now| life.peeked(now, slot, found))
            }
            Todo::Lock(slot) => {
                let (taken, answer) = guarded::try_lock(pilot.config(), slot.key(), slot.lease());
                hold = taken;
                pilot.answer(effect, |life, now| life.locked(now, slot, answer))
            }
            Todo::Secret(slot) => {
                let secrets = guarded::secrets(pilot.config(), slot.names());
                pilot.answer(effect, |life, now| life.secret(now, slot, secrets))
            }
            Todo::Send(slot) => {
                resends = resends.then(slot.exchange());
                let reply = transport.exchange(slot.request(), slot.egress(), clock, resends);
                pilot.answer(effect, |life, now| life.replied(now, slot, reply))
            }
            Todo::Save(slot) => {
                let saved = hold.save(slot.record());
                pilot.answer(effect, |life, now| life.saved(now, slot, saved))
            }
            Todo::Unlock(slot) => {
                let unlocked = take(&mut hold).unlock();
                pilot.answer(effect, |life, now| life.unlocked(now, slot, unlocked))
            }
            Todo::Sleep(slot) => {
                thread::sleep(slot.until().remaining(clock.now()));
                pilot.answer(effect, |life, now| life.woke(now, slot))
            }
        };
    }
}
