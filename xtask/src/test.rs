//! `cargo xtask test`: what must hold before a change goes in.

use std::path::Path;
use std::time::Instant;

use clap::ValueEnum;

use crate::bench::gate;
use crate::child::{self, Trouble};
use crate::{api, needs, package, pages, tidy};

/// The options of `cargo xtask test`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Run this stage only
    #[arg(long, value_name = "NAME")]
    stage: Option<Stage>,
    /// List the stages and their command lines
    #[arg(long)]
    list: bool,
}

/// Runs the stages in order and stops at the first that fails.
pub(crate) fn run(args: &Args, root: &Path) -> bool {
    let stages = args.stage.map_or_else(|| Stage::value_variants().to_vec(), |stage| vec![stage]);
    if args.list {
        for stage in stages {
            println!("{:<8}{}", stage.name(), stage.command_line());
        }
        return true;
    }

    let mut done = Vec::new();
    for &stage in &stages {
        println!("\n== {}: {}", stage.name(), stage.command_line());
        let begun = Instant::now();
        let ok = stage.run(root).unwrap_or_else(|trouble| {
            eprintln!("xtask: {trouble}");
            false
        });
        done.push(Done { stage, seconds: begun.elapsed().as_secs_f64(), ok });
        if !ok {
            break;
        }
    }
    print!("\n{}", closing(&stages, &done));
    done.iter().all(|done| done.ok)
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Stage {
    Needs,
    Fmt,
    Clippy,
    Test,
    Sim,
    Explore,
    Plant,
    Cost,
    Doc,
    Api,
    Package,
    Tidy,
    Readme,
}

impl Stage {
    fn name(self) -> &'static str {
        match self {
            Self::Needs => "needs",
            Self::Fmt => "fmt",
            Self::Clippy => "clippy",
            Self::Test => "test",
            Self::Sim => "sim",
            Self::Explore => "explore",
            Self::Plant => "plant",
            Self::Cost => "cost",
            Self::Doc => "doc",
            Self::Api => "api",
            Self::Package => "package",
            Self::Tidy => "tidy",
            Self::Readme => "readme",
        }
    }

    /// As one would type it.
    fn command_line(self) -> &'static str {
        match self {
            Self::Needs => needs::COMMAND_LINE,
            Self::Fmt => "cargo fmt --all --check",
            Self::Clippy => "cargo clippy --locked --workspace --all-targets --all-features -- -D warnings",
            // Without --all-targets: that flag would leave the doc tests out, and adds only benches. More threads than cores,
            // since many tests wait for sockets, processes and deadlines.
            Self::Test => "RUST_TEST_THREADS=6 cargo test --locked --workspace --all-features --no-fail-fast",
            // Optimised, or it would take as long as all the rest.
            Self::Sim => "cargo run --locked --profile quick --quiet --package xtask -- sim --seeds 100000",
            Self::Explore => "cargo run --locked --profile quick --quiet --package xtask -- explore",
            // The build that `cargo xtask plant` makes.
            Self::Plant => "cargo run --locked --profile quick --quiet --package xtask --features plant -- plant",
            Self::Cost => gate::COMMAND_LINE,
            Self::Doc => "RUSTDOCFLAGS='-D warnings' cargo doc --locked --workspace --no-deps --all-features",
            Self::Api => "cargo xtask api --check",
            Self::Package => package::COMMAND_LINE,
            Self::Tidy => "cargo xtask tidy",
            Self::Readme => "the commands of README.md's and the guide's `run` blocks",
        }
    }

    fn run(self, root: &Path) -> Result<bool, Trouble> {
        match self {
            Self::Fmt
            | Self::Clippy
            | Self::Test
            | Self::Sim
            | Self::Explore
            | Self::Plant
            | Self::Doc
            | Self::Package => {
                let line = self.command_line();
                let arguments = line.rsplit_once("cargo ").map_or(line, |(_, arguments)| arguments);
                let mut cargo = child::command("cargo", root);
                cargo.args(arguments.split(' '));
                match self {
                    Self::Doc => cargo.env("RUSTDOCFLAGS", "-D warnings"),
                    Self::Test => cargo.env("RUST_TEST_THREADS", "6"),
                    _ => &mut cargo,
                };
                child::passes(&mut cargo)
            }
            Self::Needs => needs::run(root),
            Self::Cost => gate::run(root),
            Self::Api => api::run(&api::Args { check: true }, root),
            Self::Tidy => tidy::run(&tidy::Args {}, root),
            Self::Readme => pages::run(root),
        }
    }

    fn advice(self) -> &'static str {
        match self {
            Self::Needs => "install what is named above",
            Self::Fmt => "run `cargo fmt --all`",
            Self::Clippy => "mend what clippy names above; `cargo clippy --fix` mends some of it",
            Self::Test => "mend what fails above; `cargo test -p CRATE NAME` runs one test",
            Self::Sim => "`cargo xtask sim --seed SEED` tells the history that the seed above leads to",
            Self::Explore => "read the history above; `cargo xtask explore` repeats it",
            Self::Plant => "`cargo xtask plant BUG` plants one; sharpen the check that should have seen it",
            Self::Cost => "spare what it costs more, or commit what `cargo xtask bench baseline` counts",
            Self::Doc => "mend the documentation that rustdoc names above",
            Self::Api => "take the change back, or run `cargo xtask api` and commit what it writes",
            Self::Package => "mend the manifest that cargo names above",
            Self::Tidy => "mend the lines above; each says what to do",
            Self::Readme => "mend the page or what its command runs; each must work as written",
        }
    }
}

