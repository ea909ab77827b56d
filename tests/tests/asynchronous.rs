//! The suite on the async driver.

hallpass_conformance::mount!(hallpass_conformance::Async);

/// The blocking driver has no runtime that could end.
#[test]
fn what_ends_with_its_runtime_is_cancelled() {
    hallpass_conformance::suite::spans::what_ends_with_its_runtime_is_cancelled();
}
