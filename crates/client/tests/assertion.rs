//! What is signed here holds for a library of somebody else's, whatever the key was written as.

use hallpass_client::{Algorithm, Assertion, SecretSource, SigningKey};
use hallpass_core::{Secret, secret};
use jsonwebtoken::{DecodingKey, Validation, decode};
use serde_json::Value;

macro_rules! pem {
    ($name:literal) => {
        include_str!(concat!("keys/", $name, ".pem"))
    };
}

fn claims(assertion: &Assertion, key: &DecodingKey, algorithm: jsonwebtoken::Algorithm) -> Value {
    let mut rules = Validation::new(algorithm);
    rules.set_audience(&["https://auth.example/token"]);
    rules.set_issuer(&["client-7"]);
    rules.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
    let said = assertion.secret(secret::CLIENT_ASSERTION).expect("it signs");
    decode(said.expose().as_bytes(), key, &rules).expect("it holds").claims
}

#[test]
fn every_kind_of_key_in_every_form_signs_what_others_can_verify() {
    use jsonwebtoken::Algorithm::{ES256, EdDSA, PS256, RS256};
    let rsa = DecodingKey::from_rsa_pem(pem!("rs256-public").as_bytes()).expect("a public key");
    let p256 = DecodingKey::from_ec_pem(pem!("es256-public").as_bytes()).expect("a public key");
    let ed25519 = DecodingKey::from_ed_pem(pem!("eddsa-public").as_bytes()).expect("a public key");
    let cases = [
        (pem!("rs256"), Algorithm::Rs256, &rsa, RS256),
        (pem!("rs256-pkcs1"), Algorithm::Rs256, &rsa, RS256),
        (pem!("rs256"), Algorithm::Ps256, &rsa, PS256),
        (pem!("es256"), Algorithm::Es256, &p256, ES256),
        (pem!("es256-sec1"), Algorithm::Es256, &p256, ES256),
        (pem!("eddsa"), Algorithm::EdDsa, &ed25519, EdDSA),
    ];
    for (pem, algorithm, public, theirs) in cases {
        let key = SigningKey::parse(&Secret::new(pem)).and_then(|key| key.algorithm(algorithm)).expect("a key");
        let assertion = Assertion::new(key, "client-7", "https://auth.example/token");
        let (first, second) = (claims(&assertion, public, theirs), claims(&assertion, public, theirs));
        assert_eq!(first["sub"], "client-7");
        assert_ne!(first["jti"], second["jti"], "each is good for one send");
    }
}

#[test]
fn it_knows_no_other_secret() {
    let key = SigningKey::parse(&Secret::new(pem!("eddsa"))).expect("a key");
    let error = Assertion::new(key, "c", "a").secret(secret::PASSWORD).expect_err("it has none");
    assert!(error.to_string().contains("`password`"), "{error}");
}