struct Done {
    stage: Stage,
    seconds: f64,
    ok: bool,
}

fn closing(stages: &[Stage], done: &[Done]) -> String {
    let row = |stage: &Stage| match done.iter().find(|done| done.stage == *stage) {
        Some(Done { seconds, ok, .. }) => {
            format!("{:<8}{seconds:>8.1}  {}\n", stage.name(), if *ok { "yes" } else { "NO" })
        }
        None => format!("{:<8}{:>8}  not run\n", stage.name(), "-"),
    };
    let rows: String = stages.iter().map(row).collect();
    let verdict = match done.iter().find(|done| !done.ok) {
        Some(Done { stage, .. }) => {
            let name = stage.name();
            format!("FAILED at {name}: {}, then `cargo xtask test --stage {name}`.", stage.advice())
        }
        None => "All is well.".to_owned(),
    };
    format!("{:<8}{:>8}  ok\n{rows}\n{verdict}\n", "stage", "seconds")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stage_names_are_what_the_option_takes() {
        for stage in Stage::value_variants() {
            assert!(Stage::from_str(stage.name(), false) == Ok(*stage), "{}", stage.name());
        }
    }

    #[test]
    fn every_cargo_stage_keeps_to_the_lock_file() {
        for stage in [Stage::Clippy, Stage::Test, Stage::Doc, Stage::Package] {
            assert!(stage.command_line().contains(" --locked "), "{}", stage.name());
        }
    }

    #[test]
    fn the_closing_table_names_the_failure_and_what_to_do() {
        let done = [
            Done { stage: Stage::Fmt, seconds: 0.42, ok: true },
            Done { stage: Stage::Clippy, seconds: 12.0, ok: false },
        ];
        let text = closing(&[Stage::Fmt, Stage::Clippy, Stage::Test], &done);
        assert_eq!(
            text,
            "stage    seconds  ok\n\
             fmt          0.4  yes\n\
             clippy      12.0  NO\n\
             test           -  not run\n\
             \n\
             FAILED at clippy: mend what clippy names above; `cargo clippy --fix` mends some of it, \
             then `cargo xtask test --stage clippy`.\n"
        );
        assert!(closing(&[Stage::Fmt], &done[..1]).ends_with("All is well.\n"));
    }
}
