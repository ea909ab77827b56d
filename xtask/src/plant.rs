//! `cargo xtask plant`: plants one bug after another, and shows that the simulation finds each.

use std::path::Path;

use crate::child::Trouble;

/// The options of `cargo xtask plant`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Plant this bug only
    bug: Option<String>,
    /// How many worlds each bug may take to be found
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    seeds: u64,
    /// List the bugs, and what each does
    #[arg(long)]
    list: bool,
    /// Write the shortest history that shows the bug to a file
    #[arg(long, value_name = "FILE", requires = "bug")]
    trace: Option<std::path::PathBuf>,
    /// Keep the figures for the page that `cargo xtask proof` makes
    #[arg(long)]
    record: bool,
}

/// Whether every bug was found. Bugs are in a build of their own, which this builds and runs.
#[cfg(not(feature = "plant"))]
pub(crate) fn run(_args: &Args, root: &Path) -> Result<bool, Trouble> {
    crate::child::optimised(&["plant"], root)
}

/// Whether every bug was found.
#[cfg(feature = "plant")]
pub(crate) fn run(args: &Args, root: &Path) -> Result<bool, Trouble> {
    planted::run(args, root)
}

#[cfg(feature = "plant")]
mod planted {
    use std::fmt::Write;
    use std::time::Duration;

    use hallpass_testkit::world::{self, Bounds, Bug, Planted};

    use super::{Args, Path, Trouble};
    use crate::child;
    use crate::figures::grouped;
    use crate::proof::results::{Found, keep, stamp};
    use crate::worlds;

    pub(super) fn run(args: &Args, root: &Path) -> Result<bool, Trouble> {
        let named = |bug: &&Bug| args.bug.as_deref().is_none_or(|name| name == bug.name());
        let bugs: Vec<Bug> = Bug::ALL.iter().filter(named).copied().collect();
        if bugs.is_empty() {
            let what = "there is no such bug; `cargo xtask plant --list` names them".into();
            return Err(Trouble::Answer { line: "cargo xtask plant".into(), what });
        }
        if args.list {
            for bug in bugs {
                println!("{:<24}{:>3}  {}", bug.name(), bug.breaks(), bug.what());
            }
            return Ok(true);
        }
        let stamp = args.record.then(|| stamp(root)).transpose()?;
        let mut table = format!("{:<24}{:>8}{:>10}{:>10}\n", "bug", "breaks", "seeds", "seconds");
        let (mut survived, mut time) = (Vec::new(), Duration::ZERO);
        for bug in &bugs {
            let (row, took, caught) = find(*bug, args.seeds);
            let _ = writeln!(table, "{row}");
            time += took;
            survived.extend(caught.is_none().then_some(bug.name()));
            if let (Some(file), Some(seed)) = (&args.trace, caught) {
                let _planted = Planted::new(Some(*bug));
                let (shorter, _) = world::shortest(seed, &Bounds::default());
                child::write(file, &world::trace(seed, &shorter))?;
            }
        }
        print!("{table}");
        println!("\n{} bugs planted, {} found, {:.1} s", bugs.len(), bugs.len() - survived.len(), time.as_secs_f64());
        if !survived.is_empty() {
            println!("Survived: {}. Sharpen the check of the invariant that each breaks.", survived.join(", "));
        }
        if let Some(stamp) = stamp.filter(|_| args.bug.is_none() && survived.is_empty()) {
            let figure = format!("{} bugs planted, each found within {} worlds", bugs.len(), grouped(args.seeds));
            keep(root, Found { claim: "planted-bugs", command: "plant", figure: &figure, table: Some(&table), stamp })?;
        }
        Ok(survived.is_empty())
    }

    /// Plays worlds with a bug until one breaks the invariant that it is to break, and not just any.
    fn find(bug: Bug, seeds: u64) -> (String, Duration, Option<u64>) {
        let played = |seed| {
            let _planted = Planted::new(Some(bug));
            let mut report = world::run_checked(seed, &Bounds::default());
            report.violation = report.violation.filter(|violation| violation.invariant == bug.breaks());
            report
        };
        let found = worlds::play(&format!("{}: ", bug.name()), seeds, played);
        let row = format!(
            "{:<24}{:>8}{:>10}{:>10.2}",
            bug.name(),
            bug.breaks(),
            found.seed.map_or("none".into(), |seed| (seed + 1).to_string()),
            found.time.as_secs_f64(),
        );
        (row, found.time, found.seed)
    }
}
