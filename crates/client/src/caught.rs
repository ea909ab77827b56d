//! Code of the caller's, such as a store or a dialect, that panics: it fails, and takes nobody with it.

use core::panic::AssertUnwindSafe;

/// What an error says of it.
pub(crate) const PANICKED: &str = "panicked";

/// The result, unless the caller's own code panicked.
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Option<T> {
    std::panic::catch_unwind(AssertUnwindSafe(work)).ok()
}
