//! Every vector, through a client and a socket.

use crate::driver::Driver;
use crate::twin::ANY_TEXT;
use crate::{Case, DriverMount, Report, Twins, bad, cases};

/// The same outcome as on the bare core, and the classes that exist on a socket only.
pub fn every_vector_holds<D: Driver>() {
    let skipped = holds::<D>(&all()).skipped;
    let of_twins = D::DESCRIBED.then_some(&ANY_TEXT);
    assert!(skipped.keys().eq(of_twins), "{skipped:?}");
}

/// The tables of bad inputs come to the same as on the bare core.
pub fn every_bad_input_holds<D: Driver>() {
    holds::<D>(&bad::cases());
}

/// Those of calls to an API: which answers have a call repeated, and which do not.
pub fn every_call_holds<D: Driver>() {
    let calls: Vec<_> = all().into_iter().filter(is_call).collect();
    assert!(calls.len() > 10, "{}", calls.len());
    holds::<D>(&calls);
}

fn is_call(case: &Case) -> bool {
    case.class == "api"
}

fn all() -> Vec<Case> {
    cases().unwrap_or_else(|bad| panic!("{bad}"))
}

fn holds<D: Driver>(cases: &[Case]) -> Report {
    let mount = DriverMount::<D>::new();
    let report = if D::DESCRIBED { Report::run(&Twins::of(mount), cases) } else { Report::run(&mount, cases) };
    assert!(report.is_fine(), "{} cases differ\n{}", report.differences.len(), report.explain());
    report
}
