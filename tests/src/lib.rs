//! One conformance suite for hallpass, mounted on the bare core and on each driver.
//!
//! The vectors are data (`vectors/*.toml`), written from the standards and from what servers were seen to do, not from
//! a run of the code. Each becomes one or more [`Case`]s: a login, the reply it gets, and what must come of it. A
//! [`Mount`] runs a case and tells the [`Outcome`]; the comparison is the same for all.
//!
//! | module | what it holds |
//! |---|---|
//! | [`vector`] | `replies.toml`: replies and their outcomes, by class |
//! | [`request`] | `requests.toml`: what a login puts on the wire |
//! | [`bad`] | bad inputs by the hundred, made of tables |
//! | [`basic`] | `basic.toml`: `Authorization: Basic` in three encodings |
//! | [`placeholder`] | `{{jwt+120}}` and the like |
//! | [`expect`], [`check`] | the language of expectations, and how an outcome is held against one |
//! | [`login`], [`settings`], [`reply`], [`case`](mod@case) | a case and its parts |
//! | `dialect` | the dialect that settings make |
//! | [`mount`](mod@mount), [`outcome`], [`core_mount`], [`driver_mount`] | running one |
//! | `altered` | a dialect chosen at run time, and changed by a test |
//! | `parity` | two outcomes of one case, held against each other |
//! | [`twin`] | the same logins, described in data |
//! | [`report`] | running them all, and the table |
//! | [`driver`], [`suite`] | both drivers on real sockets: what no vector can say |
//! | [`described`] | the same with each dialect described in data |
//! | [`middleware`] | the same for calls that other HTTP clients send |
//! | [`fleet`] | real processes around one store |
//! | `trace` | everything that is traced in this process, to look for secrets in it |
//! | [`rules`] | what shows each rule of the wire |
#![allow(missing_debug_implementations, reason = "a harness is run, not printed")]

mod altered;
pub mod bad;
pub mod basic;
pub mod case;
pub mod check;
pub mod core_mount;
pub mod described;
mod dialect;
pub mod driver;
pub mod driver_mount;
pub mod expect;
pub mod fleet;
pub mod login;
pub mod middleware;
pub mod mount;
pub mod outcome;
mod parity;
pub mod placeholder;
pub mod reply;
pub mod report;
pub mod request;
pub mod rules;
pub mod settings;
pub mod suite;
mod trace;
pub mod twin;
pub mod vector;

pub use case::Case;
pub use core_mount::CoreMount;
pub use described::Described;
pub use driver::{Async, Blocking};
pub use driver_mount::DriverMount;
pub use login::Login;
pub use middleware::{ReqwestMiddleware, Tower, Ureq};
pub use mount::Mount;
pub use outcome::{Outcome, Seen, Verdict};
pub use report::Report;
pub use twin::Twins;

/// Every case of the suite: file by file, class by class.
///
/// ```
/// let cases = hallpass_conformance::cases()?;
/// assert!(cases.iter().any(|case| case.class == "life"));
/// # Ok::<(), hallpass_conformance::vector::BadVector>(())
/// ```
pub fn cases() -> Result<Vec<Case>, vector::BadVector> {
    Ok([vector::cases()?, request::cases()?, basic::cases()?].concat())
}

/// Every mount that the table has a column for.
pub fn mounts() -> Vec<Box<dyn Mount>> {
    let (blocking, asynchronous) = (DriverMount::<Blocking>::new, DriverMount::<Async>::new);
    vec![
        Box::new(CoreMount),
        Box::new(blocking()),
        Box::new(asynchronous()),
        Box::new(Twins::of(CoreMount)),
        Box::new(Twins::of(blocking())),
        Box::new(Twins::of(asynchronous())),
    ]
}
