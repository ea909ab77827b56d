//! The suite on the blocking driver.

hallpass_conformance::mount!(hallpass_conformance::Blocking);
