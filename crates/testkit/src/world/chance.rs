//! The one source of chance of a world: its seed, or whoever tries all of it.

use super::choices::Choices;
use super::clock::{At, duration, micros};
use crate::SplitMix64;
use crate::mix::mix;

#[derive(Debug)]
pub(super) struct Chance {
    row: SplitMix64,
    /// In the place of chance: what is open is tried in every way, and what takes time takes the same time always.
    choices: Option<Choices>,
}

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self { row: SplitMix64::new(mix(seed ^ 0x6861_6c6c_7061_7373)), choices: None }
    }

    pub(super) fn chosen(choices: Choices) -> Self {
        Self { choices: Some(choices), ..Self::new(0) }
    }

    pub(super) fn choices(&mut self) -> Option<&mut Choices> {
        self.choices.as_mut()
    }

    pub(super) fn is_chosen(&self) -> bool {
        self.choices.is_some()
    }

    pub(super) fn chosen_by(&self) -> Option<&Choices> {
        self.choices.as_ref()
    }

    pub(super) fn draw(&mut self) -> u64 {
        self.row.draw()
    }

    /// Anything from 0 to `most - 1`; 0 if there is nothing to choose from.
    pub(super) fn below(&mut self, most: u64) -> u64 {
        match &mut self.choices {
            // One of two is something that happens or does not; anything else is a length of time.
            Some(choices) if most == 2 => u64::from(choices.choose(2) == 1),
            Some(_) => 0,
            None => self.row.below(most),
        }
    }

    /// Anything from `least` to `most`.
    pub(super) fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.below(most.saturating_sub(least).saturating_add(1))
    }

    /// Like [`between`](Self::between), but every order of magnitude is as likely as the next.
    pub(super) fn magnitude(&mut self, least: u64, most: u64) -> u64 {
        if self.choices.is_some() {
            return most;
        }
        let (low, high) = (least.max(1).ilog2(), most.max(1).ilog2());
        let bits = self.between(u64::from(low), u64::from(high));
        self.between(1 << bits, (2 << bits) - 1).clamp(least, most)
    }

    /// A length of time of this mean, as between things that happen independently.
    pub(super) fn exponential(&mut self, mean: At) -> At {
        let part = f64::from(u32::try_from(self.draw() >> 32).unwrap_or(0)) / f64::from(u32::MAX);
        micros(duration(mean).mul_f64(-(1.0 - part * 0.999_999).ln()))
    }

    pub(super) fn per_mille(&mut self, rate: u16) -> bool {
        rate > 0 && self.below(1000) < u64::from(rate)
    }

    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::try_from(self.below(from.len() as u64)).unwrap_or(0)]
    }
}

/// A short name for a text: FNV-1a.
pub(super) fn name(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
