//! A registration's record: what is saved of it, and when nothing is sent.

use std::sync::Arc;

use hallpass_core::dialect::{Goal, Held, Spends};
use hallpass_core::error::{Denied, StoreFailure};
use hallpass_core::lifecycle::{Closed, Mark, Record};
use hallpass_core::step::{Login, Outcome, SaveStep, Step};
use hallpass_core::{Error, Now, Secrets, UserKey};

use crate::pilot::{Pilot, Staked};
use crate::record::{Kept, fresh_revision};
use crate::{Change, Config};

/// A registration under way, its record locked for as long as this lives.
#[derive(Debug)]
pub struct Registration {
    kept: Kept,
    /// What is sent, and how often in a row it was refused before.
    tried: Option<(Secrets, u32)>,
    unsaved: Option<StoreFailure>,
    /// From the mark on, until whoever watches has been told.
    staked: Option<Staked>,
}

impl Registration {
    /// Over the record of [`Config::registration_key`].
    pub fn new(kept: Kept) -> Self {
        Self { kept, tried: None, unsaved: None, staked: None }
    }

    /// The first step: from what the user brought along, and under it what the store has.
    pub fn start<'c>(&self, config: &'c Config, now: Now) -> Step<'c> {
        let record = self.kept.found().map(|found| &found.record);
        let stored = record.map(|record| record.held.clone()).unwrap_or_default();
        let held = Held { user_key: config.get_user_key().cloned().or(stored.user_key), ..stored };
        let spending = record.and_then(|record| record.spending.as_ref()).map(|mark| mark.spends);
        Login::new(config.dialect(), config.egress_rules()).start(now, Goal::Register, held, spending)
    }

    /// Called before each step is done. A login that is closed begins none, marks nothing and sends nothing; whoever closes one
    /// that has done so waits for its end.
    pub fn before(&mut self, pilot: &Arc<Pilot>, step: &Step<'_>) -> Result<(), Error> {
        match step {
            Step::Ask(_) if self.staked.is_none() => pilot.still_open()?,
            Step::Save(_) | Step::Send(_) if self.staked.is_none() => self.staked = Some(pilot.stake()?),
            _ => {}
        }
        Ok(())
    }

    /// Hands the secrets back, unless they were refused before and their time is not over.
    pub fn admit(&mut self, now: Now, secrets: Secrets) -> Result<Secrets, Error> {
        let found = self.kept.found().and_then(|found| Some((found.record.closed.as_ref()?, found.age)));
        let refused = found.filter(|(closed, _)| closed.is_of(&secrets));
        if let Some((closed, left)) = refused.and_then(|(closed, age)| Some((closed, closed.remaining(now, age)?))) {
            return Err(closed.error(now, left));
        }
        let strikes = refused.map_or(0, |(closed, _)| closed.strikes.saturating_add(1));
        self.tried = Some((secrets.clone(), strikes));
        Ok(secrets)
    }

    /// What is to be saved, under a new revision.
    pub fn record(&self, config: &Config, now: Now, save: &SaveStep<'_>) -> Record {
        let mark = |spends: Spends| Mark { spends, since: now.wall, by: config.get_name().to_owned() };
        let refusal = save.error().filter(|error| matches!(error, Error::Denied(Denied::Refused(_))));
        let closed = self.tried.as_ref().zip(refusal).map(|((secrets, strikes), refusal)| {
            Closed::new(now, config.get_policy(), secrets, refusal, *strikes, fresh_revision().0)
        });
        Record { spending: save.spending().map(mark), closed, ..Record::new(fresh_revision(), save.held().clone()) }
    }

    /// Saves it. May block.
    pub fn save(&mut self, record: &Record) -> Result<(), StoreFailure> {
        let saved = self.kept.put(record);
        self.unsaved = saved.clone().err();
        saved
    }

    /// Gives the lock back, and tells whoever watches what became of the last save. May block. The key is the caller's,
    /// whether or not these panic.
    pub fn end(self, config: &Config, outcome: Outcome) -> Result<UserKey, Error> {
        let Self { kept, unsaved, staked, .. } = self;
        drop(kept);
        let key = outcome.into_user_key()?;
        // A key that is kept is no longer at stake: whoever watches may close the login.
        let _staked = staked.filter(|_| unsaved.is_some());
        config.tell(&Change::Registered { unsaved });
        Ok(key)
    }
}
