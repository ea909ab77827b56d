//! The fresh token, had without a lock, an allocation or a shared reference count.
//!
//! Each thread keeps a copy of its own and compares one number; it copies anew only when a token was published since.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime};

use hallpass_core::{Grant, UtcDateTime};

/// How many clients' tokens a thread keeps copies of.
const COPIES: usize = 8;

static NEXT_CELL: AtomicU64 = AtomicU64::new(1);

thread_local! {
    static MINE: RefCell<Vec<Copy>> = const { RefCell::new(Vec::new()) };
}

/// A thread's own copy of a cell's token.
struct Copy {
    cell: u64,
    generation: u64,
    published: Published,
}

#[derive(Clone)]
struct Published {
    grant: Grant,
    until: Option<Instant>,
    until_by_wall: SystemTime,
}

impl Published {
    /// Both clocks must agree.
    fn is_fresh(&self) -> bool {
        self.until.is_none_or(|until| Instant::now() < until) && SystemTime::now() < self.until_by_wall
    }
}

/// Holds the token of one login for as long as nobody need be asked about it.
pub(crate) struct Cell {
    id: u64,
    generation: AtomicU64,
    published: Mutex<Option<Published>>,
}

impl Cell {
    pub(crate) fn new() -> Self {
        let id = NEXT_CELL.fetch_add(1, Ordering::Relaxed);
        Self { id, generation: AtomicU64::new(0), published: Mutex::new(None) }
    }

    /// The token, if it is fresh by both clocks.
    pub(crate) fn read(&self) -> Option<Grant> {
        let generation = self.generation.load(Ordering::Acquire);
        MINE.with_borrow_mut(|mine| {
            let known = mine.iter().position(|copy| copy.cell == self.id);
            match known {
                Some(at) if mine[at].generation == generation => Some(&mine[at].published),
                _ => self.copy(mine, known, generation),
            }
            .filter(|published| published.is_fresh())
            .map(|published| published.grant.clone())
        })
    }

    /// Replaces what every thread will see next; `start` is the instant from which grants count their monotonic time.
    pub(crate) fn publish(&self, grant: Option<&Grant>, start: Instant, now: hallpass_core::Now) {
        let published = grant.map(|grant| Published {
            grant: grant.clone(),
            until: start.checked_add(now.mono.saturating_add(grant.ask_again().remaining(now))),
            until_by_wall: wall(grant.ask_again_at()),
        });
        *self.lock() = published;
        self.generation.fetch_add(1, Ordering::Release);
    }

    fn copy<'m>(&self, mine: &'m mut Vec<Copy>, known: Option<usize>, generation: u64) -> Option<&'m Published> {
        if let Some(at) = known {
            mine.swap_remove(at);
        }
        let shared = self.lock().clone()?;
        if mine.len() == COPIES {
            mine.remove(0);
        }
        let published = Published { grant: shared.grant.detached(), ..shared };
        mine.push(Copy { cell: self.id, generation, published });
        mine.last().map(|copy| &copy.published)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Published>> {
        self.published.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The end of the calendar is further than a `SystemTime` of some platforms reaches.
fn wall(at: UtcDateTime) -> SystemTime {
    let seconds = u64::try_from(at.unix_timestamp()).unwrap_or(0);
    SystemTime::UNIX_EPOCH.checked_add(std::time::Duration::from_secs(seconds)).unwrap_or(SystemTime::UNIX_EPOCH)
}
