//! A login that has something to keep.

use super::{Outcome, Run, SendStep, Step};
use crate::dialect::{Held, Spends};
use crate::error::{Error, StoreFailure};
use crate::time::Now;

/// What is held has changed, or is about to be spent.
#[derive(Debug)]
#[must_use = "what is not saved is lost with the process"]
pub struct SaveStep<'d>(pub(super) Then<'d>);

/// What follows a save.
#[derive(Debug)]
pub(super) enum Then<'d> {
    Send(Box<SendStep<'d>>),
    Advance(Run<'d>),
    Done(Run<'d>, Outcome),
    Fail(Run<'d>, Error),
}

impl<'d> SaveStep<'d> {
    /// What to keep.
    pub fn held(&self) -> &Held {
        &self.run().held
    }

    /// The mark to keep beside it: what the exchange about to be sent spends.
    pub fn spending(&self) -> Option<Spends> {
        self.run().spending
    }

    /// Why the login ends after this save, if it does so without what it was run for.
    pub fn error(&self) -> Option<&Error> {
        match &self.0 {
            Then::Fail(_, error) => Some(error),
            Then::Send(_) | Then::Advance(_) | Then::Done(..) => None,
        }
    }

    fn run(&self) -> &Run<'d> {
        match &self.0 {
            Then::Send(sending) => &sending.run,
            Then::Advance(run) | Then::Done(run, _) | Then::Fail(run, _) => run,
        }
    }

    /// It is kept, or there is nothing that outlives this run.
    pub fn saved(self, now: Now) -> Step<'d> {
        match self.0 {
            Then::Send(mut sending) => {
                sending.sent = now;
                Step::Send(sending)
            }
            Then::Advance(run) => run.advance(now),
            Then::Done(_, outcome) => Step::Done(outcome),
            Then::Fail(_, error) => Step::Failed(error),
        }
    }

    /// It could not be kept. An exchange that spends something is not sent then; what was gained is served all the
    /// same.
    pub fn failed(self, now: Now, failure: StoreFailure) -> Step<'d> {
        match self.0 {
            Then::Send(_) => Step::Failed(failure.into()),
            _ => self.saved(now),
        }
    }
}
