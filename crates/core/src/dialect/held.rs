//! What a login has gained so far, and what one exchange adds to it.

use core::time::Duration;

use crate::access_token::AccessToken;
use crate::error::Misuse;
use crate::secret::{RefreshToken, UserKey};

/// What a login holds between exchanges: the whole state of a dialect.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Held {
    /// The key that a registration returned.
    pub user_key: Option<UserKey>,
    /// The refresh token to use next.
    pub refresh_token: Option<RefreshToken>,
}

impl Held {
    /// The refresh token, for an exchange that can send nothing in its place.
    ///
    /// ```
    /// use hallpass_core::dialect::Held;
    ///
    /// let missing = Held::default().needs_refresh_token().expect_err("none is held");
    /// assert!(missing.to_string().starts_with("the secret `refresh_token` is missing"));
    /// ```
    pub fn needs_refresh_token(&self) -> Result<&RefreshToken, Misuse> {
        self.refresh_token.as_ref().ok_or_else(Misuse::no_refresh_token)
    }

    /// Merges a gain. A refresh token replaces the old one; a grant without one keeps the old one (RFC 6749
    /// section 6). A user key is never overwritten.
    pub fn merge(&mut self, gain: &Gain) {
        match gain {
            Gain::UserKey(key) => {
                self.user_key.get_or_insert_with(|| key.clone());
            }
            Gain::Granted(granted) => {
                if let Some(token) = &granted.refresh_token {
                    self.refresh_token = Some(token.clone());
                }
            }
        }
    }
}

/// What one exchange gained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gain {
    /// A registration's result.
    UserKey(UserKey),
    /// An access token, and perhaps a refresh token.
    Granted(Granted),
}

/// What the server gave, as the reply had it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// The access token.
    pub access_token: AccessToken,
    /// The refresh token, if the reply brought one.
    pub refresh_token: Option<RefreshToken>,
    /// How long the access token lives, counted from before the request; `None` if nobody said.
    pub life: Option<Duration>,
}
