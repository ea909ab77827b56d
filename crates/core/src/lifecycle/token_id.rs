//! Names for tokens and credentials that tell nothing of them.

use core::fmt;
use core::hash::Hasher;
use std::hash::DefaultHasher;

use hmac_sha256::Hash;

use crate::access_token::AccessToken;
use crate::secret::Secrets;

/// A digest of an access token, by which it is rejected.
///
/// It is compared within one process only, with the handful of others that it remembers, so a short and quick one does:
/// `SipHash` of the token. It is too short to give a token away, and whoever arranges for a collision is the server, whose
/// own token is then rejected. (SHA-256 would cost as much as the rest of a login.)
///
/// ```
/// use hallpass_core::{AccessToken, lifecycle::TokenId};
///
/// let token = AccessToken::new("abc").expect("visible ASCII");
/// assert_eq!(TokenId::of(&token), TokenId::of(&token.clone()));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenId(u64);

impl TokenId {
    /// The id of a token.
    pub fn of(token: &AccessToken) -> Self {
        let mut hasher = DefaultHasher::new();
        hasher.write(token.bytes());
        Self(hasher.finish())
    }
}

impl fmt::Debug for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenId({:08x})", self.0 >> 32)
    }
}

/// A salted digest of a credential, too short to guess the credential by: 32 bits tell whether it changed.
pub(crate) fn credential_digest(salt: u64, secrets: &Secrets) -> u32 {
    let mut hash = Hash::new();
    hash.update(salt.to_le_bytes());
    for secret in secrets.values() {
        hash.update((secret.identity().len() as u64).to_le_bytes());
        hash.update(secret.identity().as_bytes());
    }
    let digest = hash.finalize();
    u32::from_le_bytes([digest[0], digest[1], digest[2], digest[3]])
}
