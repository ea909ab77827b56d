//! A grant: an access token and until when it is good.

use core::time::Duration;

use http::HeaderValue;
use time::UtcDateTime;

use crate::dialect::Granted;
use crate::secret::AccessToken;
use crate::time::{Now, wall_after};

/// What the server gave, dated from before the request was sent, so that it never outlives the server's own count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    access_token: AccessToken,
    issued: Now,
    life: Option<Duration>,
}

impl Grant {
    /// Dates what a reply gave. `default_life` counts where neither the reply nor the dialect says.
    pub fn new(granted: Granted, sent: Now, default_life: Option<Duration>) -> Self {
        Self { access_token: granted.access_token, issued: sent, life: granted.life.or(default_life) }
    }

    /// The access token.
    pub fn access_token(&self) -> &AccessToken {
        &self.access_token
    }

    /// The ready-made `Authorization` value, marked sensitive.
    pub fn authorization(&self) -> &HeaderValue {
        self.access_token.authorization()
    }

    /// When it expires, by the wall clock; `None` if nobody said.
    pub fn expires_at(&self) -> Option<UtcDateTime> {
        self.life.map(|life| wall_after(self.issued.wall, life))
    }

    /// How long it still lives: the smaller of what both clocks say; `None` if nobody said how long it lives.
    pub fn expires_in(&self, now: Now) -> Option<Duration> {
        let by_mono = now.mono.saturating_sub(self.issued.mono);
        let by_wall = crate::time::wall_between(self.issued.wall, now.wall);
        self.life.map(|life| life.saturating_sub(by_mono.max(by_wall)))
    }
}
