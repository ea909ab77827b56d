//! One login's lifecycle, shared by every clone of a client: who leads a flight, who waits, who is woken.

use core::panic::AssertUnwindSafe;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use hallpass_core::dialect::Key;
use hallpass_core::error::StoreFailure;
use hallpass_core::lifecycle::{Flight, Landed, Lifecycle, Loaded, Lock, Ticket, Todo, TokenId, Want};
use hallpass_core::{Error, Grant, Misuse, Now, Secrets};
use hallpass_store::{Locked, Record, SaveError, StoreError};

use crate::cell::Cell;
use crate::clock::Clock;
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::{Mutex, MutexGuard};
use crate::trace::Effect;
use crate::{Change, Config, secrets};

/// A lifecycle and everybody around it.
pub struct Pilot {
    config: Config,
    clock: Clock,
    cell: Cell,
    state: Mutex<State>,
    /// A rejected token's successor has yet to prove itself; only then is a success worth reporting.
    unproven: AtomicBool,
}

struct State {
    life: Lifecycle,
    published: Option<Grant>,
    waiting: BTreeMap<u64, Waker>,
    waiters: u64,
    closed: bool,
}

impl Pilot {
    /// A pilot that holds nothing yet.
    pub fn new(config: Config) -> Self {
        let life = Lifecycle::new(config.setup());
        let state = State { life, published: None, waiting: BTreeMap::new(), waiters: 0, closed: false };
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

    /// What is taken of the token, if nobody need be asked about it: no lock, no allocation. `take` asks no pilot.
    pub fn fresh<T>(&self, take: impl FnOnce(&Grant) -> T) -> Option<T> {
        self.cell.read(take)
    }

    /// A token, a flight to lead or to wait for, or why there is neither.
    pub fn ask(&self, want: &Want) -> Ticket {
        self.with(|state, now| if state.closed { Ticket::Closed(closed()) } else { state.life.get(now, want) })
    }

    /// Where a flight is.
    pub fn outcome(&self, flight: Flight, want: &Want) -> Landed {
        self.lock().life.outcome(self.clock.now(), flight, want)
    }

    /// Answers an effect, and tells everybody what came of it.
    pub fn answer(&self, effect: Effect, answer: impl FnOnce(&mut Lifecycle, Now) -> Option<Todo>) -> Option<Todo> {
        effect.done();
        self.with(|state, now| answer(&mut state.life, now))
    }

    /// Waits for a flight to land. Dropping it costs nothing.
    pub fn wait(self: &Arc<Self>, flight: Flight, want: Want) -> Waiting {
        Waiting { pilot: self.clone(), what: For::Landing(flight, want), waiter: None }
    }

    /// Waits until nothing is sent whose answer is still to come. No flight starts any more.
    pub fn close(self: &Arc<Self>) -> Waiting {
        self.with(|state, _| state.closed = true);
        Waiting { pilot: self.clone(), what: For::Quiet, waiter: None }
    }

    /// Leads a flight for as long as it lives: if it ends before the flight does, another caller leads.
    pub fn lead(self: &Arc<Self>, flight: Flight) -> Lead {
        Lead { pilot: self.clone(), flight }
    }

    /// An API answered 401 to this token.
    pub fn rejected(&self, id: TokenId) {
        self.unproven.store(true, Ordering::Relaxed);
        self.with(|state, now| state.life.rejected(now, id));
        self.config.tell(&Change::Rejected);
    }

    /// An API took this token.
    pub fn accepted(&self, grant: &Grant) {
        if self.unproven.load(Ordering::Relaxed) {
            let id = grant.id();
            let current = self.with(|state, _| {
                state.life.accepted(id);
                state.life.current().map(Grant::id)
            });
            if current == Some(id) {
                self.unproven.store(false, Ordering::Relaxed);
            }
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

    /// The caller wants none of the token in hand.
    pub fn forget(&self) {
        self.with(|state, _| {
            if let Some(id) = state.life.current().map(Grant::id) {
                state.life.invalidate(id);
            }
        });
    }

    /// Whether no flight is under way and no grant is still to be saved: nothing is lost that a store does not have.
    pub fn is_idle(&self) -> bool {
        let state = self.lock();
        state.life.flying().is_none() && !state.life.has_sent()
    }

    /// Changes the state, then publishes what is fresh and wakes whoever waits for a flight that is over.
    fn with<T>(&self, change: impl FnOnce(&mut State, Now) -> T) -> T {
        let now = self.clock.now();
        let mut state = self.lock();
        let before = state.life.flying();
        let result = change(&mut state, now);
        let grant = state.life.current().filter(|grant| grant.is_fresh(now));
        let published = (state.published.as_ref() != grant).then(|| grant.cloned());
        if let Some(grant) = &published {
            self.cell.publish(grant.as_ref(), now);
            state.published.clone_from(grant);
        }
        let landed = before.filter(|_| before != state.life.flying());
        let failed = landed.map(|flight| state.life.outcome(now, flight, &Want::default()));
        let woken =
            if landed.is_some() || state.closed { core::mem::take(&mut state.waiting) } else { BTreeMap::new() };
        drop(state);
        woken.into_values().for_each(Waker::wake);
        if let Some(grant) = published.flatten() {
            self.config.tell(&Change::Granted { expires_at: grant.expires_at(), unsaved: grant.is_unsaved() });
        }
        if let Some(Landed::Failed(error)) = failed {
            self.config.tell(&Change::Failed(error));
        }
        result
    }

    /// A panic while it is held can only come from a dialect of the caller's; the lifecycle's own state is whole between
    /// calls.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The effects that both drivers carry out alike, where blocking is allowed. A store or a source of secrets that panics
/// fails; it takes nobody with it.
impl Pilot {
    /// Reads a record.
    pub fn peek(&self, key: &Key) -> Result<Option<Loaded>, StoreFailure> {
        caught(|| self.config.shared_store().peek(key))
            .unwrap_or_else(|| Err(StoreError(PANICKED.into())))
            .map_err(|error| StoreFailure { doing: "reading", why: error.to_string() })
    }

    /// Tries once to lock a record.
    pub fn try_lock(&self, key: &Key, lease: Duration) -> (Option<Box<dyn Locked>>, Result<Lock, StoreFailure>) {
        let tried = caught(|| self.config.shared_store().try_lock(key, lease));
        match tried.unwrap_or_else(|| Err(StoreError(PANICKED.into()))) {
            Ok(Some(lock)) => {
                let found = lock.found().cloned().map(Box::new);
                (Some(lock), Ok(Lock::Held(found)))
            }
            Ok(None) => (None, Ok(Lock::Busy)),
            Err(error) => (None, Err(StoreFailure { doing: "locking", why: error.to_string() })),
        }
    }

    /// Asks for secrets.
    pub fn secrets(&self, names: &[&str]) -> Result<Secrets, Misuse> {
        let panicked = || Misuse::Secret { name: names.join(", "), why: format!("its source {PANICKED}") };
        caught(|| secrets::gather(&**self.config.secret_source(), names)).unwrap_or_else(|| Err(panicked()))
    }

    /// Saves under the lock that a flight holds.
    pub fn save(lock: &mut Option<Box<dyn Locked>>, record: &Record) -> Result<(), SaveError> {
        let Some(held) = lock else { return Err(SaveError::NotApplied("the lock is not held".into())) };
        caught(|| held.save(record)).unwrap_or_else(|| {
            *lock = None;
            Err(SaveError::Unknown(PANICKED.into()))
        })
    }

    /// Gives a flight's lock back.
    pub fn unlock(lock: Option<Box<dyn Locked>>) -> Result<(), StoreFailure> {
        let Some(held) = lock else { return Ok(()) };
        caught(|| held.unlock())
            .unwrap_or_else(|| Err(StoreError(PANICKED.into())))
            .map_err(|error| StoreFailure { doing: "unlocking", why: error.to_string() })
    }
}

const PANICKED: &str = "panicked";

/// The result, unless the caller's own code panicked.
fn caught<T>(work: impl FnOnce() -> T) -> Option<T> {
    std::panic::catch_unwind(AssertUnwindSafe(work)).ok()
}

/// Leads a flight; see [`Pilot::lead`].
#[must_use = "dropping it gives the flight up"]
pub struct Lead {
    pilot: Arc<Pilot>,
    flight: Flight,
}

impl Drop for Lead {
    fn drop(&mut self) {
        self.pilot.with(|state, _| state.life.abandon(self.flight));
    }
}

/// A wait for a flight, or for quiet.
pub struct Waiting {
    pilot: Arc<Pilot>,
    what: For,
    waiter: Option<u64>,
}

enum For {
    Landing(Flight, Want),
    Quiet,
}

impl Future for Waiting {
    type Output = Landed;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Landed> {
        let pilot = self.pilot.clone();
        let now = pilot.clock.now();
        let mut state = pilot.lock();
        let landed = match &self.what {
            For::Landing(flight, want) => state.life.outcome(now, *flight, want),
            For::Quiet if state.life.flying().is_some() && state.life.has_sent() => Landed::Flying,
            For::Quiet => Landed::Again,
        };
        if landed != Landed::Flying {
            return Poll::Ready(landed);
        }
        let waiter = self.waiter.unwrap_or_else(|| {
            state.waiters += 1;
            state.waiters
        });
        state.waiting.insert(waiter, context.waker().clone());
        drop(state);
        self.waiter = Some(waiter);
        Poll::Pending
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(waiter) = self.waiter {
            self.pilot.lock().waiting.remove(&waiter);
        }
    }
}

fn closed() -> Error {
    Misuse::Value { what: "the client".into(), why: "it was closed".into() }.into()
}

#[cfg(test)]
mod tests;
