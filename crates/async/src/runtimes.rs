//! What is a runtime's own, kept for those that used it last.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use tokio::runtime::Id;

/// Runtimes for each core of the machine: a program may well have one on each, and some beside them.
const FOR_EACH_CORE: usize = 4;

/// Runtimes at the least, also where there are few cores.
const LEAST: usize = 16;

/// A value for each runtime.
pub(crate) struct Runtimes<T> {
    known: Mutex<Known<T>>,
    most: usize,
}

struct Known<T> {
    entries: Vec<Entry<T>>,
    uses: u64,
}

struct Entry<T> {
    runtime: Id,
    value: T,
    /// The last use, counted over all.
    used: u64,
}

impl<T: Clone> Runtimes<T> {
    pub(crate) fn new() -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Self::of(LEAST.max(FOR_EACH_CORE * cores))
    }

    fn of(most: usize) -> Self {
        Self { known: Mutex::new(Known { entries: Vec::new(), uses: 0 }), most }
    }

    /// The value of this runtime, made if there is none. Whoever asks for another runtime's does not wait for that; two who
    /// ask for the same have the one that was made first.
    pub(crate) fn get<E>(&self, runtime: Id, build: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        if let Some(value) = self.lock().find(runtime) {
            return Ok(value);
        }
        let made = build()?;
        let (value, _evicted) = self.lock().add(runtime, made, self.most);
        Ok(value)
    }

    /// Nothing that may panic runs while it is held.
    fn lock(&self) -> MutexGuard<'_, Known<T>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Clone> Known<T> {
    fn find(&mut self, runtime: Id) -> Option<T> {
        self.uses += 1;
        let entry = self.entries.iter_mut().find(|entry| entry.runtime == runtime)?;
        entry.used = self.uses;
        Some(entry.value.clone())
    }

    /// The value to use, and what is left over, to be dropped without the lock: the value of the runtime that was not seen for
    /// longest, where there is no room, or the one that came second.
    fn add(&mut self, runtime: Id, made: T, most: usize) -> (T, Option<T>) {
        if let Some(first) = self.find(runtime) {
            return (first, Some(made));
        }
        let oldest = (0..self.entries.len()).min_by_key(|at| self.entries[*at].used);
        let evicted = oldest.filter(|_| self.entries.len() >= most).map(|at| self.entries.swap_remove(at).value);
        self.entries.push(Entry { runtime, value: made.clone(), used: self.uses });
        (made, evicted)
    }
}

#[cfg(test)]
mod tests {
    use core::cell::Cell;
    use core::convert::Infallible;

    use tokio::runtime::{Builder, Runtime};

    use super::*;

    fn started(count: usize) -> (Vec<Runtime>, Vec<Id>) {
        let runtimes: Vec<_> = (0..count).map(|_| Builder::new_current_thread().build().expect("a runtime")).collect();
        let ids = runtimes.iter().map(|runtime| runtime.handle().id()).collect();
        (runtimes, ids)
    }

    /// More than one on each core.
    #[test]
    fn runtimes_that_come_in_turn_each_keep_what_they_have() {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let (_living, ids) = started(LEAST.max(2 * cores));
        let (values, made) = (Runtimes::new(), Cell::new(0));
        let build = || Ok::<_, Infallible>(made.replace(made.get() + 1));
        let rounds: Vec<Vec<usize>> =
            (0..3).map(|_| ids.iter().filter_map(|id| values.get(*id, build).ok()).collect()).collect();
        assert_eq!(rounds, vec![(0..ids.len()).collect::<Vec<_>>(); 3]);
    }

    #[test]
    fn the_one_that_was_not_seen_for_longest_makes_room() {
        let (_living, ids) = started(4);
        let values = Runtimes::of(3);
        let get = |at: usize, value| values.get(ids[at], || Ok::<_, Infallible>(value)).expect("one");
        for (at, value) in [(0, 'a'), (1, 'b'), (2, 'c')] {
            assert_eq!(get(at, value), value);
        }
        assert_eq!((get(0, 'x'), get(3, 'd')), ('a', 'd'));
        assert_eq!((get(0, 'x'), get(2, 'x'), get(1, 'e')), ('a', 'c', 'e'), "the second had to go");
    }

    /// Nobody waits while a value is made, so two may be made for one runtime.
    #[test]
    fn whoever_comes_second_has_what_was_made_first() {
        let (_living, ids) = started(2);
        let values = Runtimes::of(3);
        let other = |value| values.get(ids[1], || Ok::<_, Infallible>(value)).expect("one");
        let second = values.get(ids[0], || {
            assert_eq!(other('o'), 'o', "it does not wait");
            let first = values.get(ids[0], || Ok::<_, Infallible>('a'));
            first.map(|_| 'b')
        });
        assert_eq!(second, Ok('a'));
    }
}
