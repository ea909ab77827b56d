//! A grant: an access token and until when it is good.

use core::time::Duration;

use http::{HeaderName, HeaderValue};
use time::UtcDateTime;

use crate::access_token::AccessToken;
use crate::dialect::Granted;
use crate::lifecycle::{KeptGrant, TokenId};
use crate::plant::{self, Bug};
use crate::time::{Deadline, Now, wall_after};

/// What the server gave, dated from before the request was sent, so that it never outlives the server's own count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    access_token: AccessToken,
    /// Its digest, made once: it is compared at every turn of a flight.
    id: TokenId,
    /// When it was had here, and how old it was then.
    since: Now,
    age: Duration,
    life: Option<Duration>,
    /// How much life is left when renewal ahead begins.
    renew_at: Duration,
    unsaved: bool,
    /// It comes from a store.
    kept: bool,
}

impl Grant {
    /// Dates what a reply gave. `default_life` counts where neither the reply nor the dialect says.
    pub fn new(granted: Granted, sent: Now, default_life: Option<Duration>) -> Self {
        let life = granted.life.or(default_life);
        Self {
            id: TokenId::of(&granted.access_token),
            access_token: granted.access_token,
            since: sent,
            age: Duration::ZERO,
            life,
            renew_at: Duration::ZERO,
            unsaved: false,
            kept: false,
        }
    }

    /// A kept grant, if it does not claim to come from the future. `known` is its name, where that is known.
    pub(crate) fn kept(kept: KeptGrant, known: Option<TokenId>, now: Now, store_age: Option<Duration>) -> Option<Self> {
        let age = kept.age(now, store_age)?;
        let KeptGrant { access_token, life, .. } = kept;
        let id = known.unwrap_or_else(|| TokenId::of(&access_token));
        Some(Self { access_token, id, since: now, age, life, renew_at: Duration::ZERO, unsaved: false, kept: true })
    }

    /// As it is to be kept.
    pub(crate) fn to_kept(&self, now: Now) -> KeptGrant {
        let issued = self.since.wall.checked_sub(time::Duration::try_from(self.age).unwrap_or(time::Duration::MAX));
        KeptGrant {
            access_token: self.access_token.clone(),
            issued: issued.unwrap_or(UtcDateTime::MIN),
            age_when_saved: self.age_at(now),
            life: self.life,
        }
    }

    pub(crate) fn renewed_ahead_by(mut self, renew_at: Duration) -> Self {
        self.renew_at = renew_at;
        self
    }

    pub(crate) fn with_unsaved(mut self, unsaved: bool) -> Self {
        self.unsaved = unsaved;
        self
    }

    /// The access token.
    pub fn access_token(&self) -> &AccessToken {
        &self.access_token
    }

    /// The header that the token is sent in: `Authorization`, unless the API wants another.
    pub fn header(&self) -> HeaderName {
        self.access_token.send_as().header()
    }

    /// The ready-made value of [`header`](Self::header), marked sensitive.
    pub fn header_value(&self) -> &HeaderValue {
        self.access_token.header_value()
    }

    /// The same, taken out of the grant: nothing is counted up only to be counted down again.
    pub fn into_header_value(self) -> HeaderValue {
        self.access_token.into_header_value()
    }

    /// The name by which it is rejected.
    pub fn id(&self) -> TokenId {
        self.id
    }

    /// How long it lives in all, if anybody said.
    pub fn life(&self) -> Option<Duration> {
        self.life
    }

    /// True if it came out of a store, from this process or another, and not of a login just now.
    pub fn is_kept(&self) -> bool {
        self.kept
    }

    /// True if it could not be kept: another process would have to log in again.
    pub fn is_unsaved(&self) -> bool {
        self.unsaved
    }

    /// Whether it is the answer to a request that was sent here, at `then` or later. One from a store was had before, however
    /// young it looks: the clock by which it was saved may be ahead.
    ///
    /// ```
    /// use core::time::Duration;
    /// use hallpass_core::dialect::Granted;
    /// use hallpass_core::{AccessToken, Grant, Now, UtcDateTime};
    ///
    /// let sent = Now { mono: Duration::from_secs(5), wall: UtcDateTime::UNIX_EPOCH };
    /// let access_token = AccessToken::new("tok").expect("it is visible ASCII");
    /// let grant = Grant::new(Granted { access_token, refresh_token: None, life: None }, sent, None);
    /// assert!(grant.is_new_since(sent));
    /// assert!(!grant.is_new_since(sent.after(Duration::from_secs(1))));
    /// ```
    pub fn is_new_since(&self, then: Now) -> bool {
        !self.kept && self.since.mono >= then.mono
    }

    /// When it expires, by the wall clock; `None` if nobody said.
    pub fn expires_at(&self) -> Option<UtcDateTime> {
        self.life.map(|life| wall_after(self.since.wall, life.saturating_sub(self.age)))
    }

    /// How long it still lives: the smaller of what both clocks say; `None` if nobody said how long it lives.
    pub fn expires_in(&self, now: Now) -> Option<Duration> {
        self.life.map(|life| life.saturating_sub(self.age_at(now)))
    }

    /// Until when the lifecycle need not be asked again, by the monotonic clock; the wall clock may end it sooner
    /// ([`is_fresh`](Self::is_fresh)).
    pub fn ask_again(&self) -> Deadline {
        Deadline::after(self.since, self.fresh_for())
    }

    /// The same by the wall clock.
    pub fn ask_again_at(&self) -> UtcDateTime {
        wall_after(self.since.wall, self.fresh_for())
    }

    /// A copy with a buffer of its own: threads that use one each do not contend for a reference count.
    #[must_use = "the copy is handed back"]
    pub fn detached(&self) -> Self {
        let access_token = self.access_token.detached();
        Self { access_token, ..self.clone() }
    }

    /// Whether both clocks agree that it needs neither renewal nor a question.
    pub fn is_fresh(&self, now: Now) -> bool {
        self.expires_in(now).is_none_or(|left| left > self.renew_at)
    }

    /// From when it was had to when it is renewed ahead.
    fn fresh_for(&self) -> Duration {
        self.life.map_or(Duration::MAX, |life| life.saturating_sub(self.age).saturating_sub(self.renew_at))
    }

    /// Its age: what it was when it was had, and the longer of what both clocks have counted since.
    fn age_at(&self, now: Now) -> Duration {
        let age = self.age.saturating_add(now.since(self.since));
        assert!(!plant::has(Bug::UncheckedClock) || self.life.is_none_or(|life| age <= life), "planted");
        age
    }
}
