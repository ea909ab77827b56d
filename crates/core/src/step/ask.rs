//! A login that needs secrets.

use super::{Run, Step};
use crate::dialect::Exchange;
use crate::secret::Secrets;
use crate::time::Now;

/// Secrets are needed.
#[derive(Debug)]
#[must_use = "answer it, or the login ends here"]
pub struct AskStep<'d> {
    pub(super) run: Run<'d>,
    pub(super) exchange: Exchange,
}

impl<'d> AskStep<'d> {
    /// The names of the secrets.
    pub fn names(&self) -> &[&'static str] {
        self.run.login.dialect.needs(self.exchange)
    }

    /// Goes on with the secrets.
    pub fn answer(self, now: Now, secrets: Secrets) -> Step<'d> {
        self.run.prepare(now, self.exchange, secrets)
    }
}
