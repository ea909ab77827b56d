//! A map that forgets its oldest entries, so that nothing in a provider grows for ever.

use std::collections::{BTreeMap, VecDeque};

#[derive(Debug, Clone)]
pub(super) struct Bounded<K, V> {
    limit: usize,
    entries: BTreeMap<K, V>,
    order: VecDeque<K>,
}

impl<K: Ord + Clone, V> Bounded<K, V> {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit: limit.max(1), entries: BTreeMap::new(), order: VecDeque::new() }
    }

    pub(super) fn insert(&mut self, key: K, value: V) -> Option<V> {
        let previous = self.entries.insert(key.clone(), value);
        if previous.is_none() {
            self.order.push_back(key);
        }
        while self.order.len() > self.limit {
            if let Some(oldest) = self.order.pop_front() {
                self.entries.remove(&oldest);
            }
        }
        previous
    }

    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.entries.get(key)
    }

    pub(super) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.entries.get_mut(key)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.entries.iter()
    }

    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.entries.values_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::Bounded;

    #[test]
    fn the_oldest_entry_is_forgotten_first() {
        let mut map = Bounded::new(2);
        for key in ["a", "b", "c"] {
            map.insert(key, ());
        }
        assert_eq!(map.iter().map(|(key, ())| *key).collect::<Vec<_>>(), ["b", "c"]);
    }

    #[test]
    fn writing_an_entry_again_does_not_evict_another() {
        let mut map = Bounded::new(2);
        map.insert("a", 1);
        map.insert("b", 1);
        assert_eq!(map.insert("b", 2), Some(1));
        assert_eq!((map.get(&"a"), map.get(&"b")), (Some(&1), Some(&2)));
    }
}
