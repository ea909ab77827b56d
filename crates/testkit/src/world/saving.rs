//! A save as the store judges it, and what no save may do (invariants 1, 3, 5 and 16).

use hallpass_core::dialect::{Ambiguity, Spends};
use hallpass_core::lifecycle::{Flight, Record, SaveError};

use super::chance::name;
use super::clock::micros;
use super::queue::Who;
use super::storing::record_told;
use super::{Fault, World};

impl World {
    pub(super) fn save(&mut self, who: Who, flight: Flight, record: &Record) -> Result<(), SaveError> {
        let i = who.instance;
        let fails = self.store_fails(i, Fault::NotSaved) || self.at < self.no_space_until.max(self.no_permission_until);
        let maybe = self.strikes(Fault::MaybeSaved);
        self.lease_may_end();
        let flown = self.instances[i].flown(flight);
        let (holding, base) = (flown.holding, flown.base);
        self.ledger.check(5, holding.is_some(), || format!("i{i} saves without the lock"));
        let result = match holding {
            None => Err(SaveError::NotApplied("no lock".into())),
            Some(_) if fails => Err(SaveError::NotApplied("cannot be reached".into())),
            Some(holding) => self.store.judge(self.at, holding, base, record),
        };
        let unknown = maybe && result.is_ok();
        let applied = result.is_ok() && (!unknown || self.chance.below(2) == 0);
        self.note(20, i as u64, u64::from(applied) + 2 * u64::from(unknown), |world| {
            let became = match &result {
                _ if unknown => "nobody knows".into(),
                Ok(()) => "ok".into(),
                Err(error) => format!("{error}"),
            };
            format!("i{i} {flight:?} save {} over {} -> {became}", record_told(record), world.told())
        });
        if applied {
            self.ledger.check(5, self.store.record().map(|record| record.revision) == base, || {
                format!("i{i} saves over a record that it has not seen")
            });
            self.applied(i, flight, record);
        }
        if let Err(SaveError::Conflict(Some(_))) = &result {
            self.server.supersede(grant_of(record).unwrap_or_default());
        }
        let flown = self.instances[i].flown(flight);
        match (&result, unknown) {
            (Ok(()), false) => {
                flown.base = Some(record.revision);
                flown.marked = record.spending.as_ref().and(token_of(record));
                Ok(())
            }
            (Ok(()), true) => Err(SaveError::Unknown("the connection broke".into())),
            (Err(error), _) => Err(error.clone()),
        }
        .inspect_err(|error| {
            let failed = !matches!(error, SaveError::Conflict(Some(_)));
            self.instances[i].flown(flight).store_failed |= failed;
        })
    }

    /// Whoever saves is killed before the save is over: the old record stays, whole (invariant 16).
    pub(super) fn save_cut_short(&mut self, i: usize) {
        let old = self.store.record().cloned();
        self.store.begin();
        let whole = self.store.record() == old.as_ref();
        self.ledger.check(16, whole, || format!("i{i} is killed as it saves, and leaves half a record"));
    }

    /// What a save changes, against what it may change.
    fn applied(&mut self, i: usize, flight: Flight, record: &Record) {
        if let Some(old) = self.store.record().cloned() {
            self.replaced(i, &old, record);
        } else if let Some(token) = token_of(record) {
            let back = self.server.refresh.get(&token).is_some_and(|refresh| refresh.saved);
            self.ledger.check(5, !back, || {
                format!("i{i} creates a record with a refresh token that was saved before the store was flushed")
            });
        }
        let salt = |record: &Record| record.closed.as_ref().map(|closed| closed.salt);
        let lag = self.at.saturating_sub(self.instances[i].flown(flight).handed);
        let was_closed = self.store.record().and_then(salt) == salt(record);
        match &record.closed {
            None => self.latched = None,
            Some(closed) if !was_closed => {
                let sane = self.plan.clocks_are_sane();
                let wait = micros(closed.wait) * 9 / 10;
                // It counts from the refusal, which its save may follow late.
                let slack = self.disagreement().saturating_add(lag);
                let given = self.instances[i].flown(flight).secret;
                self.latched = sane.then(|| (given, self.at + wait.saturating_sub(slack)));
            }
            Some(_) => {}
        }
        if let Some(token) = token_of(record) {
            self.server.refresh.entry(token).or_default().saved = true;
        }
        if let Some(access) = grant_of(record).and_then(|token| self.server.access.get_mut(&token)) {
            access.saved = true;
            access.lag += lag;
        }
        self.store.apply(self.at, record);
        let complete = self.store.record() == Some(record);
        self.ledger.check(16, complete, || format!("i{i} saves, and something else lies there"));
        self.record_may_suffer();
    }

    fn replaced(&mut self, i: usize, old: &Record, new: &Record) {
        self.ledger.check(5, old.revision != new.revision, || format!("i{i} saves under a revision that is taken"));
        let issued = |token: Option<u64>| Some(self.server.access.get(&token?)?.issued);
        if let (Some(before), Some(after)) = (issued(grant_of(old)), issued(grant_of(new))) {
            self.ledger.check(5, before <= after, || format!("i{i} saves an older grant over a newer one"));
        }
        let lost = old.grant.is_some() && new.grant.is_none();
        self.ledger.check(5, !lost, || format!("i{i} drops a grant without a new one"));
        let Some(token) = token_of(old) else { return };
        let refresh = self.server.refresh.get(&token).copied().unwrap_or_default();
        let marked = old.spending.as_ref().is_some_and(|mark| mark.spends == Spends::RefreshToken);
        if new.held.refresh_token.is_none() {
            self.ledger.check(5, marked || refresh.dead || refresh.excused, || {
                format!("i{i} drops a refresh token that is neither marked nor refused")
            });
        }
        if marked && token_of(new) == Some(token) && self.plan.ambiguity != Ambiguity::Resend {
            // Clearing, or marking anew. A latch keeps the mark as it is.
            let kept = old.spending == new.spending;
            self.ledger.check(1, kept || refresh.excused || refresh.sent <= refresh.freed, || {
                format!("i{i} takes the mark from a refresh token that may be spent")
            });
        }
    }
}

pub(super) fn token_of(record: &Record) -> Option<u64> {
    record.held.refresh_token.as_ref().map(|token| name(token.expose()))
}

fn grant_of(record: &Record) -> Option<u64> {
    record.grant.as_ref().map(|grant| name(grant.access_token.expose()))
}
