//! What an exchange is, what it spends, and what to do when its answer is lost.

/// What a login is run for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// Make the user known to the server. Only ever done when asked for in so many words.
    Register,
    /// Have an access token.
    Token,
}

/// One request and its reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exchange {
    /// Which one.
    pub kind: ExchangeKind,
    /// What is lost if its answer is.
    pub spends: Spends,
    /// What to do when its answer was lost.
    pub ambiguity: Ambiguity,
}

/// The exchanges that dialects are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExchangeKind {
    /// User id and secret for a `user_key`.
    Register,
    /// Credentials for a grant.
    Authenticate,
    /// A refresh token for a grant (RFC 6749 section 6).
    Refresh,
}

impl ExchangeKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Register, Self::Authenticate, Self::Refresh];
}

/// What is used up by sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spends {
    /// Nothing: the exchange can be repeated freely.
    Nothing,
    /// The refresh token, which the server may have rotated.
    RefreshToken,
    /// The one registration that a user gets.
    Registration,
}

impl Spends {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Nothing, Self::RefreshToken, Self::Registration];

    /// Its name, as profiles, traces and stored marks have it.
    ///
    /// ```
    /// use hallpass_core::dialect::Spends;
    ///
    /// assert_eq!(Spends::ALL.map(Spends::name), ["nothing", "refresh_token", "registration"]);
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::RefreshToken => "refresh_token",
            Self::Registration => "registration",
        }
    }
}

/// What follows when an exchange was sent and its answer lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ambiguity {
    /// The same exchange again: it spends nothing. Of one that spends something the refresh token is dropped, as by
    /// [`Authenticate`](Self::Authenticate), and a registration is reported.
    Repeat,
    /// Drop the refresh token and authenticate.
    Authenticate,
    /// Send the same refresh token again: this server does not rotate it. Of no use to a registration.
    Resend,
    /// Nothing: report it.
    Stop,
}

impl Exchange {
    /// A registration: spent once, never repeated.
    pub fn register() -> Self {
        Self { kind: ExchangeKind::Register, spends: Spends::Registration, ambiguity: Ambiguity::Stop }
    }

    /// An authentication: spends nothing.
    pub fn authenticate() -> Self {
        Self { kind: ExchangeKind::Authenticate, spends: Spends::Nothing, ambiguity: Ambiguity::Repeat }
    }

    /// A refresh with a token that counts as rotating.
    pub fn refresh() -> Self {
        Self { kind: ExchangeKind::Refresh, spends: Spends::RefreshToken, ambiguity: Ambiguity::Authenticate }
    }

    /// The same exchange with another answer to a lost answer.
    #[must_use = "the exchange is handed back, not changed in place"]
    pub fn on_lost(self, ambiguity: Ambiguity) -> Self {
        Self { ambiguity, ..self }
    }
}

impl ExchangeKind {
    /// Its name, as errors and traces have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::Authenticate => "authenticate",
            Self::Refresh => "refresh",
        }
    }
}
