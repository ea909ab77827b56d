//! Names for tokens and credentials that tell nothing of them.

use core::fmt;

use hmac_sha256::Hash;

use crate::access_token::AccessToken;
use crate::secret::Secrets;

/// A digest of an access token, by which it is rejected.
///
/// ```
/// use hallpass_core::{AccessToken, lifecycle::TokenId};
///
/// let token = AccessToken::new("abc").expect("visible ASCII");
/// assert_eq!(TokenId::of(&token), TokenId::of(&token.clone()));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenId([u8; 16]);

impl TokenId {
    /// The id of a token.
    pub fn of(token: &AccessToken) -> Self {
        Self(half(Hash::hash(token.expose().as_bytes())))
    }
}

impl fmt::Debug for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenId({:02x}{:02x}{:02x}{:02x})", self.0[0], self.0[1], self.0[2], self.0[3])
    }
}

/// A salted digest of a credential, too short to guess the credential by: 32 bits tell whether it changed.
pub(super) fn credential_digest(salt: u64, secrets: &Secrets) -> u32 {
    let mut hash = Hash::new();
    hash.update(salt.to_le_bytes());
    for secret in secrets.values() {
        hash.update((secret.expose().len() as u64).to_le_bytes());
        hash.update(secret.expose().as_bytes());
    }
    let digest = hash.finalize();
    u32::from_le_bytes([digest[0], digest[1], digest[2], digest[3]])
}

fn half(digest: [u8; 32]) -> [u8; 16] {
    let mut half = [0; 16];
    half.copy_from_slice(&digest[..16]);
    half
}
