//! From what happened to a trace.

use super::wire::{AnswerLine, EffectLine, End, Head, Landing, StepLine};
use super::{VERSION, play, redact::Redactor};
use crate::dialect::Exchange;
use crate::error::{Misuse, StoreFailure};
use crate::http::{Reply, Request, SendError};
use crate::lifecycle::{Landed, Loaded, Lock, SaveError, Setup};
use crate::secret::Secrets;
use crate::time::Now;

/// What a machine was told, as it was.
#[derive(Debug)]
pub enum Told {
    /// [`peeked`](crate::lifecycle::Lifecycle::peeked)
    Peeked(Result<Option<Loaded>, StoreFailure>),
    /// [`locked`](crate::lifecycle::Lifecycle::locked)
    Locked(Result<Lock, StoreFailure>),
    /// [`secret`](crate::lifecycle::Lifecycle::secret), and the names that were asked for
    Secret(Vec<String>, Result<Secrets, Misuse>),
    /// [`replied`](crate::lifecycle::Lifecycle::replied), and the request
    Replied(Exchange, Request, Result<Reply, SendError>),
    /// [`saved`](crate::lifecycle::Lifecycle::saved)
    Saved(Result<(), SaveError>),
    /// [`unlocked`](crate::lifecycle::Lifecycle::unlocked)
    Unlocked(Result<(), StoreFailure>),
    /// [`woke`](crate::lifecycle::Lifecycle::woke)
    Woke,
}

impl Told {
    /// Whether it is what this was asked for.
    fn answers(&self, effect: &EffectLine) -> bool {
        match self {
            Self::Peeked(_) => matches!(effect, EffectLine::Peek { .. }),
            Self::Locked(_) => matches!(effect, EffectLine::Lock { .. }),
            Self::Secret(..) => matches!(effect, EffectLine::Secret { .. }),
            Self::Replied(..) => matches!(effect, EffectLine::Send { .. }),
            Self::Saved(_) => matches!(effect, EffectLine::Save { .. }),
            Self::Unlocked(_) => matches!(effect, EffectLine::Unlock),
            Self::Woke => matches!(effect, EffectLine::Sleep { .. }),
        }
    }
}

/// Writes down what a driver tells its machine.
#[derive(Debug)]
pub struct Recorder {
    began: Now,
    told: Vec<(Now, Told)>,
}

impl Recorder {
    /// Begins where the token is asked for, with no wishes.
    pub fn new(began: Now) -> Self {
        Self { began, told: Vec::new() }
    }

    /// The machine is told this now.
    pub fn note(&mut self, now: Now, told: Told) {
        self.told.push((now, told));
    }

    /// The trace. `real` is what the machine was made of, `landed` how it landed; `profile` and `shadow` are the same
    /// login with placeholders for secrets; `by` says which hallpass this is.
    #[must_use = "it is handed back, and kept nowhere"]
    pub fn finish(self, real: &Setup, landed: &Landed, shadow: Setup, profile: String, by: String) -> super::Trace {
        let (mut names, mut secrets) = (Vec::new(), Secrets::new());
        let mut redactor = Redactor::new(&real.name);
        for (_, told) in &self.told {
            let Told::Secret(asked, Ok(given)) = told else { continue };
            for (name, secret) in asked.iter().filter_map(|name| Some((name, given.get(name)?))) {
                redactor.secret(name, secret);
                secrets = secrets.with(name.as_str(), secret.clone());
                if !names.contains(name) {
                    names.push(name.clone());
                }
            }
        }
        redactor.told(secrets);
        let user_key = real.user_key.as_ref().map(|key| redactor.user_key(key));
        let head = Head {
            hallpass_trace: VERSION,
            of: "login".into(),
            by,
            profile,
            seed: real.seed,
            user_key,
            policy: real.into(),
            began: self.began.into(),
        };
        let answers: Vec<_> =
            self.told.iter().map(|(now, told)| (*now, answer(&mut redactor, real, told, &names))).collect();
        let mut steps: Vec<_> = answers
            .into_iter()
            .map(|(at, answer)| StepLine { effect: EffectLine::Unlock, at: at.into(), answer })
            .collect();
        let played = play::run(head.setup(shadow), self.began, &steps);
        let same = played.effects.len() == self.told.len()
            && self.told.iter().zip(&played.effects).all(|((_, told), effect)| told.answers(effect));
        let mut effects = played.effects.into_iter();
        steps.truncate(effects.len());
        for (step, effect) in steps.iter_mut().zip(effects.by_ref()) {
            step.effect = effect;
        }
        let same = same && core::mem::discriminant(&played.end) == core::mem::discriminant(&play::landing(landed));
        let end = End { end: played.end, then: effects.next(), but_really: (!same).then(|| really(landed)) };
        super::Trace { head, steps, end }
    }
}

