//! The token endpoints, by name.

/// A token endpoint, as [`Provider::token_requests`](super::Provider::token_requests) counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Endpoint {
    /// `/oauth/token`
    Auth0Json,
    /// `/oauth/v2/token`
    BasicForm,
    /// `/register`
    Register,
    /// `/authenticate`
    Authenticate,
    /// `/refresh`
    Refresh,
    /// `/authorization`
    PasswordForm,
}

impl Endpoint {
    /// Every token endpoint.
    pub const ALL: &'static [Self] =
        &[Self::Auth0Json, Self::BasicForm, Self::Register, Self::Authenticate, Self::Refresh, Self::PasswordForm];

    /// The path that it is reached at.
    pub fn path(self) -> &'static str {
        match self {
            Self::Auth0Json => "/oauth/token",
            Self::BasicForm => "/oauth/v2/token",
            Self::Register => "/register",
            Self::Authenticate => "/authenticate",
            Self::Refresh => "/refresh",
            Self::PasswordForm => "/authorization",
        }
    }

    pub(super) fn at(path: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|endpoint| endpoint.path() == path)
    }
}
