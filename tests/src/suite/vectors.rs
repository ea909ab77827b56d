//! Every vector, through a client and a socket.

use crate::driver::Driver;
use crate::twin::ANY_TEXT;
use crate::{Case, DriverMount, Mount, Report, Twins, bad, cases};

/// The same outcome as on the bare core, and the classes that exist on a socket only.
pub fn every_vector_holds<D: Driver>() {
    let skipped = holds(&DriverMount::<D>::new()).skipped;
    assert!(skipped.is_empty(), "{skipped:?}");
}

/// The same, with each dialect described in data.
pub fn every_vector_holds_for_described_twins<D: Driver>() {
    let skipped = holds(&Twins::of(DriverMount::<D>::new())).skipped;
    assert!(skipped.keys().eq([&ANY_TEXT]), "{skipped:?}");
}

/// The tables of bad inputs come to the same as on the bare core.
pub fn every_bad_input_holds<D: Driver>() {
    holds_of(&DriverMount::<D>::new(), &bad::cases());
}

/// Those of calls to an API: which answers have a call repeated, and which do not.
pub fn every_call_holds<D: Driver>() {
    let calls: Vec<_> = cases().unwrap_or_else(|bad| panic!("{bad}")).into_iter().filter(is_call).collect();
    assert!(calls.len() > 10, "{}", calls.len());
    holds_of(&DriverMount::<D>::new(), &calls);
}

fn is_call(case: &Case) -> bool {
    case.class == "api"
}

fn holds(mount: &dyn Mount) -> Report {
    holds_of(mount, &cases().unwrap_or_else(|bad| panic!("{bad}")))
}

fn holds_of(mount: &dyn Mount, cases: &[Case]) -> Report {
    let report = Report::run(mount, cases);
    assert!(report.is_fine(), "{} cases differ\n{}", report.differences.len(), report.explain());
    report
}
