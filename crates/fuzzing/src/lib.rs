//! What is fuzzed, and what must hold of it.
//!
//! Each target is a function of any bytes that panics if a rule is broken. `fuzz/` feeds them what a fuzzer makes up; the
//! tests of this crate feed them the inputs committed in `fuzz/corpus` and deterministic mutations of those.
//!
//! | target | its input | what must hold |
//! |---|---|---|
//! | [`replies()`] | a reply as text: status, headers, an empty line, the body | every login ends; no secret is printed |
//! | [`wire()`] | any text | readers are total, writers read back by readers of others |
//! | [`declared()`] | choices | what a description says is sent, and nothing else |
//! | [`records()`] | a record's JSON | what is read is written and read again; nothing is half-read |
//! | [`profiles()`] | a profile file | every mistake has a line; no secret is repeated |
//! | [`lifecycle()`] | choices | the rules of [`play`](mod@hallpass_testkit::play) |
//!
//! ```
//! for (_, target) in hallpass_fuzzing::TARGETS {
//!     target(b"anything");
//! }
//! ```
#![allow(clippy::missing_panics_doc, reason = "a rule that is broken is a panic")]

mod declared;
mod lifecycle;
mod profiles;
mod records;
mod replies;
mod wire;

pub use declared::declared;
pub use lifecycle::lifecycle;
pub use profiles::profiles;
pub use records::records;
pub use replies::replies;
pub use wire::wire;

/// Panics if a rule is broken by these bytes.
pub type Target = fn(&[u8]);

/// Every target by the name of its corpus.
pub const TARGETS: [(&str, Target); 6] = [
    ("replies", replies),
    ("wire", wire),
    ("declared", declared),
    ("records", records),
    ("profiles", profiles),
    ("lifecycle", lifecycle),
];
