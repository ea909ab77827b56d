//! A run that may be stopped and goes on later: after each part it keeps what it has come to.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hallpass_testkit::world::{self, Bounds, Totals};
use serde_json::{Value, json};

use crate::child::{self, Trouble};
use crate::proof::results::SOURCES;
use crate::worlds::{self, Found};

/// A run of no more worlds is over in a minute, and keeps nothing.
const SHORT: u64 = 100_000;

/// So many worlds are lost at most when a longer one is stopped.
const PART: u64 = 20_000;

/// So many worlds tell whether the code is still the one that a kept run was made with.
const TASTE: u64 = 64;

/// Plays the worlds of so many seeds; goes on where a run of the same code, seeds and bounds was stopped.
pub(super) fn play(seeds: u64, bounds: &Bounds, root: &Path) -> Result<Found, Trouble> {
    let world = |seed| world::run_checked(seed, bounds);
    if seeds <= SHORT {
        return Ok(worlds::play("", seeds, world));
    }
    let kept = Kept { path: root.join("target/sim-progress.json"), of: identity(seeds, bounds, &sources(root)) };
    let mut sum = kept.read().unwrap_or(Found { totals: Totals::default(), seed: None, time: Duration::ZERO });
    if sum.totals.seeds > 0 {
        eprintln!("goes on after {} worlds ({})", sum.totals.seeds, kept.path.display());
    }
    while sum.totals.seeds < seeds {
        let first = sum.totals.seeds;
        let part = worlds::play_part("", first..seeds.min(first + PART), seeds, world);
        sum.totals.merge(&part.totals);
        sum.time += part.time;
        if part.seed.is_some() {
            sum.seed = part.seed;
            return Ok(sum);
        }
        kept.write(&sum)?;
    }
    // It is over: the same command begins anew.
    match fs::remove_file(&kept.path) {
        Err(source) if source.kind() != ErrorKind::NotFound => Err(Trouble::Write { path: kept.path, source }),
        _ => Ok(sum),
    }
}

/// The last commit of the sources, and what was changed since. Without git, the histories alone tell.
fn sources(root: &Path) -> String {
    let git = |arguments: &[&str]| {
        let said = child::output(child::command("git", root).args(arguments).arg("--").args(SOURCES));
        said.unwrap_or_default()
    };
    let mut changed = DefaultHasher::new();
    git(&["diff", "HEAD"]).hash(&mut changed);
    format!("{}, {:x}", git(&["log", "-1", "--format=%h"]).trim(), changed.finish())
}

/// What a run is of. Other code has other histories; where it only looks at more in them, the sources tell it.
fn identity(seeds: u64, bounds: &Bounds, sources: &str) -> String {
    let mut taste = Totals::default();
    for seed in 0..TASTE {
        taste.add(seed, &world::run(seed, bounds));
    }
    format!("{seeds} worlds of {sources}, {bounds:?}, {:016x}", taste.hash)
}

/// The file in which a run is kept.
struct Kept {
    path: PathBuf,
    of: String,
}

impl Kept {
    /// What is kept of this very run, if anything is.
    fn read(&self) -> Option<Found> {
        let kept: Value = serde_json::from_str(&fs::read_to_string(&self.path).ok()?).ok()?;
        let figures = kept["figures"].as_array()?.iter().map(Value::as_u64).collect::<Option<Vec<_>>>()?;
        let time = Duration::from_millis(kept["milliseconds"].as_u64()?);
        (kept["of"] == self.of.as_str()).then_some(())?;
        Some(Found { totals: Totals::of(&figures)?, seed: None, time })
    }

    /// Whole or not at all: it may be stopped here, too.
    fn write(&self, found: &Found) -> Result<(), Trouble> {
        let milliseconds = u64::try_from(found.time.as_millis()).unwrap_or(u64::MAX);
        let text = json!({ "of": self.of, "milliseconds": milliseconds, "figures": found.totals.figures() });
        let new = self.path.with_extension("new");
        child::write(&new, &text.to_string())?;
        fs::rename(new, &self.path).map_err(|source| Trouble::Write { path: self.path.clone(), source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_goes_on_where_it_was_stopped_and_no_other_does() {
        let path = std::env::temp_dir().join(format!("hallpass-sim-{}.json", std::process::id()));
        let kept = Kept { path, of: "this".into() };
        let mut totals = Totals::default();
        totals.add(3, &world::run(3, &Bounds::default()));
        assert!(kept.read().is_none());
        kept.write(&Found { totals: totals.clone(), seed: None, time: Duration::from_secs(5) }).expect("it is written");
        let read = kept.read().expect("it is there");
        assert_eq!((read.totals, read.time), (totals, Duration::from_secs(5)));
        let other = Kept { of: "another".into(), path: kept.path.clone() };
        assert!(other.read().is_none());
        fs::write(&kept.path, "{").expect("it is written");
        assert!(kept.read().is_none());
        fs::remove_file(&kept.path).expect("it is there");
    }

    #[test]
    fn other_bounds_or_sources_are_another_run() {
        let bounds = Bounds { instances: Some(1), ..Bounds::default() };
        assert_ne!(identity(10, &bounds, "1"), identity(10, &Bounds::default(), "1"));
        assert_ne!(identity(10, &bounds, "1"), identity(10, &bounds, "2"));
        assert_eq!(identity(10, &bounds, "1"), identity(10, &bounds, "1"));
    }
}
