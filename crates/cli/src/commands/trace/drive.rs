//! The login itself, driven by hand so that everything the machine is told is written down.

use core::mem::take;
use std::thread;

use hallpass_blocking::Client;
use hallpass_client::Config;
use hallpass_client::clock::Clock;
use hallpass_client::guarded::{self, Hold};
use hallpass_client::pilot::Settling;
use hallpass_core::lifecycle::{Landed, Lifecycle, Setup, Ticket, Todo, Want};
use hallpass_core::trace::{Recorder, Told, Trace};

use crate::failure::Failure;

/// What came of a login.
pub(super) struct Driven {
    pub(super) landed: Landed,
    pub(super) trace: Trace,
    life: Lifecycle,
    client: Client,
    clock: Clock,
}

/// Logs in once.
pub(super) fn login(config: Config, masked: Setup, profile: String, by: String) -> Result<Driven, Failure> {
    let real = config.setup();
    let client = Client::new(config)?;
    let clock = Clock::start();
    let (want, began) = (Want::default(), clock.now());
    let mut life = Lifecycle::new(real.clone());
    let mut recorder = Recorder::new(began);
    let landed = match life.get(began, &want) {
        Ticket::Ready(grant) => Landed::Ok(grant),
        Ticket::Closed(error) => Landed::Failed(error),
        Ticket::Wait(_) => Landed::Flying,
        Ticket::Lead(flight, todo) | Ticket::Refresh(_, flight, todo) => {
            fly(&mut life, &mut recorder, &client, clock, todo);
            life.outcome(clock.now(), flight, &want)
        }
    };
    let trace = recorder.finish(&real, &landed, masked, profile, by);
    Ok(Driven { landed, trace, life, client, clock })
}

impl Driven {
    /// Saves what could not be saved, as a client does before it ends. Whether there was something, and now is nothing.
    pub(super) fn settle(mut self) -> bool {
        let (clock, life) = (self.clock, &mut self.life);
        let (owed, mut settling) = (life.owes_the_store(), Settling::default());
        while let Some(pause) = settling.pause(clock.now())
            && let Some((_, todo)) = life.settle(clock.now())
        {
            thread::sleep(pause);
            fly(life, &mut Recorder::new(clock.now()), &self.client, clock, todo);
        }
        owed && !life.owes_the_store()
    }
}

/// Carries out every effect of a flight.
fn fly(life: &mut Lifecycle, recorder: &mut Recorder, client: &Client, clock: Clock, todo: Todo) {
    let (mut hold, mut next) = (Hold::default(), Some(todo));
    while let Some(todo) = next {
        next = step(life, recorder, &mut hold, client, clock, todo);
    }
}

/// Carries out one effect.
fn step(
    life: &mut Lifecycle,
    recorder: &mut Recorder,
    hold: &mut Hold,
    client: &Client,
    clock: Clock,
    todo: Todo,
) -> Option<Todo> {
    match todo {
        Todo::Peek(slot) => {
            let found = guarded::peek(client.config(), slot.key());
            let now = clock.now();
            recorder.note(now, Told::Peeked(found.clone()));
            life.peeked(now, slot, found)
        }
        Todo::Lock(slot) => {
            let (taken, answer) = guarded::try_lock(client.config(), slot.key(), slot.lease());
            *hold = taken;
            let now = clock.now();
            recorder.note(now, Told::Locked(answer.clone()));
            life.locked(now, slot, answer)
        }
        Todo::Secret(slot) => {
            let secrets = guarded::secrets(client.config(), slot.names());
            let now = clock.now();
            let names = slot.names().iter().map(ToString::to_string).collect();
            recorder.note(now, Told::Secret(names, secrets.clone()));
            life.secret(now, slot, secrets)
        }
        Todo::Send(slot) => {
            let mut reply = client.exchange(slot.request(), slot.egress());
            let now = clock.now();
            if let Ok(reply) = &mut reply {
                // The client's clock counts from another moment than this one.
                reply.received = now;
            }
            recorder.note(now, Told::Replied(slot.exchange(), slot.request().clone(), reply.clone()));
            life.replied(now, slot, reply)
        }
        Todo::Save(slot) => {
            let saved = hold.save(slot.record());
            let now = clock.now();
            recorder.note(now, Told::Saved(saved.clone()));
            life.saved(now, slot, saved)
        }
        Todo::Unlock(slot) => {
            let unlocked = take(hold).unlock();
            let now = clock.now();
            recorder.note(now, Told::Unlocked(unlocked.clone()));
            life.unlocked(now, slot, unlocked)
        }
        Todo::Sleep(slot) => {
            thread::sleep(slot.until().remaining(clock.now()));
            let now = clock.now();
            recorder.note(now, Told::Woke);
            life.woke(now, slot)
        }
    }
}
