//! Runs every vector on every mount, prints the table and the index of rules, and fails if anything differs.

use std::process::ExitCode;

use hallpass_conformance::report::Table;
use hallpass_conformance::rules::Index;
use hallpass_conformance::{Report, cases, mounts};

fn main() -> ExitCode {
    let cases = match cases() {
        Ok(cases) => cases,
        Err(bad) => {
            eprintln!("{bad}");
            return ExitCode::from(2);
        }
    };
    let reports: Vec<Report> = mounts().iter().map(|mount| Report::run(&**mount, &cases)).collect();
    println!("{}\n{Index}", Table(&reports));
    for report in &reports {
        eprint!("{}", report.explain());
    }
    if reports.iter().all(Report::is_fine) { ExitCode::SUCCESS } else { ExitCode::from(1) }
}
