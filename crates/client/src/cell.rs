//! The fresh token, had without a lock, an allocation or a shared reference count.
//!
//! Each thread keeps a copy of its own and compares one number; it copies anew only when a token was published since.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use hallpass_core::{Grant, Now};

use crate::clock::CoarseDeadline;

/// How many clients' tokens a thread keeps copies of.
const COPIES: usize = 8;

static NEXT_CELL: AtomicU64 = AtomicU64::new(1);

thread_local! {
    static MINE: RefCell<Mine> = const { RefCell::new(Mine { copies: Vec::new(), passed: 0 }) };
}

/// What a thread has copied.
struct Mine {
    copies: Vec<ThreadCopy>,
    /// The cell that was read last without being copied.
    passed: u64,
}

impl Mine {
    /// A thread that goes through the tokens of many clients copies none until it comes to one twice in a row: it would
    /// throw each copy away before it is used.
    fn passes_by(&mut self, cell: u64) -> bool {
        let first = core::mem::replace(&mut self.passed, cell) != cell;
        self.copies.len() == COPIES && first
    }
}

/// A thread's own copy of a cell's token.
struct ThreadCopy {
    cell: u64,
    /// Dead once the cell is: then the copy goes with the next one that is made.
    alive: Weak<()>,
    generation: u64,
    published: Published,
}

#[derive(Clone)]
struct Published {
    grant: Grant,
    until: CoarseDeadline,
}

/// Holds the token of one login for as long as nobody need be asked about it.
pub(crate) struct Cell {
    id: u64,
    alive: Arc<()>,
    generation: AtomicU64,
    published: Mutex<Option<Published>>,
}

impl Cell {
    pub(crate) fn new() -> Self {
        let id = NEXT_CELL.fetch_add(1, Ordering::Relaxed);
        Self { id, alive: Arc::new(()), generation: AtomicU64::new(0), published: Mutex::new(None) }
    }

    /// Calls `take` with the token if it is fresh by both clocks; no lock, no allocation. Its result is built in place, so that
    /// it is moved once less.
    pub(crate) fn read<T>(&self, take: impl FnOnce(&Grant) -> T) -> Option<T> {
        let generation = self.generation.load(Ordering::Acquire);
        MINE.with_borrow_mut(|mine| {
            let shared;
            let known = mine.copies.iter().position(|copy| copy.cell == self.id);
            let published = match known {
                Some(at) if mine.copies[at].generation == generation => Some(&mine.copies[at].published),
                None if mine.passes_by(self.id) => {
                    shared = self.lock();
                    shared.as_ref()
                }
                _ => self.copy(&mut mine.copies, known, generation),
            };
            published.filter(|published| published.until.lies_ahead()).map(|published| take(&published.grant))
        })
    }

    /// Replaces what every thread will see next.
    pub(crate) fn publish(&self, grant: Option<&Grant>, now: Now) {
        let until = |grant: &Grant| CoarseDeadline::until(grant.ask_again().remaining(now), grant.ask_again_at());
        let published = grant.map(|grant| Published { grant: grant.clone(), until: until(grant) });
        *self.lock() = published;
        self.generation.fetch_add(1, Ordering::Release);
    }

    fn copy<'m>(&self, mine: &'m mut Vec<ThreadCopy>, known: Option<usize>, generation: u64) -> Option<&'m Published> {
        if let Some(at) = known {
            mine.swap_remove(at);
        }
        mine.retain(|copy| copy.alive.strong_count() > 0);
        let shared = self.lock().clone()?;
        if mine.len() == COPIES {
            mine.remove(0);
        }
        let published = Published { grant: shared.grant.detached(), ..shared };
        mine.push(ThreadCopy { cell: self.id, alive: Arc::downgrade(&self.alive), generation, published });
        mine.last().map(|copy| &copy.published)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Published>> {
        self.published.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
