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
    slots: HashMap<Key, Slot<C>>,
    /// The keys in the order in which they are looked at for one to drop.
    keys: Vec<Key>,
    /// Where to look next.
    hand: usize,
}

struct Slot<C> {
    client: C,
    used: AtomicU64,
    /// Where its key is among the keys.
    place: usize,
}

impl<C: Pooled> Shard<C> {
    pub(super) fn new() -> Self {
        Self(RwLock::new(Clients { slots: HashMap::new(), keys: Vec::new(), hand: 0 }))
    }

    pub(super) fn get(&self, key: &Key, now: u64) -> Option<C> {
        let clients = self.read();
        let slot = clients.slots.get(key)?;
        slot.used.store(now, Ordering::Relaxed);
        Some(slot.client.clone())
    }

    pub(super) fn all(&self) -> Vec<C> {
        self.read().slots.values().map(|slot| slot.client.clone()).collect()
    }

    /// Adds the client of a key that is not there, which is for the caller to see to, and takes out some that were idle for
    /// too long: to be dropped without the lock.
    pub(super) fn add(&self, key: &Key, client: C, now: u64, idle: u64) -> Vec<C> {
        let mut clients = self.write();
        let stale = (0..STEPS).filter_map(|_| clients.step(now, idle)).collect();
        let slot = Slot { client, used: AtomicU64::new(now), place: clients.keys.len() };
        clients.slots.insert(key.clone(), slot);
        clients.keys.push(key.clone());
        stale
    }

    /// Takes out one that can be spared: of the first few, the one that was not used for longest.
    pub(super) fn evict(&self) -> Option<C> {
        let mut clients = self.write();
        let (len, hand) = (clients.keys.len(), clients.hand);
        for begin in (0..len).step_by(SAMPLE) {
            let sample = (begin..len.min(begin + SAMPLE)).map(|step| clients.at((hand + step) % len));
            let spare = sample.filter(|slot| slot.client.is_idle());
            if let Some(place) = spare.min_by_key(|slot| slot.used.load(Ordering::Relaxed)).map(|slot| slot.place) {
                clients.hand = (hand + begin + SAMPLE) % len;
                return clients.take(place);
            }
        }
        None
    }

    /// Takes out all that were idle for too long.
    pub(super) fn sweep(&self, now: u64, idle: u64) -> Vec<C> {
        let Clients { slots, keys, hand } = &mut *self.write();
        let swept: Vec<C> = slots.extract_if(|_, slot| slot.is_stale(now, idle)).map(|(_, slot)| slot.client).collect();
        if !swept.is_empty() {
            (*keys, *hand) = (Vec::with_capacity(slots.len()), 0);
            slots.shrink_to_fit();
            for (place, (key, slot)) in slots.iter_mut().enumerate() {
                slot.place = place;
                keys.push(key.clone());
            }
        }
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

impl<C: Pooled> Slot<C> {
    fn is_stale(&self, now: u64, idle: u64) -> bool {
        now.saturating_sub(self.used.load(Ordering::Relaxed)) > idle && self.client.is_idle()
    }
}

impl<C: Pooled> Clients<C> {
    fn at(&self, place: usize) -> &Slot<C> {
        self.slots.get(&self.keys[place]).expect("each key has a slot")
    }

    /// Looks at the next one, and takes it out if it was idle for too long.
    fn step(&mut self, now: u64, idle: u64) -> Option<C> {
        let place = self.hand.checked_rem(self.keys.len())?;
        if self.at(place).is_stale(now, idle) {
            return self.take(place);
        }
        self.hand = place + 1;
        None
    }

    /// The last key moves to its place.
    fn take(&mut self, place: usize) -> Option<C> {
        let taken = self.slots.remove(&self.keys.swap_remove(place));
        if let Some(moved) = self.keys.get(place).and_then(|key| self.slots.get_mut(key)) {
            moved.place = place;
        }
        taken.map(|slot| slot.client)
    }
}
