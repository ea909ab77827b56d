//! Access tokens, refresh tokens, and the families that rotation binds together (RFC 9700 4.14.2).

use std::time::Duration;

use hallpass_core::dialect::{Auth0Json, BasicForm, PasswordForm, UserKeyLogin};
use time::{SignedDuration, UtcDateTime};

use super::bounded::Bounded;
use super::config::{DialectConfig, RefreshIssue, Rotation};
use super::mint::Mint;

/// Which of the four dialects a token was issued in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Dialect {
    Auth0Json,
    BasicForm,
    UserKey,
    PasswordForm,
}

impl Dialect {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Auth0Json => Auth0Json::NAME,
            Self::BasicForm => BasicForm::NAME,
            Self::UserKey => UserKeyLogin::NAME,
            Self::PasswordForm => PasswordForm::NAME,
        }
    }
}

/// Whom a token speaks for, and what it may do.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    pub(super) dialect: Dialect,
    pub(super) owner: String,
    pub(super) client: Option<String>,
    pub(super) scopes: Vec<String>,
    pub(super) audience: Option<String>,
}

impl Subject {
    /// A login that named no client is anybody's who has its token.
    fn is_for(&self, client: Option<&str>) -> Result<(), Rejected> {
        if self.client.is_some() && self.client.as_deref() != client { Err(Rejected::OtherClient) } else { Ok(()) }
    }
}

/// What a token endpoint has to tell.
#[derive(Debug)]
pub(super) struct Issued {
    pub(super) access_token: String,
    pub(super) refresh_token: Option<String>,
    pub(super) expires_in: u64,
    pub(super) scopes: Vec<String>,
}

/// A request to refresh.
#[derive(Debug)]
pub(super) struct Refreshing<'a> {
    pub(super) dialect: Dialect,
    pub(super) client: Option<&'a str>,
    pub(super) token: &'a str,
    pub(super) scopes: Option<Vec<String>>,
}

/// Why a token, of either kind, is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rejected {
    Unknown,
    Expired,
    Revoked,
    Reused,
    OtherClient,
    WiderScope,
}

impl Rejected {
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Unknown => "the token is unknown",
            Self::Expired => "the token has expired",
            Self::Revoked => "the token was revoked",
            Self::Reused => "the refresh token was used before; its family is revoked",
            Self::OtherClient => "the token belongs to another client",
            Self::WiderScope => "the scope is wider than the one that was granted",
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Tokens {
    mint: Mint,
    access: Bounded<String, Access>,
    refresh: Bounded<String, Refresh>,
    logged_in: Bounded<(Dialect, String), ()>,
    families: u64,
    revoked_families: u64,
}

#[derive(Debug, Clone)]
struct Access {
    subject: Subject,
    family: u64,
    expires: UtcDateTime,
    revoked: bool,
}

#[derive(Debug, Clone)]
struct Refresh {
    subject: Subject,
    family: u64,
    expires: UtcDateTime,
    first_used: Option<UtcDateTime>,
    revoked: bool,
}

impl Tokens {
    pub(super) fn new(seed: u64, remember: usize) -> Self {
        Self {
            mint: Mint::new(seed),
            access: Bounded::new(remember),
            refresh: Bounded::new(remember),
            logged_in: Bounded::new(remember),
            families: 0,
            revoked_families: 0,
        }
    }

    pub(super) fn mint(&mut self) -> &mut Mint {
        &mut self.mint
    }

    /// Answers a login: a new family.
    pub(super) fn login(&mut self, now: UtcDateTime, settings: &DialectConfig, subject: Subject) -> Issued {
        self.families += 1;
        let family = self.families;
        let first = self.logged_in.insert((subject.dialect, subject.owner.clone()), ()).is_none();
        let refreshable = match settings.refresh_token {
            RefreshIssue::Always => true,
            RefreshIssue::First => first,
            RefreshIssue::Never => false,
        };
        let refresh_token = refreshable.then(|| self.new_refresh(now, settings, subject.clone(), family));
        self.issued(now, settings, subject, family, refresh_token)
    }

