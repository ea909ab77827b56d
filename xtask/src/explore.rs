//! `cargo xtask explore`: small worlds, explored completely.

use std::fmt::Write;
use std::path::Path;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use hallpass_testkit::world::{self, Explored, Model};

use crate::child::{self, Trouble};
use crate::figures::grouped;
use crate::proof::results::{Found, keep, stamp};

/// The options of `cargo xtask explore`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many instances share the login
    #[arg(long, value_name = "N", default_value_t = 2)]
    instances: usize,
    /// How many faults there are in one history, each of another kind
    #[arg(long, value_name = "N", default_value_t = 2)]
    faults: u32,
    /// Give up a world that has more states than this
    #[arg(long, value_name = "N", default_value_t = u64::MAX)]
    states: u64,
    /// Plant this bug, and show the history in which it breaks an invariant; `cargo xtask plant --list` names them
    #[arg(long, value_name = "BUG")]
    bug: Option<String>,
    /// Keep the figures for the page that `cargo xtask proof` makes
    #[arg(long)]
    record: bool,
}

/// Whether every invariant held in every state.
pub(crate) fn run(args: &Args, root: &Path) -> Result<bool, Trouble> {
    if let Some(bug) = &args.bug {
        return planted(args, bug, root);
    }
    if cfg!(debug_assertions) {
        return child::optimised(&[], root);
    }
    let stamp = args.record.then(|| stamp(root)).transpose()?;
    let begun = Instant::now();
    let found = explore_all(world::models(args.instances, args.faults), args.states);
    let table = table(&found, begun.elapsed());
    print!("{table}");
    let (mut whole, mut states) = (true, 0);
    for (model, explored, _) in found {
        whole &= show(&model, &explored) && !explored.cut;
        states += explored.states;
    }
    if let Some(stamp) = stamp.filter(|_| whole) {
        let (states, instances, faults) = (grouped(states), args.instances, args.faults);
        let figure =
            format!("{states} states, with {instances} instances and up to {faults} faults: no invariant broken");
        let claim = format!("exploration-{instances}-{faults}");
        let command = format!("explore --instances {instances} --faults {faults}");
        keep(root, Found { claim: &claim, command: &command, figure: &figure, table: Some(&table), stamp })?;
    }
    Ok(whole)
}

fn table(found: &[(Model, Explored, Duration)], time: Duration) -> String {
    let mut text = format!(
        "{:<24}{:>10}{:>8}{:>12}{:>12}{:>10}\n",
        "world", "instances", "faults", "states", "histories", "seconds"
    );
    for (model, explored, time) in found {
        let _ = writeln!(
            text,
            "{:<24}{:>10}{:>8}{:>12}{:>12}{:>10.1}{}",
            model.name,
            model.instances,
            model.most,
            explored.states,
            explored.histories,
            time.as_secs_f64(),
            if explored.cut { "  not complete" } else { "" }
        );
    }
    let checks = |(invariant, count): (usize, u64)| format!("{invariant}: {count}");
    let sums = found.iter().fold([0; world::INVARIANTS], |mut sums, (_, explored, _)| {
        sums.iter_mut().zip(explored.checks).for_each(|(sum, more)| *sum += more);
        sums
    });
    let sums: Vec<_> = sums.into_iter().enumerate().filter(|(_, count)| *count > 0).map(checks).collect();
    let _ = writeln!(text, "\nchecks of each invariant: {}\n{:.1} s", sums.join(", "), time.as_secs_f64());
    text
}

/// Each world on a core of its own.
fn explore_all(models: Vec<Model>, states: u64) -> Vec<(Model, Explored, Duration)> {
    let left = Mutex::new(models.into_iter().enumerate());
    let found = Mutex::new(Vec::new());
    // A panic in a world is a violation of its own, and told as one.
    std::panic::set_hook(Box::new(|_| {}));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let next = left.lock().ok().and_then(|mut left| left.next());
                    let Some((at, model)) = next else { return };
                    let begun = Instant::now();
                    let explored = world::explore(&model, states);
                    eprintln!("{}: {} states", model.name, explored.states);
                    if let Ok(mut found) = found.lock() {
                        found.push((at, (model, explored, begun.elapsed())));
                    }
                }
            });
        }
    });
    drop(std::panic::take_hook());
    let mut found = found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, found)| found).collect()
}

/// True if nothing was broken.
fn show(model: &Model, explored: &Explored) -> bool {
    let Some(violation) = &explored.violation else { return true };
    println!("\n{}, a history with as few faults as can be:", model.name);
    for line in &explored.history {
        println!("{line}");
    }
    println!("It breaks invariant {}: {}.", violation.invariant, violation.what);
    false
}

/// Bugs are in a build of their own, which this builds and runs.
#[cfg(not(feature = "plant"))]
fn planted(_args: &Args, _bug: &str, root: &Path) -> Result<bool, Trouble> {
    child::optimised(&["plant"], root)
}

/// Whether a world shows the bug.
#[cfg(feature = "plant")]
fn planted(args: &Args, bug: &str, _root: &Path) -> Result<bool, Trouble> {
    use hallpass_testkit::world::{Bug, Planted};

    let Some(bug) = Bug::ALL.iter().copied().find(|known| known.name() == bug) else {
        let what = "there is no such bug; `cargo xtask plant --list` names them".into();
        return Err(Trouble::Answer { line: "cargo xtask explore".into(), what });
    };
    let _planted = Planted::new(Some(bug));
    for model in world::models(args.instances, args.faults) {
        let explored = world::explore(&model, args.states);
        if !show(&model, &explored) {
            println!("{}: found after {} histories.", bug.name(), explored.histories);
            return Ok(true);
        }
    }
    println!("{}: no world of this size shows it.", bug.name());
    Ok(false)
}
