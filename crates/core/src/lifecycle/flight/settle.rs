//! Settle: a login ends, and what it still owes the store is saved.

use core::time::Duration;

use super::super::machine::is_over;
use super::super::memory::Given;
use super::super::run::{Aim, Run};
use super::super::slot::SaveFor;
use super::super::{Flight, Landed, Lifecycle, Record, Todo, Want};
use crate::time::Now;

/// Nobody likes to wait for a process to end.
const LONGEST: Duration = Duration::from_secs(5);

impl Lifecycle {
    /// A flight that sends nothing, for whoever is about to end: it tries again to save a refresh token whose save failed,
    /// or what one was spent for, or takes back a mark that nothing was sent under. `None` where there is none of these, or
    /// while another flight is under way.
    pub fn settle(&mut self, now: Now) -> Option<(Flight, Todo)> {
        let flies = self.active.as_ref().is_some_and(|active| !is_over(now, active));
        if flies || !self.owes_the_store() {
            return None;
        }
        self.give_up();
        Some(self.start(now, LONGEST, |flight| Run { aim: Aim::Settle, ..Run::new(flight, Want::default(), true) }))
    }

    /// Whether [`settle`](Self::settle) has something to do, but for a flight that is under way.
    pub fn owes_the_store(&self) -> bool {
        self.void.stands
            || self.unsaved.as_ref().is_some_and(|unsaved| unsaved.mark.is_some() || unsaved.given == Given::Locked)
    }

    /// Nothing is left to save but a mark to be taken back, if that.
    pub(super) fn take_back_or_end(&mut self, now: Now, run: Box<Run>) -> Option<Todo> {
        if !self.void.stands || run.lease.is_none() {
            return self.settles_no_more(run);
        }
        let record = Record { spending: None, ..self.record(now, &run) };
        Some(Self::save(now, run, record, SaveFor::Settle))
    }

    pub(super) fn settles_no_more(&mut self, run: Box<Run>) -> Option<Todo> {
        self.end(&run, Landed::Again, None);
        Self::let_go(run)
    }
}
