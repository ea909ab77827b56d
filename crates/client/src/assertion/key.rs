//! Private keys, and what they sign with.

use core::fmt;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use hallpass_core::{Misuse, Secret};
use ring::digest::{SHA256, digest};
use ring::error::KeyRejected;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING as P256, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
    RsaKeyPair,
};
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::jwk;

/// How an assertion is signed (RFC 7518 section 3.1, RFC 8037, RFC 9864).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Algorithm {
    /// An RSA key, the older way.
    Rs256,
    /// An RSA key, the newer way.
    Ps256,
    /// A P-256 key.
    Es256,
    /// An Ed25519 key, by the older name, which most servers know.
    EdDsa,
    /// An Ed25519 key, by the newer name (RFC 9864 section 2.2). It signs the same.
    Ed25519,
}

impl Algorithm {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::Rs256, Self::Ps256, Self::Es256, Self::EdDsa, Self::Ed25519];

    /// Its name, as an assertion's header has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
            Self::Ed25519 => "Ed25519",
        }
    }
}

/// A private key. `Debug` shows its algorithm and its public name.
///
/// ```
/// use hallpass_client::SigningKey;
/// use hallpass_core::Secret;
///
/// let none = SigningKey::parse(&Secret::new("-----BEGIN CERTIFICATE-----")).expect_err("that is no key");
/// assert!(none.to_string().contains("private key"), "{none}");
/// ```
pub struct SigningKey {
    pair: Pair,
    algorithm: Algorithm,
    id: Option<String>,
    x5t: Option<String>,
}

pub(super) enum Pair {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl SigningKey {
    /// Reads a key: RSA of 2048 bits or more, P-256 or Ed25519, as PEM (PKCS#8, PKCS#1 or SEC 1) or as a JWK (RFC 7517),
    /// whose `kid` counts. The algorithm follows from the key; of the two for RSA it is RS256.
    pub fn parse(text: &Secret) -> Result<Self, Misuse> {
        if text.expose().trim_start().starts_with('{') {
            return jwk::read(text.expose());
        }
        from_pem(text.expose()).map(|pair| Self::new(pair, None))
    }

    pub(super) fn new(pair: Pair, id: Option<String>) -> Self {
        Self { algorithm: pair.usual(), pair, id, x5t: None }
    }

    /// Names the key to the server, as it was registered there (`kid`).
    #[must_use = "the key is handed back, not changed in place"]
    pub fn key_id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Names the certificate that the key belongs to (`x5t`): its SHA-1 digest in base64url, where the server wants that.
    #[must_use = "the key is handed back, not changed in place"]
    pub fn certificate_digest(mut self, x5t: impl Into<String>) -> Self {
        self.x5t = Some(x5t.into());
        self
    }

    /// Signs this way, if the key can.
    pub fn algorithm(mut self, algorithm: Algorithm) -> Result<Self, Misuse> {
        if !self.pair.signs(algorithm) {
            let usual = self.pair.usual().name();
            return Err(refused(&format!("the key is one for {usual}, not for {}", algorithm.name())));
        }
        self.algorithm = algorithm;
        Ok(self)
    }

    /// A name for the public half: the same for the same key, and nothing secret.
    pub(super) fn name(&self) -> String {
        let public = match &self.pair {
            Pair::Rsa(pair) => pair.public_key().as_ref(),
            Pair::P256(pair) => pair.public_key().as_ref(),
            Pair::Ed25519(pair) => pair.public_key().as_ref(),
        };
        BASE64.encode(digest(&SHA256, public))
    }

    pub(super) fn header(&self) -> Map<String, Value> {
        let named = [("kid", &self.id), ("x5t", &self.x5t)];
        let named = named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value.as_deref()?.into())));
        let fixed =
            [("alg", self.algorithm.name()), ("typ", "JWT")].map(|(name, value)| (name.to_owned(), value.into()));
        fixed.into_iter().chain(named).collect()
    }

    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Misuse> {
        let random = SystemRandom::new();
        let failed = |_| refused("it cannot sign: its parts do not fit together");
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                let padding: &dyn ring::signature::RsaEncoding =
                    if self.algorithm == Algorithm::Ps256 { &RSA_PSS_SHA256 } else { &RSA_PKCS1_SHA256 };
                pair.sign(padding, &random, message, &mut signature).map_err(failed)?;
                Ok(signature)
            }
            Pair::P256(pair) => Ok(pair.sign(&random, message).map_err(failed)?.as_ref().to_vec()),
            Pair::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
        }
    }
}

