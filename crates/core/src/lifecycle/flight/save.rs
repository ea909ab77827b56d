//! Save: compare-and-set under the lock; what became of it decides who is served what.

use core::time::Duration;

use super::super::memory::{Given, Unsaved};
use super::super::run::Run;
use super::super::slot::{SaveFor, Saving};
use super::super::{Lifecycle, Loaded, Record, Revision, SaveError, Slot, Todo};
use crate::error::{StoreFailure, StoreTask};
use crate::grant::Grant;
use crate::plant::{self, Bug};
use crate::time::Now;

impl Lifecycle {
    pub(super) fn save(now: Now, mut run: Box<Run>, record: Record, why: SaveFor) -> Todo {
        run.asked = Some(now);
        Todo::Save(Slot { run, effect: Saving { record, why } })
    }

    /// The record was saved, or was not, or nobody knows.
    pub fn saved(&mut self, now: Now, slot: Slot<Saving>, result: Result<(), SaveError>) -> Option<Todo> {
        let Slot { mut run, effect } = slot;
        let Saving { record, why } = effect;
        let result = self.note_save(&record, result);
        if result.is_ok() {
            self.void.stands = false;
            run.found = Some(record.clone());
            run.found_age = run.answered(run.found_age.map(|_| Duration::ZERO), now).map(|age| (age, now));
        }
        if !self.flies(&run) {
            return self.late(run, &record, &why, &result);
        }
        match (why, result) {
            (SaveFor::Mark(sending), Ok(())) => match self.why_no_send(now, &run, sending.exchange) {
                Some(error) => self.unspent(now, run, error),
                None => Some(self.send(now, run, *sending)),
            },
            (SaveFor::Mark(sending), Err(SaveError::NotApplied(_))) if plant::has(Bug::SpendsAlone) => {
                Some(self.send(now, run, *sending))
            }
            (SaveFor::Mark(_), Err(SaveError::Conflict(_) | SaveError::LeaseGone(_))) => {
                run.mark = None;
                self.again(now, run, None)
            }
            (SaveFor::Mark(_), Err(error)) => self.mark_failed(now, run, &record, &error),
            (SaveFor::Gain, result) => self.land_gain(now, run, result),
            (SaveFor::Setback { unmarks, error }, result) => {
                self.unmarked(unmarks, &result);
                self.retry_or_fail(now, run, error)
            }
            // Whoever saved meanwhile is right about what is held.
            (SaveFor::Successor(error), Ok(()) | Err(SaveError::Conflict(_))) => self.fail(now, run, error),
            (SaveFor::Successor(error), Err(_)) if run.mark.is_none() => self.fail(now, run, error),
            (SaveFor::Successor(error), Err(_)) => self.lost_for_good(now, run, error),
            (SaveFor::Clear, Ok(())) => {
                run.mark = None;
                self.without_refused(now, run)
            }
            (SaveFor::Clear, Err(SaveError::NotApplied(_))) => self.without_refused(now, run),
            // What a gain would be saved over is to be seen first.
            (SaveFor::Clear, Err(_)) => self.again(now, run, None),
            (SaveFor::Settle, _) => self.settles_no_more(run),
            (SaveFor::Retry, result) => self.retry_answered(now, run, result),
        }
    }

    /// Nothing was sent under this mark; if it reached the store all the same, it is ours and means nothing.
    fn mark_failed(&mut self, now: Now, mut run: Box<Run>, record: &Record, error: &SaveError) -> Option<Todo> {
        if matches!(error, SaveError::Unknown(_)) {
            self.void.push(record.revision);
        }
        run.mark = None;
        self.go_alone(now, run, StoreFailure::new(StoreTask::Saving, error.to_string()))
    }

    /// A mark that could not be taken back is remembered.
    fn unmarked(&mut self, mark: Option<Revision>, result: &Result<(), SaveError>) {
        if let (Some(mark), Err(_)) = (mark, result) {
            self.void.push(mark);
        }
    }

    /// Nobody is told of a gain before it is saved, superseded or marked as unsaved.
    fn land_gain(&mut self, now: Now, run: Box<Run>, result: Result<(), SaveError>) -> Option<Todo> {
        let Some(own) = self.unsaved.as_ref().map(|unsaved| unsaved.grant.clone()) else {
            return self.again(now, run, None);
        };
        match result {
            Ok(()) => {
                self.unsaved = None;
                self.land_new(now, run, own)
            }
            Err(SaveError::Conflict(Some(theirs))) => self.superseded(now, run, &theirs),
            Err(_) => self.land_new(now, run, own.with_unsaved(true)),
        }
    }

