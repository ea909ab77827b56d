//! A part of a pool's map. It reads no clock: its callers say what time it is, in seconds.

use core::sync::atomic::{AtomicU64, Ordering};
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use hallpass_core::dialect::Key;

use super::Pooled;

/// Among how many the one that was not used for longest makes room. An order of all would be written at every lookup.
const SAMPLE: usize = 8;

/// How many are looked at, whether they were idle for too long, when one comes: the map shrinks faster than it grows.
const STEPS: usize = 2;

/// Clients by key.
pub(super) struct Shard<C>(RwLock<Clients<C>>);

struct Clients<C> {
    places: HashMap<Key, usize>,
    slots: Vec<Slot<C>>,
    /// Where to look next for one to drop.
    hand: usize,
}

struct Slot<C> {
    key: Key,
    client: C,
    used: AtomicU64,
}

/// What came of adding a client.
pub(super) struct Added<C> {
    /// The key's client: another, if one was there already.
    pub(super) client: C,
    /// Those that are no longer in the map, the one that came too late among them. To be dropped without the lock.
    pub(super) dropped: Vec<C>,
}

impl<C: Pooled> Shard<C> {
    pub(super) fn new() -> Self {
        Self(RwLock::new(Clients { places: HashMap::new(), slots: Vec::new(), hand: 0 }))
    }

    pub(super) fn get(&self, key: &Key, now: u64) -> Option<C> {
        let clients = self.read();
        let slot = &clients.slots[*clients.places.get(key)?];
        slot.used.store(now, Ordering::Relaxed);
        Some(slot.client.clone())
    }

    pub(super) fn all(&self) -> Vec<C> {
        self.read().slots.iter().map(|slot| slot.client.clone()).collect()
    }

    pub(super) fn add(&self, key: &Key, client: C, now: u64, idle: u64) -> Added<C> {
        if let Some(first) = self.get(key, now) {
            return Added { client: first, dropped: vec![client] };
        }
        let mut clients = self.write();
        if let Some(&place) = clients.places.get(key) {
            return Added { client: clients.slots[place].client.clone(), dropped: vec![client] };
        }
        let mut dropped = Vec::new();
        for _ in 0..STEPS {
            dropped.extend(clients.step(now, idle));
        }
        let place = clients.slots.len();
        clients.places.insert(key.clone(), place);
        clients.slots.push(Slot { key: key.clone(), client: client.clone(), used: AtomicU64::new(now) });
        Added { client, dropped }
    }

    /// Takes out one that can be spared: of the first few, the one that was not used for longest.
    pub(super) fn evict(&self) -> Option<C> {
        let mut clients = self.write();
        let (len, hand) = (clients.slots.len(), clients.hand);
        for begin in (0..len).step_by(SAMPLE) {
            let sample = (begin..len.min(begin + SAMPLE)).map(|step| (hand + step) % len);
            let spare = sample.filter(|place| clients.slots[*place].client.is_idle());
            if let Some(place) = spare.min_by_key(|place| clients.slots[*place].used.load(Ordering::Relaxed)) {
                clients.hand = (hand + begin + SAMPLE) % len;
                return Some(clients.take(place));
            }
        }
        None
    }

    /// Takes out all that were idle for too long.
    pub(super) fn sweep(&self, now: u64, idle: u64) -> Vec<C> {
        let mut clients = self.write();
        let mut swept = Vec::new();
        for place in (0..clients.slots.len()).rev() {
            if clients.is_stale(place, now, idle) {
                swept.push(clients.take(place));
            }
        }
        clients.shrink();
        swept
    }

    fn read(&self) -> RwLockReadGuard<'_, Clients<C>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nothing that may panic runs between two changes that belong together.
    fn write(&self) -> RwLockWriteGuard<'_, Clients<C>> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<C: Pooled> Clients<C> {
    /// Looks at the next one, and takes it out if it was idle for too long.
    fn step(&mut self, now: u64, idle: u64) -> Option<C> {
        let place = self.hand.checked_rem(self.slots.len())?;
        if self.is_stale(place, now, idle) {
            return Some(self.take(place));
        }
        self.hand = place + 1;
        None
    }

    fn is_stale(&self, place: usize, now: u64, idle: u64) -> bool {
        let slot = &self.slots[place];
        now.saturating_sub(slot.used.load(Ordering::Relaxed)) > idle && slot.client.is_idle()
    }

    /// The last one moves to its place.
    fn take(&mut self, place: usize) -> C {
        let taken = self.slots.swap_remove(place);
        self.places.remove(&taken.key);
        if let Some(moved) = self.slots.get(place) {
            self.places.insert(moved.key.clone(), place);
        }
        taken.client
    }

    /// Gives memory back once most of it is free.
    fn shrink(&mut self) {
        if self.slots.len() < self.slots.capacity() / 4 {
            self.slots.shrink_to_fit();
            self.places.shrink_to_fit();
        }
    }
}
