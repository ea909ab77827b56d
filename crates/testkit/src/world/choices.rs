//! What is chosen in the place of chance, one choice after the other.

use super::Fault;

/// The choices of one history: those of a script, then the first of each.
#[derive(Debug)]
pub(super) struct Choices {
    script: Vec<u8>,
    /// What was chosen, and from how many.
    trail: Vec<(u8, u8)>,
    /// The faults that may still strike, each once: one bit for each of [`Fault::ALL`].
    faults: u64,
    /// How many of them may.
    left: u32,
}

impl Choices {
    pub(super) fn new(script: &[u8], faults: u64, left: u32) -> Self {
        Self { script: script.to_vec(), trail: Vec::new(), faults, left }
    }

    pub(super) fn choose(&mut self, from: usize) -> usize {
        if from < 2 {
            return 0;
        }
        let chosen = self.script.get(self.trail.len()).copied().unwrap_or(0);
        self.trail.push((chosen, u8::try_from(from).unwrap_or(u8::MAX)));
        usize::from(chosen)
    }

    pub(super) fn strikes(&mut self, fault: Fault) -> bool {
        let bit = 1 << fault as u64;
        if self.left == 0 || self.faults & bit == 0 || self.choose(2) == 0 {
            return false;
        }
        self.faults &= !bit;
        self.left -= 1;
        true
    }

    /// What may still strike.
    pub(super) fn left(&self) -> (u64, u32) {
        (if self.left == 0 { 0 } else { self.faults }, self.left)
    }

    /// The script is over: what comes now was never tried.
    pub(super) fn is_new(&self) -> bool {
        self.trail.len() >= self.script.len()
    }

    /// The scripts that differ from this history in one choice, after those that were given.
    pub(super) fn others(&self) -> impl Iterator<Item = Vec<u8>> {
        (self.script.len()..self.trail.len()).flat_map(move |at| {
            (1..self.trail[at].1).map(move |other| {
                let before = self.trail[..at].iter().map(|(chosen, _)| *chosen);
                before.chain([other]).collect()
            })
        })
    }

    /// The script of this very history.
    pub(super) fn script(&self) -> Vec<u8> {
        self.trail.iter().map(|(chosen, _)| *chosen).collect()
    }
}
