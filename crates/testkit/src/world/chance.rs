//! The one source of chance of a world: its seed.

/// `SplitMix64`.
#[derive(Debug, Clone)]
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(mix(seed ^ 0x6861_6c6c_7061_7373))
    }

    pub(super) fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// Anything from 0 to `most - 1`; 0 if there is nothing to choose from.
    pub(super) fn below(&mut self, most: u64) -> u64 {
        self.draw().checked_rem(most).unwrap_or(0)
    }

    /// Anything from `least` to `most`.
    pub(super) fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.below(most.saturating_sub(least).saturating_add(1))
    }

    /// Like [`between`](Self::between), but every order of magnitude is as likely as the next.
    pub(super) fn magnitude(&mut self, least: u64, most: u64) -> u64 {
        let (low, high) = (least.max(1).ilog2(), most.max(1).ilog2());
        let bits = self.between(u64::from(low), u64::from(high));
        self.between(1 << bits, (2 << bits) - 1).clamp(least, most)
    }

    pub(super) fn per_mille(&mut self, rate: u16) -> bool {
        rate > 0 && self.below(1000) < u64::from(rate)
    }

    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::try_from(self.below(from.len() as u64)).unwrap_or(0)]
    }
}

/// The finalizer of `SplitMix64`.
pub(super) fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// A short name for a text: FNV-1a.
pub(super) fn name(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
