//! A machine, run over recorded results.

use super::kept::RecordLine;
use super::placeholder;
use super::wire::{AnswerLine, EffectLine, Landing, StepLine, ns, reply};
use crate::error::{Misuse, StoreFailure};
use crate::http::SendError;
use crate::lifecycle::{Landed, Lifecycle, Lock, SaveError, Setup, Ticket, Todo, Want};
use crate::secret::Secrets;
use crate::time::{Deadline, Now};

/// What a machine did.
pub(super) struct Played {
    /// What it asked for, one more than it was answered if it went on.
    pub(super) effects: Vec<EffectLine>,
    pub(super) end: Landing,
}

/// Runs a machine until nothing is left to tell it, or the recorded result is none of what it asks for.
pub(super) fn run(setup: Setup, began: Now, steps: &[StepLine]) -> Played {
    let want = Want::default();
    let mut life = Lifecycle::new(setup);
    let mut effects = Vec::new();
    let (flight, mut next) = match life.get(began, &want) {
        Ticket::Lead(flight, todo) | Ticket::Refresh(_, flight, todo) => (flight, Some(todo)),
        Ticket::Wait(_) => return Played { effects, end: Landing::Flying },
        Ticket::Ready(grant) => return Played { effects, end: landing(&Landed::Ok(grant)) },
        Ticket::Closed(error) => return Played { effects, end: landing(&Landed::Failed(error)) },
    };
    let (mut now, mut answers) = (began, steps.iter());
    while let Some(todo) = next {
        effects.push(effect(&life, now, &todo));
        let Some(step) = answers.next() else { break };
        now = step.at.now();
        next = answer(&mut life, now, todo, &step.answer);
    }
    Played { effects, end: landing(&life.outcome(now, flight, &want)) }
}

/// How a flight landed.
pub(super) fn landing(landed: &Landed) -> Landing {
    match landed {
        Landed::Ok(grant) => Landing::Token {
            access_token: grant.access_token().expose().to_owned(),
            life_ns: grant.life().map(ns),
            unsaved: grant.is_unsaved(),
        },
        Landed::Failed(error) => Landing::Failed { why: error.to_string() },
        Landed::Again => Landing::Again,
        Landed::Flying => Landing::Flying,
    }
}

fn effect(life: &Lifecycle, now: Now, todo: &Todo) -> EffectLine {
    match todo {
        Todo::Peek(slot) => {
            EffectLine::Peek { record: if slot.key() == life.key() { "login" } else { "registration" }.into() }
        }
        Todo::Lock(slot) => EffectLine::Lock { lease_ns: ns(slot.lease()) },
        Todo::Secret(slot) => EffectLine::Secret { names: slot.names().iter().map(ToString::to_string).collect() },
        Todo::Send(slot) => {
            let request = slot.request();
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            EffectLine::Send {
                exchange: slot.exchange().kind.name().into(),
                method: request.method.to_string(),
                url: request.endpoint.to_url(),
                headers: request
                    .headers
                    .iter()
                    .map(|(name, value)| (name.to_string(), text(value.as_bytes())))
                    .collect(),
                body: text(request.body.expose()),
            }
        }
        Todo::Save(slot) => EffectLine::Save { record: RecordLine::of(slot.record(), None) },
        Todo::Unlock(_) => EffectLine::Unlock,
        Todo::Sleep(slot) => EffectLine::Sleep { until_ns: ns(until(slot.until(), now)) },
    }
}

fn until(deadline: Deadline, now: Now) -> core::time::Duration {
    now.mono.saturating_add(deadline.remaining(now))
}

/// Tells the machine. A result of another kind ends the run, with the flight in the air.
fn answer(life: &mut Lifecycle, now: Now, todo: Todo, answer: &AnswerLine) -> Option<Todo> {
    let loaded = |record: &Option<RecordLine>| record.as_ref().map(RecordLine::loaded);
    let failed = || match answer {
        AnswerLine::StoreFailed { doing, why } => Some(StoreFailure::new(*doing, why)),
        _ => None,
    };
    match (todo, answer) {
        (Todo::Peek(slot), AnswerLine::Found { record }) => life.peeked(now, slot, Ok(loaded(record))),
        (Todo::Peek(slot), _) => life.peeked(now, slot, Err(failed()?)),
        (Todo::Lock(slot), AnswerLine::Busy) => life.locked(now, slot, Ok(Lock::Busy)),
        (Todo::Lock(slot), AnswerLine::Held { record }) => {
            life.locked(now, slot, Ok(Lock::Held(loaded(record).map(Box::new))))
        }
        (Todo::Lock(slot), _) => life.locked(now, slot, Err(failed()?)),
        (Todo::Secret(slot), AnswerLine::Secrets { names }) => {
            let secrets = names.iter().fold(Secrets::new(), |all, name| all.with(name.as_str(), placeholder(name)));
            life.secret(now, slot, Ok(secrets))
        }
        (Todo::Secret(slot), AnswerLine::NoSecret { name }) => {
            let why = "it could not be had when this was traced".into();
            life.secret(now, slot, Err(Misuse::Secret { name: name.clone(), why }))
        }
        (Todo::Send(slot), AnswerLine::Reply { status, headers, body, cut, received }) => {
            life.replied(now, slot, Ok(reply(*status, headers, body, *cut, received.now())))
        }
        (Todo::Send(slot), AnswerLine::NotSent { why }) => {
            life.replied(now, slot, Err(SendError::NotSent(why.clone())))
        }
        (Todo::Send(slot), AnswerLine::Untrusted { why }) => {
            life.replied(now, slot, Err(SendError::Untrusted(why.clone())))
        }
        (Todo::Send(slot), AnswerLine::MaybeSent { why }) => {
            life.replied(now, slot, Err(SendError::MaybeSent(why.clone())))
        }
        (Todo::Save(slot), answer) => life.saved(now, slot, saved(answer)?),
        (Todo::Unlock(slot), AnswerLine::Unlocked) => life.unlocked(now, slot, Ok(())),
        (Todo::Unlock(slot), _) => life.unlocked(now, slot, Err(failed()?)),
        (Todo::Sleep(slot), AnswerLine::Woke) => life.woke(now, slot),
        _ => None,
    }
}

fn saved(answer: &AnswerLine) -> Option<Result<(), SaveError>> {
    let boxed = |record: &RecordLine| Box::new(record.loaded());
    Some(match answer {
        AnswerLine::Saved => Ok(()),
        AnswerLine::Conflict { record } => Err(SaveError::Conflict(record.as_ref().map(boxed))),
        AnswerLine::LeaseGone { record } => Err(SaveError::LeaseGone(boxed(record))),
        AnswerLine::NotApplied { why } => Err(SaveError::NotApplied(why.clone())),
        AnswerLine::Unknown { why } => Err(SaveError::Unknown(why.clone())),
        _ => return None,
    })
}
