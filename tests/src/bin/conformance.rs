//! Runs every vector on every mount, prints the table and the index of rules, and fails if anything differs.

use std::process::ExitCode;

use hallpass_conformance::bad::volume::Volume;
use hallpass_conformance::report::Table;
use hallpass_conformance::rules::Index;
use hallpass_conformance::{Report, bad, cases, mounts};

fn main() -> ExitCode {
    let cases = match cases() {
        Ok(cases) => cases,
        Err(bad) => {
            eprintln!("{bad}");
            return ExitCode::from(2);
        }
    };
    let reports: Vec<Report> = mounts().iter().map(|mount| Report::run(&**mount, &cases)).collect();
    println!("{}", Table(&reports));
    let bad = bad::cases();
    // Their twins would say nothing new.
    let mounts = mounts().into_iter().take(3);
    let of_bad: Vec<Report> = mounts.map(|mount| Report::run(&*mount, &bad)).collect();
    println!("{}\n{}\n{Index}", Table(&of_bad), Volume::of(&[cases, bad].concat()));
    let reports = [reports, of_bad].concat();
    for report in &reports {
        eprint!("{}", report.explain());
    }
    if reports.iter().all(Report::is_fine) { ExitCode::SUCCESS } else { ExitCode::from(1) }
}
