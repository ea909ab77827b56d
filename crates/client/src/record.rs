//! Records that a caller changes in so many words: one with what the user imports, one to be forgotten.

use core::time::Duration;
use std::hash::{BuildHasher, RandomState};

use hallpass_core::dialect::{Held, Key};
use hallpass_core::error::{Misuse, StoreFailure, StoreTask};
use hallpass_core::lifecycle::{Loaded, Lock, Record, Revision, TokenId};
use hallpass_core::revocation::{Kind, Token};
use hallpass_core::{Error, Grant, Now, RefreshToken, Secrets, UserKey};

use crate::Config;
use crate::guarded::{self, Hold};

/// What came of revoking a login's tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revoked {
    /// The record that was forgotten; `None` if there was nothing in it.
    pub record: Option<Record>,
    /// How many tokens were revoked.
    pub tokens: usize,
    /// The kinds of tokens that this server cannot revoke: they stay good to their end.
    pub stay: Vec<Kind>,
}

/// What an import may take the place of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replace {
    /// Of one that was lost, and of none.
    Lost,
    /// Of any, a live one too.
    Any,
}

/// A record, locked for as long as this lives.
#[derive(Debug)]
pub struct Kept(Hold);

impl Kept {
    /// Tries once to lock a record; `None` if somebody else is at it.
    pub fn try_lock(config: &Config, key: &Key, lease: Duration) -> Result<Option<Self>, StoreFailure> {
        let (hold, tried) = guarded::try_lock(config, key, lease);
        Ok(match tried? {
            Lock::Held(_) => Some(Self(hold)),
            Lock::Busy => None,
        })
    }

    /// Every token that is kept, the one in hand, and a refresh token that is not saved yet, in the order in which they are
    /// revoked: what gives new ones first.
    pub fn tokens(&self, in_hand: Option<&Grant>, unsaved: Option<RefreshToken>) -> Vec<Token> {
        let record = self.record();
        let refresh = record.and_then(|record| record.held.refresh_token.clone());
        let unsaved = unsaved.filter(|token| refresh.as_ref() != Some(token));
        let kept = record.and_then(|record| record.grant.as_ref()).map(|grant| &grant.access_token);
        let in_hand = in_hand.map(Grant::access_token).filter(|token| Some(*token) != kept);
        let access = kept.into_iter().chain(in_hand).cloned();
        refresh.into_iter().chain(unsaved).map(Token::Refresh).chain(access.map(Token::Access)).collect()
    }

    /// Puts a refresh token of the user's in place of what `replace` says.
    pub fn import(self, token: RefreshToken, replace: Replace) -> Result<(), Error> {
        let live = self.record().is_some_and(|record| record.held.refresh_token.is_some() && record.spending.is_none());
        self.put_in_place(
            "refresh token",
            live && replace == Replace::Lost,
            Held { user_key: None, refresh_token: Some(token) },
        )
    }

    /// Puts a `user_key` of the user's in place of what `replace` says; one whose registration was lost is a lost one. The
    /// record is the one of [`Config::registration_key`].
    pub fn import_user_key(self, key: UserKey, replace: Replace) -> Result<(), Error> {
        let live = self.record().is_some_and(|record| record.held.user_key.is_some());
        self.put_in_place(
            "user_key",
            live && replace == Replace::Lost,
            Held { user_key: Some(key), refresh_token: None },
        )
    }

    /// Empties the record and hands back what it was; `None` if there was nothing in it.
    ///
    /// An empty record is saved rather than none, and in place of an empty one too: whoever has a gain yet to save finds a
    /// revision that is not the one it was derived from, and lets go of it. No record at all would be created anew, with what
    /// was to be forgotten; where there is none, nothing was shared yet that another process could bring back.
    pub fn forget(mut self) -> Result<Option<Record>, StoreFailure> {
        let Some(before) = self.record().cloned() else { return Ok(None) };
        let empty = Record::new(fresh_revision(), Held::default());
        self.put(&empty)?;
        Ok(Some(before).filter(|before| *before != Record { revision: before.revision, ..empty }))
    }

    /// Drops the access token, so that the next caller has another; only `refused`, if that is told. What it was derived
    /// from stays.
    pub fn drop_token(mut self, refused: Option<TokenId>) -> Result<(), StoreFailure> {
        let concerned = |found: &&Loaded| {
            let token = found.record.grant.as_ref().map(|grant| TokenId::of(&grant.access_token));
            token.is_some_and(|token| refused.is_none_or(|refused| refused == token))
        };
        let Some(record) = self.found().filter(concerned).map(Loaded::to_save_again) else { return Ok(()) };
        self.put(&Record { grant: None, revision: fresh_revision(), ..record })
    }

    /// Opens the latch of these secrets, for whoever has just logged in with them; whether one was closed.
    pub fn open_latch(mut self, now: Now, secrets: &Secrets) -> Result<bool, StoreFailure> {
        let latched = |found: &&Loaded| {
            let closed = found.record.closed.as_ref().filter(|closed| closed.is_of(secrets));
            closed.is_some_and(|closed| closed.remaining(now, found.age).is_some())
        };
        let Some(record) = self.found().filter(latched).map(Loaded::to_save_again) else { return Ok(false) };
        self.put(&Record { closed: None, revision: fresh_revision(), ..record })?;
        Ok(true)
    }

    fn put_in_place(mut self, what: &str, refused: bool, held: Held) -> Result<(), Error> {
        if refused {
            let why =
                "one is held and nothing says that it was lost: import with `Replace::Any` if it shall be replaced";
            return Err(Misuse::Value { what: what.into(), why: why.into() }.into());
        }
        Ok(self.put(&Record::new(fresh_revision(), held))?)
    }

    fn record(&self) -> Option<&Record> {
        self.found().map(|found| &found.record)
    }

    pub(crate) fn found(&self) -> Option<&Loaded> {
        self.0.found()
    }

    pub(crate) fn put(&mut self, record: &Record) -> Result<(), StoreFailure> {
        self.0.save(record).map_err(|error| StoreFailure::new(StoreTask::Saving, error.to_string()))
    }
}

/// 64 bits that no other save has.
pub(crate) fn fresh_revision() -> Revision {
    Revision(RandomState::new().hash_one(std::thread::current().id()))
}
