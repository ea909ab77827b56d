//! One login's lifecycle, shared by every clone of a client: who leads a flight, who waits, who is woken.

mod lead;
mod settling;
mod staked;
mod state;
mod waiting;

pub use lead::Lead;
pub use settling::Settling;
pub use staked::Staked;
pub use waiting::Waiting;

use core::fmt;
use core::task::Waker;
use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use hallpass_core::lifecycle::{Flight, Landed, Lifecycle, Ticket, Todo, TokenId, Want};
use hallpass_core::{Grant, Now, RefreshToken};
use tracing::Span;

use crate::cell::Cell;
use crate::clock::Clock;
use crate::metrics;
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::{Mutex, MutexGuard};
use crate::trace::{self, Effect, Led};
use crate::{Change, Config};
use state::{State, closed};
use waiting::For;

/// A lifecycle and everybody around it.
pub struct Pilot {
    config: Config,
    clock: Clock,
    cell: Cell,
    state: Mutex<State>,
    /// A rejected token's successor has yet to prove itself; only then is a success worth reporting. Changed under the state's
    /// lock, or a success that comes with a rejection could hide what the lifecycle waits for.
    unproven: AtomicBool,
}

impl Pilot {
    /// A pilot that holds nothing yet.
    pub fn new(config: Config) -> Self {
        let state = State::new(Lifecycle::new(config.setup()));
        Self {
            config,
            clock: Clock::start(),
            cell: Cell::new(),
            state: Mutex::new(state),
            unproven: AtomicBool::new(false),
        }
    }

    /// What the client was built from.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The clocks that the lifecycle is told.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// Calls `take` with the token if it is fresh by both clocks; no lock, no allocation. `take` asks no pilot.
    pub fn fresh<T>(&self, take: impl FnOnce(&Grant) -> T) -> Option<T> {
        self.cell.read(take)
    }

    /// A token, a flight to lead or to wait for, or why there is neither.
    pub fn ask(&self, want: &Want) -> Ticket {
        let (ticket, awaited) = self.with(|state, now| {
            let ticket = if state.closed { Ticket::Closed(closed().into()) } else { state.life.get(now, want) };
            let awaited = match &ticket {
                Ticket::Wait(flight) => state.led.clone().filter(|led| led.flight == *flight),
                _ => None,
            };
            if let Ticket::Lead(..) | Ticket::Refresh(..) = ticket {
                state.ahead = matches!(ticket, Ticket::Refresh(..));
                state.sent = false;
            }
            (ticket, awaited)
        });
        if let Some(Led { span, .. }) = awaited {
            Span::current().follows_from(span);
        }
        if let Ticket::Refresh(..) = ticket {
            metrics::refreshing_ahead();
        }
        ticket
    }

    /// Where a flight is.
    pub fn outcome(&self, flight: Flight, want: &Want) -> Landed {
        self.lock().life.outcome(self.clock.now(), flight, want)
    }

    /// Answers an effect, and tells everybody what came of it.
    pub fn answer(&self, effect: Effect, answer: impl FnOnce(&mut Lifecycle, Now) -> Option<Todo>) -> Option<Todo> {
        effect.done();
        self.with(|state, now| {
            let next = answer(&mut state.life, now);
            let next = state.unless_closed(now, next);
            match next {
                Some(Todo::Send(_)) => state.sent = true,
                Some(Todo::Peek(_) | Todo::Lock(_)) => state.sent = false,
                _ => {}
            }
            next
        })
    }

    /// Waits for a flight to land. Dropping it costs nothing.
    pub fn wait(self: &Arc<Self>, flight: Flight, want: Want) -> Waiting {
        Waiting::new(self, For::Landing(flight, want))
    }

    /// Waits until nothing is sent or saved whose answer is still to come, nor [staked](Self::stake). No flight starts any
    /// more, and none sends.
    pub fn close(self: &Arc<Self>) -> Waiting {
        self.with(|state, _| {
            state.closed = true;
            state.give_up_unless_busy();
        });
        Waiting::new(self, For::Quiet)
    }

    /// What a closed login has still to save, and how long to wait before that: a few tries, each after a longer pause.
    /// `None` once nothing is at stake, or nothing more is to be hoped for.
    pub fn settle(&self) -> Option<(Duration, Flight, Todo)> {
        self.with(|state, now| {
            let pause = state.settling.pause(now)?;
            let (flight, todo) = state.life.settle(now)?;
            Some((pause, flight, todo))
        })
    }