impl Pair {
    fn usual(&self) -> Algorithm {
        match self {
            Self::Rsa(_) => Algorithm::Rs256,
            Self::P256(_) => Algorithm::Es256,
            Self::Ed25519(_) => Algorithm::EdDsa,
        }
    }

    fn signs(&self, algorithm: Algorithm) -> bool {
        matches!(
            (self, algorithm),
            (Self::Rsa(_), Algorithm::Rs256 | Algorithm::Ps256)
                | (Self::P256(_), Algorithm::Es256)
                | (Self::Ed25519(_), Algorithm::EdDsa | Algorithm::Ed25519)
        )
    }
}

fn from_pem(text: &str) -> Result<Pair, Misuse> {
    if text.contains("ENCRYPTED") {
        return Err(refused(
            "it is protected by a passphrase: name a command that prints it without one, such as `openssl pkey -in key.pem`",
        ));
    }
    let none = |_| refused("there is no private key in it: it must be PEM (-----BEGIN PRIVATE KEY-----) or a JWK");
    let key = PrivateKeyDer::from_pem_slice(text.as_bytes()).map(Zeroizing::new).map_err(none)?;
    match &*key {
        PrivateKeyDer::Pkcs8(der) => from_pkcs8(der.secret_pkcs8_der()),
        PrivateKeyDer::Pkcs1(der) => {
            RsaKeyPair::from_der(der.secret_pkcs1_der()).map(Pair::Rsa).map_err(|why| flaw(&why))
        }
        PrivateKeyDer::Sec1(der) => from_pkcs8(&as_pkcs8(der.secret_sec1_der())),
        _ => Err(refused("it is a kind of key that nobody here knows")),
    }
}

/// Of the three kinds, the one that it is says what is wrong with it.
fn from_pkcs8(der: &[u8]) -> Result<Pair, Misuse> {
    let rsa = RsaKeyPair::from_pkcs8(der).map(Pair::Rsa);
    let p256 = |why| either(why, EcdsaKeyPair::from_pkcs8(&P256, der, &SystemRandom::new()).map(Pair::P256));
    // OpenSSL writes no public half, so there is nothing to check the private one against.
    let ed25519 = |why| either(why, Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map(Pair::Ed25519));
    rsa.or_else(p256).or_else(ed25519).map_err(|why| flaw(&why))
}

fn either(before: KeyRejected, now: Result<Pair, KeyRejected>) -> Result<Pair, KeyRejected> {
    now.map_err(|why| if is_other_kind(&before) { why } else { before })
}

fn is_other_kind(why: &KeyRejected) -> bool {
    why.to_string() == "WrongAlgorithm"
}

/// SEC 1 (`BEGIN EC PRIVATE KEY`) as PKCS#8, which says the curve outside of the key; any other curve is refused by it.
fn as_pkcs8(sec1: &[u8]) -> Zeroizing<Vec<u8>> {
    const P256_KEY: &[u8] =
        b"\x02\x01\x00\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
    let inner = Zeroizing::new([P256_KEY, &tagged(0x04, sec1)].concat());
    tagged(0x30, &inner)
}

/// A value of DER, in its shortest form as it must be.
fn tagged(tag: u8, value: &[u8]) -> Zeroizing<Vec<u8>> {
    let [.., high, low] = value.len().to_be_bytes();
    let head: &[u8] = match value.len() {
        0..128 => &[tag, low],
        128..256 => &[tag, 0x81, low],
        _ => &[tag, 0x82, high, low],
    };
    Zeroizing::new([head, value].concat())
}

pub(super) fn flaw(why: &KeyRejected) -> Misuse {
    refused(match why.to_string().as_str() {
        "WrongAlgorithm" => "it is neither an RSA nor a P-256 nor an Ed25519 key",
        "TooSmall" => "an RSA key must have 2048 bits or more: make a new one",
        "TooLarge" => "an RSA key may have 4096 bits at most: make a new one",
        "InconsistentComponents" => "its public and its private half do not fit together",
        _ => "it is damaged: its parts cannot be read",
    })
}

/// What is wrong with a key; never the key.
pub(super) fn refused(why: &str) -> Misuse {
    Misuse::Value { what: "the private key".into(), why: why.into() }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({} {})", self.algorithm.name(), self.name())
    }
}
