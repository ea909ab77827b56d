//! The standards' own examples, and what becomes of a key that is no good.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use hallpass_core::{Misuse, Secret};
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

use super::{Algorithm, Assertion, SigningKey};

const CLAIMS: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const RFC_7515_A2: &str = include_str!("../../tests/keys/rfc7515-a2.json");
const RFC_7515_A3: &str = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}"#;
const RFC_8037_A4: &str = r#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

fn key(text: &str) -> SigningKey {
    SigningKey::parse(&Secret::new(text)).expect("a key")
}

fn signed(key: &SigningKey, message: &str) -> String {
    BASE64.encode(key.sign(message.as_bytes()).expect("it signs"))
}

#[test]
fn rs256_as_in_rfc_7515_appendix_a_2() {
    let signature = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9\
                     uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB\
                     _eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rq\
                     Vt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
    assert_eq!(signed(&key(RFC_7515_A2), &format!("eyJhbGciOiJSUzI1NiJ9.{CLAIMS}")), signature);
}

/// Such a signature differs each time; the one of the standard must hold under our key, and ours under the standard's.
#[test]
fn es256_as_in_rfc_7515_appendix_a_3() {
    let message = format!("eyJhbGciOiJFUzI1NiJ9.{CLAIMS}");
    let theirs = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    let point = [
        vec![4],
        decoded("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"),
        decoded("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"),
    ];
    let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point.concat());
    for signature in [theirs, &signed(&key(RFC_7515_A3), &message)] {
        public.verify(message.as_bytes(), &decoded(signature)).expect("it holds");
    }
}

#[test]
fn eddsa_as_in_rfc_8037_appendix_a_4() {
    let message = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    let signature = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    assert_eq!(signed(&key(RFC_8037_A4), message), signature);
}

#[test]
fn a_header_says_how_and_with_which_key_and_the_claims_who_to_whom_and_how_long() {
    let key = key(RFC_8037_A4).key_id("k-1").certificate_digest("dGVzdA");
    let name = key.name();
    let assertion = Assertion::new(key, "client", "https://auth.example/token").claim("scope", "a").claim("exp", 7);
    let secret = assertion.sign_at("https://auth.example/token", 1_700_000_000, "id-1").expect("it signs");
    let parts: Vec<_> = secret.expose().split('.').collect();
    assert_eq!(text(parts[0]), r#"{"alg":"EdDSA","kid":"k-1","typ":"JWT","x5t":"dGVzdA"}"#);
    assert_eq!(
        text(parts[1]),
        r#"{"aud":"https://auth.example/token","exp":1700000060,"iat":1700000000,"iss":"client","jti":"id-1","scope":"a","sub":"client"}"#
    );
    assert_eq!(secret, Secret::new(secret.expose()).made_from(name));
}

/// A number of seconds that a server would take for years, or for nothing, is nobody's meaning.
#[test]
fn a_lifetime_stays_between_a_second_and_an_hour() {
    for (asked, had) in [(0, 1), (5, 5), (1_000_000, 3600)] {
        let assertion = Assertion::new(key(RFC_8037_A4), "c", "a").lifetime(core::time::Duration::from_secs(asked));
        assert_eq!(assertion.lifetime.as_secs(), had);
    }
}

#[test]
fn an_algorithm_must_fit_its_key() {
    assert!(format!("{:?}", key(RFC_7515_A2)).contains("RS256"));
    assert!(key(RFC_7515_A2).algorithm(Algorithm::Ps256).is_ok());
    let error = key(RFC_7515_A3).algorithm(Algorithm::Rs256).expect_err("it is an EC key").to_string();
    assert_eq!(error, "the private key: the key is one for ES256, not for RS256");
    let other = RFC_8037_A4.replace(r#""kty""#, r#""alg":"ES256","kty""#);
    assert!(SigningKey::parse(&Secret::new(other)).is_err());
    for (name, algorithm) in [("EdDSA", Algorithm::EdDsa), ("Ed25519", Algorithm::Ed25519)] {
        let header = key(RFC_8037_A4).algorithm(algorithm).expect("two names of one way").header();
        assert_eq!(header.get("alg"), Some(&name.into()));
        let jwk = key(&RFC_8037_A4.replace(r#""kty""#, &format!(r#""alg":"{name}","kty""#)));
        assert_eq!(jwk.header().get("alg"), Some(&name.into()), "as the key says");
    }
    assert!(key(RFC_7515_A3).algorithm(Algorithm::Ed25519).is_err());
    let named = RFC_8037_A4.replace(r#""kty""#, r#""alg":"EdDSA","kid":"k-7","kty""#);
    assert_eq!(key(&named).header().get("kid"), Some(&"k-7".into()));
}

#[test]
fn a_key_that_is_no_good_is_told_of_and_not_shown() {
    let small = include_str!("../../tests/keys/rsa-1024.pem");
    let curve = include_str!("../../tests/keys/p384.pem");
    let encrypted = include_str!("../../tests/keys/encrypted.pem");
    let public = include_str!("../../tests/keys/es256-public.pem");
    let body = include_str!("../../tests/keys/es256.pem").lines().nth(1).expect("a body");
    let cut = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----", &body[..40]);
    let mixed = RFC_8037_A4.replace("11qYAYKxCrfVS", "21qYAYKxCrfVS");
    let cases = [
        (small, "2048 bits"),
        (curve, "neither an RSA nor a P-256 nor an Ed25519 key"),
        (encrypted, "passphrase"),
        (public, "no private key in it"),
        (&cut, "damaged"),
        ("canary-7", "no private key in it"),
        (r#"{"kty":"oct","k":"canary-7"}"#, "`kty`"),
        (r#"{"kty":"OKP","crv":"Ed25519","x":"canary-7"}"#, "public key"),
        (r#"{"kty":"OKP","crv":"Ed25519","x":"canary-7","d":"canary 7"}"#, "`d` is not base64url"),
        (r#"{"canary-7"#, "JWK"),
        (&mixed, "do not fit together"),
        ("", "no private key in it"),
    ];
    for (text, part) in cases {
        let error = SigningKey::parse(&Secret::new(text)).expect_err(part);
        assert!(matches!(error, Misuse::Value { .. }) && error.to_string().contains(part), "{part}: {error}");
        assert!(!error.to_string().contains("canary"), "{error}");
    }
}

#[test]
fn nothing_prints_the_key() {
    let printed = format!("{:?}", Assertion::new(key(RFC_8037_A4), "client", "a"));
    assert!(!printed.contains("nWGxne") && printed.contains("EdDSA"), "{printed}");
}

fn decoded(text: &str) -> Vec<u8> {
    BASE64.decode(text).expect("base64url")
}

fn text(part: &str) -> String {
    String::from_utf8(decoded(part)).expect("UTF-8")
}
