//! Every vector, through a client and a socket.

use crate::driver::Driver;
use crate::{DriverMount, Report, cases};

/// The same outcome as on the bare core, and the classes that exist on a socket only.
pub fn every_vector_holds<D: Driver>() {
    let cases = cases().unwrap_or_else(|bad| panic!("{bad}"));
    let report = Report::run(&DriverMount::<D>::new(), &cases);
    assert!(report.is_fine(), "{} cases differ\n{}", report.differences.len(), report.explain());
    assert!(report.skipped.is_empty(), "{:?}", report.skipped);
}
