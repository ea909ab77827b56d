//! The suite on the async driver.

hallpass_conformance::mount!(hallpass_conformance::Async);