    /// Leads a flight for as long as it lives: if it ends before the flight does, another caller leads. Called where the
    /// flight was asked for, since the current span is what its own belongs to.
    pub fn lead(self: &Arc<Self>, flight: Flight) -> Lead {
        let (key, ahead) = {
            let state = self.lock();
            (state.life.key().clone(), state.ahead)
        };
        let led = Led::new(flight, &key, ahead, self.config.get_ahead());
        // Whoever was slow to lead may have been taken over. What closes a span is the subscriber's, so it has no lock here.
        let mut known = Some(led.clone());
        let mut state = self.lock();
        if state.life.flying() == Some(flight) {
            core::mem::swap(&mut state.led, &mut known);
        }
        drop(state);
        drop(known);
        Lead { pilot: self.clone(), led }
    }

    /// An API answered 401 to this token.
    pub fn rejected(&self, id: TokenId) {
        self.with(|state, now| {
            state.life.rejected(now, id);
            self.unproven.store(true, Ordering::Relaxed);
        });
        metrics::rejected();
        self.config.tell(&Change::Rejected);
    }

    /// An API took this token.
    pub fn accepted(&self, grant: &Grant) {
        if self.unproven.load(Ordering::Relaxed) {
            let id = grant.id();
            self.with(|state, _| {
                state.life.accepted(id);
                if state.life.current().map(Grant::id) == Some(id) {
                    self.unproven.store(false, Ordering::Relaxed);
                }
            });
        }
    }

    /// The caller knows that this token is no good.
    pub fn invalidate(&self, id: TokenId) {
        self.with(|state, _| state.life.invalidate(id));
    }

    /// The token in hand, whether or not it is still good.
    pub fn in_hand(&self) -> Option<Grant> {
        self.lock().life.current().cloned()
    }

    /// The refresh token of a gain that is not saved yet.
    pub fn unsaved(&self) -> Option<RefreshToken> {
        self.lock().life.unsaved().and_then(|record| record.held.refresh_token.clone())
    }

    /// The caller wants none of what is in hand, nor of what is still to be saved.
    pub fn forget(&self) {
        self.with(|state, _| state.life.forget());
    }

    /// Whether no flight and no registration is under way, and no grant is still to be saved or mark to be taken back:
    /// nothing is lost that a store does not have.
    pub fn is_idle(&self) -> bool {
        let state = self.lock();
        let flies = state.life.flying().is_some() || state.registering > 0;
        !flies && !state.life.has_unfinished() && !state.life.owes_the_store()
    }

    /// Changes the state, and tells everybody what came of it.
    fn with<T>(&self, change: impl FnOnce(&mut State, Now) -> T) -> T {
        let now = self.clock.now();
        let mut state = self.lock();
        let before = state.life.flying();
        let result = change(&mut state, now);
        self.changed(state, before, now);
        result
    }

    /// Publishes what is fresh and wakes whoever waits for a flight that is over. Once for all changes: it is long.
    fn changed(&self, mut state: MutexGuard<'_, State>, before: Option<Flight>, now: Now) {
        let grant = state.life.current().filter(|grant| grant.is_fresh(now));
        let published = (state.published.as_ref() != grant).then(|| grant.cloned());
        if let Some(grant) = &published {
            self.cell.publish(grant.as_ref(), now);
            state.published.clone_from(grant);
        }
        let over = before.filter(|_| before != state.life.flying());
        let landed = over.map(|flight| state.life.outcome(now, flight, &Want::default()));
        let led = state.led.take_if(|led| over == Some(led.flight));
        let (since, sent) = (state.began, state.sent);
        if before != state.life.flying() {
            state.began = metrics::since();
        }
        let woken =
            if landed.is_some() || state.closed { core::mem::take(&mut state.waiting) } else { BTreeMap::new() };
        drop(state);
        woken.into_values().for_each(Waker::wake);
        if let Some(grant) = published.flatten() {
            self.config.tell(&Change::Granted { expires_at: grant.expires_at(), unsaved: grant.is_unsaved() });
        }
        let Some(landed) = landed else { return };
        metrics::landed(&landed, sent, since);
        if let Some(Led { span, .. }) = led {
            trace::landed(&span, &landed);
        }
        if let Landed::Failed(error) = landed {
            self.config.tell(&Change::Failed(error));
        }
    }

    /// Nothing panics while it is held, a dialect of the caller's neither: `Config` hands none out that does.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Pilot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pilot").field("config", &self.config).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