    pub(super) fn refresh(
        &mut self,
        now: UtcDateTime,
        settings: &DialectConfig,
        asked: Refreshing<'_>,
    ) -> Result<Issued, Rejected> {
        let held = self.refresh.get_mut(&asked.token.to_owned()).ok_or(Rejected::Unknown)?;
        if held.subject.dialect != asked.dialect {
            return Err(Rejected::Unknown);
        }
        if held.revoked {
            return Err(Rejected::Revoked);
        }
        held.subject.is_for(asked.client)?;
        if now >= held.expires {
            return Err(Rejected::Expired);
        }
        let reused = match (settings.rotation, held.first_used) {
            (Rotation::Off, _) | (_, None) => false,
            (Rotation::Strict, Some(_)) => true,
            (Rotation::Grace(grace), Some(first)) => now >= after(first, grace),
        };
        if reused {
            let family = held.family;
            self.revoke_family(family);
            return Err(Rejected::Reused);
        }
        let mut subject = held.subject.clone();
        let family = held.family;
        if asked.scopes.iter().flatten().any(|scope| !subject.scopes.contains(scope)) {
            return Err(Rejected::WiderScope);
        }
        let rotated = settings.rotation != Rotation::Off;
        if rotated {
            held.first_used.get_or_insert(now);
        }
        // A narrower scope narrows this access token, not what the next refresh may ask for (RFC 6749 6).
        let refresh_token = rotated.then(|| self.new_refresh(now, settings, subject.clone(), family));
        subject.scopes = asked.scopes.unwrap_or(subject.scopes);
        Ok(self.issued(now, settings, subject, family, refresh_token))
    }

    /// Whom a valid access token speaks for.
    pub(super) fn accept(&self, now: UtcDateTime, token: &str) -> Result<&Subject, Rejected> {
        let access = self.access.get(&token.to_owned()).ok_or(Rejected::Unknown)?;
        if access.revoked {
            return Err(Rejected::Revoked);
        }
        if now >= access.expires {
            return Err(Rejected::Expired);
        }
        Ok(&access.subject)
    }

    /// Revokes for a client, which may have its own revoked only (RFC 7009 section 2.1).
    pub(super) fn revoke_of(&mut self, client: &str, token: &str) -> Result<(), Rejected> {
        let known = token.to_owned();
        let access = self.access.get(&known).map(|access| &access.subject);
        if let Some(subject) = access.or_else(|| self.refresh.get(&known).map(|refresh| &refresh.subject)) {
            subject.is_for(Some(client))?;
        }
        self.revoke(token);
        Ok(())
    }

    pub(super) fn revoke(&mut self, token: &str) -> bool {
        let token = token.to_owned();
        if let Some(access) = self.access.get_mut(&token) {
            access.revoked = true;
            return true;
        }
        match self.refresh.get(&token).map(|refresh| refresh.family) {
            Some(family) => {
                self.revoke_family(family);
                true
            }
            None => false,
        }
    }

    pub(super) fn revoke_access(&mut self) {
        self.access.values_mut().for_each(|access| access.revoked = true);
    }

    pub(super) fn family_revoked(&self, refresh_token: &str) -> bool {
        self.refresh.get(&refresh_token.to_owned()).is_some_and(|refresh| refresh.revoked)
    }

    pub(super) fn revoked_families(&self) -> u64 {
        self.revoked_families
    }

    fn revoke_family(&mut self, family: u64) {
        let mut newly = false;
        for refresh in self.refresh.values_mut().filter(|refresh| refresh.family == family) {
            newly |= !refresh.revoked;
            refresh.revoked = true;
        }
        self.access.values_mut().filter(|access| access.family == family).for_each(|access| access.revoked = true);
        self.revoked_families += u64::from(newly);
    }

    fn new_refresh(&mut self, now: UtcDateTime, settings: &DialectConfig, subject: Subject, family: u64) -> String {
        let token = self.mint.opaque("rt");
        let expires = after(now, settings.refresh_life);
        self.refresh.insert(token.clone(), Refresh { subject, family, expires, first_used: None, revoked: false });
        token
    }

    fn issued(
        &mut self,
        now: UtcDateTime,
        settings: &DialectConfig,
        subject: Subject,
        family: u64,
        refresh_token: Option<String>,
    ) -> Issued {
        let access_token = self.mint.access_token(now, settings, &subject);
        let (expires_in, scopes) = (settings.life.as_secs(), subject.scopes.clone());
        let expires = after(now, settings.life);
        self.access.insert(access_token.clone(), Access { subject, family, expires, revoked: false });
        Issued { access_token, refresh_token, expires_in, scopes }
    }
}

fn after(start: UtcDateTime, life: Duration) -> UtcDateTime {
    start.saturating_add(SignedDuration::try_from(life).unwrap_or(SignedDuration::MAX))
}
