//! Records sealed at rest: ChaCha20-Poly1305 (RFC 8439), bound to the key they are kept under.

use core::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hallpass_core::Secret;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use zeroize::Zeroizing;

/// The keys that records are sealed with: the first seals, all of them open. To change the key, put the new one in front
/// and keep the old one until every record was saved again.
///
/// ```
/// use hallpass_core::Secret;
/// use hallpass_store::record::Seal;
///
/// // What `openssl rand -base64 32` prints.
/// let seal = Seal::new(&[Secret::from("q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=")])?;
/// assert!(Seal::new(&[Secret::from("too short")]).is_err());
/// # Ok::<(), hallpass_store::record::BadKey>(())
/// ```
#[derive(Clone)]
pub struct Seal(Vec<LessSafeKey>);

/// A key that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadKey {
    /// There is no key.
    #[error("no key was given: `openssl rand -base64 32` makes one")]
    Missing,
    /// Not 32 bytes in base64.
    #[error("key {0} of the list is not 32 bytes in base64: `openssl rand -base64 32` makes one")]
    Shape(usize),
}

impl Seal {
    /// Keys of 32 bytes each, in base64 (RFC 4648 section 4).
    pub fn new(keys: &[Secret]) -> Result<Self, BadKey> {
        if keys.is_empty() {
            return Err(BadKey::Missing);
        }
        let key = |(index, secret): (usize, &Secret)| {
            let shape = BadKey::Shape(index + 1);
            let bytes = Zeroizing::new(STANDARD.decode(secret.expose().trim()).map_err(|_| shape)?);
            UnboundKey::new(&CHACHA20_POLY1305, &bytes).map(LessSafeKey::new).map_err(|_| shape)
        };
        keys.iter().enumerate().map(key).collect::<Result<_, _>>().map(Self)
    }

    /// A random nonce, and what `plain` became under it. 96 random bits do for the few billion saves that a key may see.
    pub(super) fn close(&self, mut plain: Zeroizing<Vec<u8>>, bound_to: &[u8]) -> Zeroizing<Vec<u8>> {
        let mut nonce = [0; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce).expect("the system gives random bytes, as TLS needs them too");
        let first = self.0.first().expect("`new` refuses an empty list");
        first
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(bound_to), &mut *plain)
            .expect("a record is far shorter than 2^38 bytes");
        plain.splice(..0, nonce);
        plain
    }

    /// What was sealed, if one of the keys did it.
    pub(super) fn open(&self, sealed: &[u8], bound_to: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, content) = sealed.split_first_chunk::<NONCE_LEN>()?;
        self.0.iter().find_map(|key| {
            let mut bytes = Zeroizing::new(content.to_vec());
            let length =
                key.open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(bound_to), &mut bytes).ok()?.len();
            bytes.truncate(length);
            Some(bytes)
        })
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Seal({} keys)", self.0.len())
    }
}
