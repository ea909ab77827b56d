//! Private keys as JSON (RFC 7517, RFC 7518 section 6, RFC 8037 section 2).

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use hallpass_core::Misuse;
use ring::rand::SystemRandom;
use ring::rsa::KeyPairComponents;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING as P256, EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair, RsaPublicKeyComponents,
};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::key::{Algorithm, Pair, SigningKey, flaw, refused};

/// The members that count here.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Jwk {
    kty: String,
    crv: String,
    alg: Option<String>,
    kid: Option<String>,
    n: String,
    e: String,
    x: String,
    y: String,
    d: Zeroizing<String>,
    p: Zeroizing<String>,
    q: Zeroizing<String>,
    dp: Zeroizing<String>,
    dq: Zeroizing<String>,
    qi: Zeroizing<String>,
}

pub(super) fn read(text: &str) -> Result<SigningKey, Misuse> {
    let jwk: Jwk = serde_json::from_str(text).map_err(|_| refused("it begins like a JWK, and is not one"))?;
    let pair = match (jwk.kty.as_str(), jwk.crv.as_str()) {
        ("RSA", _) => rsa(&jwk)?,
        ("EC", "P-256") => p256(&jwk)?,
        ("OKP", "Ed25519") => ed25519(&jwk)?,
        _ => return Err(refused("its `kty` and `crv` are neither RSA nor EC with P-256 nor OKP with Ed25519")),
    };
    let key = SigningKey::new(pair, jwk.kid.clone());
    match jwk.alg.as_deref() {
        None => Ok(key),
        Some(name) => match Algorithm::ALL.iter().copied().find(|algorithm| algorithm.name() == name) {
            Some(algorithm) => key.algorithm(algorithm),
            None => Err(refused("its `alg` is none of RS256, PS256, ES256, EdDSA and Ed25519")),
        },
    }
}

fn rsa(jwk: &Jwk) -> Result<Pair, Misuse> {
    let (n, e) = (part("n", &jwk.n)?, part("e", &jwk.e)?);
    let components = KeyPairComponents {
        public_key: RsaPublicKeyComponents { n: &**n, e: &**e },
        d: &**part("d", &jwk.d)?,
        p: &**part("p", &jwk.p)?,
        q: &**part("q", &jwk.q)?,
        dP: &**part("dp", &jwk.dp)?,
        dQ: &**part("dq", &jwk.dq)?,
        qInv: &**part("qi", &jwk.qi)?,
    };
    RsaKeyPair::from_components(&components).map(Pair::Rsa).map_err(|why| flaw(&why))
}

fn p256(jwk: &Jwk) -> Result<Pair, Misuse> {
    let point = Zeroizing::new([&[4], part("x", &jwk.x)?.as_slice(), part("y", &jwk.y)?.as_slice()].concat());
    let pair = EcdsaKeyPair::from_private_key_and_public_key(&P256, &part("d", &jwk.d)?, &point, &SystemRandom::new());
    pair.map(Pair::P256).map_err(|why| flaw(&why))
}

fn ed25519(jwk: &Jwk) -> Result<Pair, Misuse> {
    let pair = Ed25519KeyPair::from_seed_and_public_key(&part("d", &jwk.d)?, &part("x", &jwk.x)?);
    pair.map(Pair::Ed25519).map_err(|why| flaw(&why))
}

fn part(name: &str, text: &str) -> Result<Zeroizing<Vec<u8>>, Misuse> {
    if text.is_empty() {
        return Err(refused(&match name {
            "d" => "it is a public key: the private one has a member `d`".into(),
            _ => format!("its member `{name}` is missing"),
        }));
    }
    let bytes = BASE64.decode(text).map(Zeroizing::new);
    bytes.map_err(|_| refused(&format!("its member `{name}` is not base64url")))
}
