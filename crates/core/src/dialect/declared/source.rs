//! Who logs in, and where the values come from that are sent.

use super::Key;
use crate::secret;

/// The ids that a login may have.
#[derive(Debug, Clone, Default)]
pub struct Ids {
    /// A client's (RFC 6749 section 2.2).
    pub client_id: Option<String>,
    /// A user's, where a registration makes it known.
    pub user_id: Option<String>,
    /// A user's, beside a password.
    pub username: Option<String>,
    /// Any name for whose login it is. It is never sent: it keeps apart what only a secret or an imported token tells apart.
    pub account: Option<String>,
}

impl Ids {
    /// The id that a source names.
    pub(super) fn get(&self, source: Source) -> Option<&str> {
        match source {
            Source::ClientId => self.client_id.as_deref(),
            Source::UserId => self.user_id.as_deref(),
            Source::Username => self.username.as_deref(),
            _ => None,
        }
    }

    /// Whether they tell one user's login from another's.
    pub(super) fn tell_users_apart(&self) -> bool {
        self.user_id.is_some() || self.username.is_some() || self.account.is_some()
    }

    /// The key with all of them.
    pub(super) fn key(&self, key: Key) -> Key {
        key.with_option(Source::ClientId.name(), self.client_id.as_deref())
            .with_option(Source::UserId.name(), self.user_id.as_deref())
            .with_option(Source::Username.name(), self.username.as_deref())
            .with_option("account", self.account.as_deref())
    }
}

/// Where a value comes from. The names are those that profiles and secret sources use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// `client_id`, of [`Ids`].
    ClientId,
    /// `user_id`, of [`Ids`].
    UserId,
    /// `username`, of [`Ids`].
    Username,
    /// `client_secret`, a secret.
    ClientSecret,
    /// `user_secret`, a secret.
    UserSecret,
    /// `password`, a secret.
    Password,
    /// `api_key`, a secret.
    ApiKey,
    /// `client_assertion`, a secret that is made anew for each send.
    ClientAssertion,
    /// `assertion`, a secret that is made anew for each send.
    Assertion,
    /// `subject_token`, a secret.
    SubjectToken,
    /// `actor_token`, a secret.
    ActorToken,
    /// `user_key`, which a registration gave.
    UserKey,
    /// `refresh_token`, which an earlier exchange gave.
    RefreshToken,
}

impl Source {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::ClientId,
        Self::UserId,
        Self::Username,
        Self::ClientSecret,
        Self::UserSecret,
        Self::Password,
        Self::ApiKey,
        Self::ClientAssertion,
        Self::Assertion,
        Self::SubjectToken,
        Self::ActorToken,
        Self::UserKey,
        Self::RefreshToken,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::ClientId => "client_id",
            Self::UserId => "user_id",
            Self::Username => "username",
            Self::ClientSecret => secret::CLIENT_SECRET,
            Self::UserSecret => secret::USER_SECRET,
            Self::Password => secret::PASSWORD,
            Self::ApiKey => secret::API_KEY,
            Self::ClientAssertion => secret::CLIENT_ASSERTION,
            Self::Assertion => secret::ASSERTION,
            Self::SubjectToken => secret::SUBJECT_TOKEN,
            Self::ActorToken => secret::ACTOR_TOKEN,
            Self::UserKey => "user_key",
            Self::RefreshToken => "refresh_token",
        }
    }

    /// Whether it is asked for by its name.
    pub fn is_secret(self) -> bool {
        !matches!(self, Self::ClientId | Self::UserId | Self::Username | Self::UserKey | Self::RefreshToken)
    }
}
