//! The ledger of a world: which invariants were checked, which did not hold, and what happened.

use core::fmt::Write;

use hallpass_core::Error;

use super::clock::At;
use super::report::{INVARIANTS, Violation};
use super::server::CANARIES;
use crate::mix::mix;

pub(super) struct Ledger {
    pub(super) checks: [u64; INVARIANTS],
    pub(super) violation: Option<Violation>,
    pub(super) hash: u64,
    pub(super) history: Option<Vec<String>>,
    scratch: String,
}

impl Ledger {
    pub(super) fn new(told: bool) -> Self {
        Self { checks: [0; INVARIANTS], violation: None, hash: 0, history: told.then(Vec::new), scratch: String::new() }
    }

    pub(super) fn fold(&mut self, at: At, what: u64, a: u64, b: u64) {
        let event = mix(at ^ what.rotate_left(48)) ^ mix(a ^ b.rotate_left(32));
        self.hash = mix(self.hash.rotate_left(1) ^ event);
    }

    pub(super) fn tell(&mut self, at: At, line: &str) {
        if let Some(history) = &mut self.history {
            history.push(format!("{:>6}.{:06} {line}", at / 1_000_000, at % 1_000_000));
        }
    }

    /// Checks an invariant; the first that does not hold is kept.
    pub(super) fn check(&mut self, invariant: usize, holds: bool, what: impl FnOnce() -> String) {
        self.checks[invariant] += 1;
        if !holds && self.violation.is_none() {
            self.violation = Some(Violation { invariant, what: what() });
        }
    }

    /// Invariant 9: a panic is a violation like any other.
    pub(super) fn no_panic(&mut self, panicked: Option<Box<dyn core::any::Any + Send>>) {
        let said = panicked.map(|panic| {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("without a word").to_owned()
        });
        self.check(9, said.is_none(), || format!("a panic: {}", said.unwrap_or_default()));
    }

    /// Invariant 8, for everything that an error prints.
    pub(super) fn no_canary_in(&mut self, error: &Error) {
        self.scratch.clear();
        let _ = write!(self.scratch, "{error} {error:?}");
        let mut source = core::error::Error::source(error);
        while let Some(inner) = source {
            let _ = write!(self.scratch, " {inner} {inner:?}");
            source = inner.source();
        }
        self.no_canary_said();
    }

    /// Invariant 8, for what something prints of itself.
    pub(super) fn no_canary_shown(&mut self, shown: &dyn core::fmt::Debug) {
        self.scratch.clear();
        let _ = write!(self.scratch, "{shown:?}");
        self.no_canary_said();
    }

    fn no_canary_said(&mut self) {
        let said = core::mem::take(&mut self.scratch);
        let found = CANARIES.iter().find(|canary| said.contains(**canary));
        self.check(8, found.is_none(), || format!("a secret is printed: {said}"));
        self.scratch = said;
    }
}
