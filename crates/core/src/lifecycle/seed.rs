//! The one source of chance: a seed given at construction, so that the same inputs give the same outputs.

use core::time::Duration;

use super::Revision;

/// `SplitMix64`: small, and good enough for jitter and for names that must not repeat.
#[derive(Debug, Clone)]
pub(super) struct Seed(u64);

impl Seed {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn byte(&mut self) -> u8 {
        self.draw().to_le_bytes()[0]
    }

    pub(super) fn revision(&mut self) -> Revision {
        Revision(self.draw())
    }

    /// Full jitter: anything from nothing to `most`.
    pub(super) fn up_to(&mut self, most: Duration) -> Duration {
        let share = u32::try_from((self.draw() ^ crate::plant::noise()) >> 48).unwrap_or(0);
        (most / (1 << 16)).saturating_mul(share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the algorithm's author published it: what was recorded with one version is drawn again by the next.
    #[test]
    fn what_is_drawn_is_split_mix_64() {
        let mut seed = Seed::new(0);
        assert_eq!(
            [seed.draw(), seed.draw(), seed.draw()],
            [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4, 0x06c4_5d18_8009_454f]
        );
    }
}
