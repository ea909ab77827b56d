//! Secrets: they do not print, do not compare to plain text, and are wiped when dropped.

use core::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::error::Misuse;

/// The name a secret is asked for by: the client's secret (RFC 6749 section 2.3.1).
pub const CLIENT_SECRET: &str = "client_secret";
/// The name a secret is asked for by: the user's secret of the user key dialect.
pub const USER_SECRET: &str = "user_secret";
/// The name a secret is asked for by: the resource owner's password (RFC 6749 section 4.3).
pub const PASSWORD: &str = "password";
/// The name a secret is asked for by: a key that the API gave out once, for declared dialects.
pub const API_KEY: &str = "api_key";
/// The name a secret is asked for by: an assertion that proves the client (RFC 7523 section 2.2), a new one for each send.
pub const CLIENT_ASSERTION: &str = "client_assertion";
/// The name a secret is asked for by: the same for a revocation, where the server wants another audience there (RFC 7009).
pub const REVOCATION_ASSERTION: &str = "revocation_assertion";
/// The name a secret is asked for by: an assertion that is a grant (RFC 7523 section 2.1), a new one for each send.
pub const ASSERTION: &str = "assertion";
/// The name a secret is asked for by: the token that is exchanged for another (RFC 8693 section 2.1).
pub const SUBJECT_TOKEN: &str = "subject_token";
/// The name a secret is asked for by: the token of who acts for the subject (RFC 8693 section 2.1).
pub const ACTOR_TOKEN: &str = "actor_token";

/// Whether the secret of that name is good for one send, so that it is asked for anew before the next.
pub(crate) fn is_one_time(name: &str) -> bool {
    matches!(name, CLIENT_ASSERTION | ASSERTION)
}

macro_rules! secret_text {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq)]
        pub struct $name(Zeroizing<String>);

        impl $name {
            /// Takes the text over; it is wiped when the last copy is dropped.
            pub fn new(text: impl Into<String>) -> Self {
                Self(Zeroizing::new(text.into()))
            }

            /// The text itself. Every place that calls this is a place to look at in a review.
            pub fn expose(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(redacted)"))
            }
        }
    };
}

/// What the user was given and must not show, or what was made from it: a client secret, a password, an assertion.
///
/// ```
/// let secret = hallpass_core::Secret::new("hunter2");
/// assert_eq!(format!("{secret:?}"), "Secret(redacted)");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    text: Zeroizing<String>,
    made_from: Option<Arc<str>>,
}

impl Secret {
    /// Takes the text over; it is wiped when the last copy is dropped.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: Zeroizing::new(text.into()), made_from: None }
    }

    /// Names the credential that the text was made from, such as a public key's digest; nothing secret. A refused
    /// credential is left alone until it changes, and a text that differs each time is no change.
    #[must_use = "the secret is handed back, not changed in place"]
    pub fn made_from(mut self, credential: impl Into<Arc<str>>) -> Self {
        self.made_from = Some(credential.into());
        self
    }

    /// The text itself. Every place that calls this is a place to look at in a review.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// What tells one credential from another.
    pub(crate) fn identity(&self) -> &str {
        self.made_from.as_deref().unwrap_or(&self.text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

secret_text! {
    /// A refresh token (RFC 6749 section 1.5). Counts as rotating unless the dialect is told otherwise.
    RefreshToken
}
secret_text! {
    /// The `user_key` that a registration returns, once and never again.
    UserKey
}

/// The secrets of one login, by name.
///
/// A dialect says which names an exchange needs ([`Dialect::needs`](crate::dialect::Dialect::needs)); whoever drives it asks
/// for them only then, so a password command runs only when a request is about to be made.
///
/// ```
/// use hallpass_core::{Secret, Secrets, secret};
///
/// let secrets = Secrets::new().with(secret::PASSWORD, Secret::new("correct horse"));
/// assert!(secrets.get(secret::PASSWORD).is_some());
/// assert!(secrets.get(secret::CLIENT_SECRET).is_none());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
// In the order of their names: what is told of them must not depend on when each was given.
pub struct Secrets(Vec<(String, Secret)>);

impl Secrets {
    /// No secrets yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// One secret, by name.
    pub fn one(name: impl Into<String>, secret: impl Into<Secret>) -> Self {
        Self::new().with(name, secret)
    }

    /// These and one more; a later one of the same name wins.
    #[must_use = "the secrets are handed back, not changed in place"]
    pub fn with(mut self, name: impl Into<String>, secret: impl Into<Secret>) -> Self {
        let (name, secret) = (name.into(), secret.into());
        match self.0.binary_search_by(|(known, _)| known.cmp(&name)) {
            Ok(at) => self.0[at].1 = secret,
            Err(at) => self.0.insert(at, (name, secret)),
        }
        self
    }

    /// The secret of that name.
    pub fn get(&self, name: &str) -> Option<&Secret> {
        self.0.iter().find_map(|(known, secret)| (known == name).then_some(secret))
    }

    /// The secret of that name, for a request that cannot do without it.
    ///
    /// ```
    /// use hallpass_core::Secrets;
    ///
    /// let missing = Secrets::new().needs("pin").expect_err("none was given");
    /// assert_eq!(missing.to_string(), "the secret `pin` is missing: it was not given");
    /// ```
    pub fn needs(&self, name: &str) -> Result<&Secret, Misuse> {
        self.get(name).ok_or_else(|| Misuse::Secret { name: name.into(), why: "it was not given".into() })
    }

    /// These and a refresh token: what is refused where the server's words may mean either.
    pub(crate) fn with_refresh_token(&self, token: &RefreshToken) -> Self {
        self.clone().with("refresh_token", token.expose())
    }

    /// Every secret, for the check that no error text repeats one.
    pub(crate) fn values(&self) -> impl Iterator<Item = &Secret> {
        self.0.iter().map(|(_, secret)| secret)
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_prints_a_secret() {
        let canary = "canary-7";
        let printed = format!(
            "{:?} {:?} {:?} {:?}",
            Secret::new(canary),
            RefreshToken::new(canary),
            UserKey::new(canary),
            Secrets::one(CLIENT_SECRET, canary)
        );
        assert!(!printed.contains(canary), "{printed}");
    }

    #[test]
    fn the_later_of_two_secrets_of_one_name_wins() {
        let secrets = Secrets::one("x", "old").with("x", "new");
        assert_eq!(secrets.get("x").map(Secret::expose), Some("new"));
        assert_eq!(secrets.values().count(), 1);
    }
}