/// How the machine with the secrets landed; errors show none of them.
fn really(landed: &Landed) -> String {
    match play::landing(landed) {
        Landing::Token { .. } => "it got a token".into(),
        Landing::Failed { why } => format!("it failed: {why}"),
        Landing::Again | Landing::Flying => "it did not land".into(),
    }
}

fn answer(redactor: &mut Redactor<'_>, real: &Setup, told: &Told, names: &[String]) -> AnswerLine {
    let failed = |failure: &StoreFailure, redactor: &Redactor<'_>| AnswerLine::StoreFailed {
        doing: failure.doing,
        why: redactor.store_said(&failure.why),
    };
    match told {
        Told::Peeked(Ok(found)) => {
            AnswerLine::Found { record: found.as_ref().map(|loaded| redactor.loaded(loaded, names)) }
        }
        Told::Locked(Ok(Lock::Busy)) => AnswerLine::Busy,
        Told::Locked(Ok(Lock::Held(found))) => {
            AnswerLine::Held { record: found.as_ref().map(|loaded| redactor.loaded(loaded, names)) }
        }
        Told::Peeked(Err(failure)) | Told::Locked(Err(failure)) | Told::Unlocked(Err(failure)) => {
            failed(failure, redactor)
        }
        Told::Secret(names, Ok(_)) => AnswerLine::Secrets { names: names.clone() },
        Told::Secret(_, Err(Misuse::Secret { name, .. })) => AnswerLine::NoSecret { name: name.clone() },
        Told::Secret(names, Err(_)) => AnswerLine::NoSecret { name: names.join(", ") },
        Told::Replied(exchange, request, Ok(reply)) => redactor.reply(&*real.dialect, *exchange, request, reply),
        Told::Replied(_, request, Err(SendError::NotSent(why))) => {
            AnswerLine::NotSent { why: redactor.transport_said(request, why) }
        }
        Told::Replied(_, request, Err(SendError::Untrusted(why))) => {
            AnswerLine::Untrusted { why: redactor.transport_said(request, why) }
        }
        Told::Replied(_, request, Err(SendError::MaybeSent(why))) => {
            AnswerLine::MaybeSent { why: redactor.transport_said(request, why) }
        }
        Told::Saved(Ok(())) => AnswerLine::Saved,
        Told::Saved(Err(SaveError::Conflict(found))) => {
            AnswerLine::Conflict { record: found.as_ref().map(|loaded| redactor.loaded(loaded, names)) }
        }
        Told::Saved(Err(SaveError::LeaseGone(found))) => {
            AnswerLine::LeaseGone { record: redactor.loaded(found, names) }
        }
        Told::Saved(Err(SaveError::NotApplied(why))) => AnswerLine::NotApplied { why: redactor.store_said(why) },
        Told::Saved(Err(SaveError::Unknown(why))) => AnswerLine::Unknown { why: redactor.store_said(why) },
        Told::Unlocked(Ok(())) => AnswerLine::Unlocked,
        Told::Woke => AnswerLine::Woke,
    }
}
