//! Every vector, through a client and a socket.

use crate::driver::Driver;
use crate::twin::ANY_TEXT;
use crate::{DriverMount, Mount, Report, Twins, cases};

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

fn holds(mount: &dyn Mount) -> Report {
    let cases = cases().unwrap_or_else(|bad| panic!("{bad}"));
    let report = Report::run(mount, &cases);
    assert!(report.is_fine(), "{} cases differ\n{}", report.differences.len(), report.explain());
    report
}
