//! What holds for every input: round trips, totality, and secrets that stay secret.

mod canaries;
mod generate;
mod round_trips;
mod totality;
#[path = "../world/mod.rs"]
mod world;

use proptest::test_runner::{Config, RngSeed};

/// The same cases in every run, so that a red test is red again; `PROPTEST_RNG_SEED` and `PROPTEST_CASES` try others.
fn cases(usually: u32) -> Config {
    let config = Config::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { config.cases } else { usually };
    let rng_seed = match config.rng_seed {
        RngSeed::Random => RngSeed::Fixed(7),
        chosen @ RngSeed::Fixed(_) => chosen,
    };
    Config { cases, rng_seed, failure_persistence: None, ..config }
}
