//! Mistakes of the caller.

use crate::http::BadUrl;

/// A mistake of the caller or its configuration. Nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Misuse {
    /// A URL that is not plainly one.
    /// What to do: [where secrets may go](crate::error#where-secrets-may-go).
    #[error("{what}: {why}")]
    Url {
        /// Which URL.
        what: String,
        /// What is wrong with it.
        why: BadUrl,
    },
    /// Secrets would travel unencrypted.
    /// What to do: [where secrets may go](crate::error#where-secrets-may-go).
    #[error(
        "{origin} is plain http: use https, a loopback address (127.0.0.1, [::1]), or list \"{host}\" in allow_http"
    )]
    PlainHttp {
        /// The origin that was refused.
        origin: String,
        /// Its host, as `allow_http` wants it.
        host: String,
    },
    /// A bearer token was about to go where it does not belong.
    /// What to do: [where secrets may go](crate::error#where-secrets-may-go).
    #[error("{origin} is not listed: the token goes to {listed}; add the origin to `origins` if it may have it")]
    UnlistedOrigin {
        /// The origin that was refused.
        origin: String,
        /// The origins that are listed.
        listed: String,
    },
    /// A value that cannot be sent as it is.
    /// What to do: [values and secrets](crate::error#values-and-secrets).
    #[error("{what}: {why}")]
    Value {
        /// Which value, never its content.
        what: String,
        /// What is wrong and what to do.
        why: String,
    },
    /// A secret was needed and could not be had.
    /// What to do: [values and secrets](crate::error#values-and-secrets).
    #[error("the secret `{name}` is missing: {why}")]
    Secret {
        /// The name it was asked for by.
        name: String,
        /// Why it could not be had, and what to do.
        why: String,
    },
    /// A token was asked for, but no `user_key` is held.
    /// What to do: [registration](crate::error#registration).
    #[error("no user_key is held: register first (`register`), or give the user_key that a registration returned")]
    NotRegistered,
    /// A registration was asked for, but a `user_key` is held, and it must not be overwritten.
    /// What to do: [registration](crate::error#registration).
    #[error("a user_key is held already: registering again would abandon it; ask for a token instead")]
    AlreadyRegistered,
    /// A registration was asked of a dialect that has none.
    /// What to do: [registration](crate::error#registration).
    #[error("the {dialect} dialect has no registration: ask for a token instead")]
    NoRegistration {
        /// The dialect's name.
        dialect: String,
    },
}

impl Misuse {
    /// A dialect from outside read another gain than its exchange was for.
    pub(crate) fn astray(why: &str) -> Self {
        Self::Value { what: "the dialect".into(), why: why.into() }
    }

    /// It read a registration where a token was asked for.
    pub(crate) fn no_token() -> Self {
        Self::astray("a registration's reply came where a token was asked for")
    }

    /// Only a refresh token leads on, and none is held.
    pub(crate) fn no_refresh_token() -> Self {
        let why = "none is held, and nothing else can be sent in its place: import one";
        Self::Secret { name: "refresh_token".into(), why: why.into() }
    }
}
