//! Every input of the corpus, and what a few changes make of it, without a fuzzer and without a nightly compiler.

use std::path::{Path, PathBuf};
use std::{fs, panic};

use hallpass_fuzzing::TARGETS;

/// How many changed inputs each one of the corpus makes.
const CHANGES: u64 = 12;

fn corpus(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let listed = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = listed.map(|entry| entry.expect("a file").path()).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), fs::read(path).expect("a file that can be read"))).collect()
}

#[test]
fn every_input_keeps_the_rules() {
    for (name, target) in TARGETS {
        let corpus = corpus(name);
        assert!(corpus.len() >= 24, "{name}: {} inputs are too few", corpus.len());
        for (path, input) in corpus {
            panic::catch_unwind(|| target(&input)).unwrap_or_else(|_| panic!("{} breaks a rule", path.display()));
        }
    }
}

#[test]
fn changed_inputs_keep_the_rules() {
    for (name, target) in TARGETS {
        let corpus = corpus(name);
        let mut chance = Chance(7);
        for (path, input) in &corpus {
            for change in 0..CHANGES {
                let (_, other) = &corpus[chance.below(corpus.len())];
                let changed = chance.change(input, other);
                panic::catch_unwind(|| target(&changed)).unwrap_or_else(|_| {
                    panic!("change {change} of {} breaks a rule:\n{}", path.display(), changed.escape_ascii())
                });
            }
        }
    }
}

/// The same numbers in every run: `xorshift64*`.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let drawn = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32;
        usize::try_from(drawn).expect("32 bits fit") % end.max(1)
    }

    /// One to four changes: a byte or a bit, a cut, something twice, or the end of another input.
    fn change(&mut self, input: &[u8], other: &[u8]) -> Vec<u8> {
        let mut bytes = input.to_vec();
        for _ in 0..=self.below(4) {
            let (at, to) = (self.below(bytes.len()), self.below(256));
            match self.below(6) {
                0 if !bytes.is_empty() => bytes[at] ^= 1 << (to % 8),
                1 if !bytes.is_empty() => bytes[at] = u8::try_from(to).expect("below 256"),
                2 => bytes.truncate(at),
                3 => bytes.insert(at, u8::try_from(to).expect("below 256")),
                4 => {
                    let end = (at + to).min(bytes.len());
                    bytes.extend_from_within(at..end);
                }
                _ => {
                    bytes.truncate(at);
                    bytes.extend_from_slice(&other[self.below(other.len())..]);
                }
            }
        }
        bytes
    }
}