    /// What the answer to a save says of the gain that is to be saved, whichever flight tried it.
    fn note_save(&mut self, record: &Record, result: Result<(), SaveError>) -> Result<(), SaveError> {
        let Some(unsaved) = self.unsaved.as_mut().filter(|unsaved| unsaved.record.revision == record.revision) else {
            return result;
        };
        unsaved.saving = false;
        unsaved.ambiguous |= matches!(result, Err(SaveError::Unknown(_)));
        match result {
            // An earlier try of the same save was applied after all.
            Err(SaveError::Conflict(Some(found))) if found.record.revision == record.revision => Ok(()),
            other => other,
        }
    }

    /// Whoever saved first is right about what is held; our own access token still serves here.
    fn superseded(&mut self, now: Now, run: Box<Run>, theirs: &Loaded) -> Option<Todo> {
        let own = self.unsaved.take().map(|unsaved| unsaved.grant);
        match (self.adoptable(now, theirs, &run), own) {
            (Some(grant), _) => self.land(run, grant),
            (None, Some(grant)) => self.land_new(now, run, grant),
            (None, None) => self.again(now, run, None),
        }
    }

    /// What to save for a gain that could not be saved before, given what the lock found. `None` if that settles it.
    pub(super) fn retry_record(&mut self, now: Now, run: &Run) -> Option<Record> {
        let mut unsaved = self.unsaved.take()?;
        let found = run.found.as_ref().map(|found| found.revision);
        let ours = unsaved.record.revision;
        match found {
            // It was saved after all.
            Some(found) if found == ours => {
                self.unsaved = Some(unsaved);
                self.finish_unsaved();
                None
            }
            // Nothing has happened since it was derived, from our own mark if there was one.
            Some(_) if found == unsaved.base || plant::has(Bug::LoserOverwrites) => {
                Some(self.begin_retry(now, unsaved))
            }
            // Known never to have been saved: it is created. A refresh token that was held before may have been.
            None if plant::has(Bug::RevivesAfterFlush) => Some(self.begin_retry(now, unsaved)),
            None if !unsaved.ambiguous && !unsaved.saving => {
                let refresh_token = unsaved.record.held.refresh_token.take().filter(|_| unsaved.given != Given::Before);
                unsaved.record.held.refresh_token = refresh_token;
                Some(self.begin_retry(now, unsaved))
            }
            // Somebody went on without us, or the store was flushed: it is right about what is held.
            _ => None,
        }
    }

    /// The record as it is to be saved now; by a store's clock its age will count from this save.
    fn begin_retry(&mut self, now: Now, mut unsaved: Unsaved) -> Record {
        unsaved.record.grant = Some(unsaved.grant.to_kept(now));
        let record = unsaved.record.clone();
        self.unsaved = Some(Unsaved { saving: true, ..unsaved });
        record
    }

    fn retry_answered(&mut self, now: Now, run: Box<Run>, result: Result<(), SaveError>) -> Option<Todo> {
        match result {
            Ok(()) => {
                self.finish_unsaved();
                self.own_or_decide(now, run)
            }
            Err(SaveError::Conflict(Some(_))) => {
                self.unsaved = None;
                self.again(now, run, None)
            }
            Err(error) => {
                let own = self.current.clone().filter(|grant| self.serves(now, grant, &run.want));
                match own {
                    Some(grant) => self.land_despite_store(now, run, grant),
                    None => self.go_alone(now, run, StoreFailure::new(StoreTask::Saving, error.to_string())),
                }
            }
        }
    }

    /// What was unsaved is saved, and is taken in hand unless something better is.
    fn finish_unsaved(&mut self) {
        self.store_pause = None;
        let Some(Unsaved { grant, .. }) = self.unsaved.take() else { return };
        let better = |own: &Grant| own.access_token() != grant.access_token() && own.ask_again() >= grant.ask_again();
        if !self.rejected.has(&grant.id()) && !self.current.as_ref().is_some_and(better) {
            self.take_in_hand(grant);
        }
    }

    /// The flight is over. A gain that was saved is saved; a mark that nothing was sent under is remembered.
    fn late(&mut self, run: Box<Run>, record: &Record, why: &SaveFor, result: &Result<(), SaveError>) -> Option<Todo> {
        match why {
            SaveFor::Mark(_) => self.void.push(record.revision),
            SaveFor::Setback { unmarks, .. } => self.unmarked(*unmarks, result),
            _ => {}
        }
        if result.is_ok() && self.unsaved.as_ref().is_some_and(|unsaved| unsaved.record.revision == record.revision) {
            self.finish_unsaved();
        }
        Self::let_go(run)
    }
}
