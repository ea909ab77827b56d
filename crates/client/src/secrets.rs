//! Where secrets come from.

use hallpass_core::{Misuse, Secret, Secrets};

/// A source of secrets, asked by name and only when a request needs one.
///
/// It may block, as a password command does; the drivers call it where blocking is allowed.
///
/// ```
/// use hallpass_client::SecretSource;
/// use hallpass_core::{Misuse, Secret, secret};
///
/// let from_vault = |name: &str| -> Result<Secret, Misuse> {
///     std::env::var(name.to_uppercase())
///         .map(Secret::from)
///         .map_err(|_| Misuse::Secret { name: name.into(), why: "the variable is not set".into() })
/// };
/// assert!(from_vault.secret(secret::CLIENT_SECRET).is_err());
/// ```
pub trait SecretSource: Send + Sync {
    /// The secret of that name, or why it cannot be had.
    fn secret(&self, name: &str) -> Result<Secret, Misuse>;

    /// Whether a call may take longer than an async task should. Only secrets that are at hand say no.
    fn blocks(&self) -> bool {
        true
    }
}

impl SecretSource for Secrets {
    fn secret(&self, name: &str) -> Result<Secret, Misuse> {
        let missing = || Misuse::Secret { name: name.into(), why: "it was not given to the client".into() };
        self.get(name).cloned().ok_or_else(missing)
    }

    fn blocks(&self) -> bool {
        false
    }
}

impl<F: Fn(&str) -> Result<Secret, Misuse> + Send + Sync> SecretSource for F {
    fn secret(&self, name: &str) -> Result<Secret, Misuse> {
        self(name)
    }
}

/// Asks for several secrets in order; the first that cannot be had ends it.
pub fn gather(source: &dyn SecretSource, names: &[&str]) -> Result<Secrets, Misuse> {
    names.iter().try_fold(Secrets::new(), |secrets, name| Ok(secrets.with(*name, source.secret(name)?)))
}
