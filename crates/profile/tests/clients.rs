//! Clients that prove themselves with a key of their own.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use hallpass_profile::{Environment, Profiles};
use serde_json::Value;
use tempfile::TempDir;

const KEY: &str = include_str!("../../client/tests/keys/es256.pem");

const SIGNED: &str = "[profiles.x]\ndialect = 'basic-form'\ntoken_url = 'https://auth.test/token?tenant=1'\n\
                      client_id = { env = 'ID' }\nprivate_key = { file = 'key.pem' }\n";

fn folder(key: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("key.pem"), key).expect("it can be written");
    folder
}

fn asked(folder: &TempDir, text: &str) -> Result<(Value, Value), String> {
    secret(folder, text, "client_assertion")
}

fn secret(folder: &TempDir, text: &str, name: &str) -> Result<(Value, Value), String> {
    let path = folder.path().join("hallpass.toml");
    std::fs::write(&path, text).expect("it can be written");
    let profiles = Profiles::find(Some(&path)).map_err(|why| why.to_string())?;
    let profiles = profiles.environment(Environment::empty().set("ID", "client-7"));
    let config = profiles.get("x").and_then(|profile| profile.config()).map_err(|why| why.to_string())?;
    let assertion = config.secret_source().secret(name).map_err(|why| why.to_string())?;
    let parts: Vec<_> = assertion.expose().split('.').collect();
    let json = |part: &str| serde_json::from_slice(&BASE64.decode(part).expect("base64url")).expect("JSON");
    Ok((json(parts[0]), json(parts[1])))
}

#[test]
fn an_assertion_speaks_of_the_client_to_the_token_url() {
    let folder = folder(KEY);
    let (header, claims) = asked(&folder, SIGNED).expect("a key and an id");
    assert_eq!(header, serde_json::json!({"alg": "ES256", "typ": "JWT"}));
    assert_eq!((&claims["iss"], &claims["sub"]), (&"client-7".into(), &"client-7".into()));
    assert_eq!(claims["aud"], "https://auth.test/token?tenant=1");

    let more = "client_auth = 'private_key_jwt'\nkey_id = 'k'\nkey_digest = 'd'\nalgorithm = 'ES256'\n\
                assertion_audience = 'https://auth.test/'\n";
    let (header, claims) = asked(&folder, &format!("{SIGNED}{more}")).expect("a key and an id");
    assert_eq!(header, serde_json::json!({"alg": "ES256", "typ": "JWT", "kid": "k", "x5t": "d"}));
    assert_eq!(claims["aud"], "https://auth.test/");
}

#[test]
fn a_described_step_may_send_one() {
    let text = "[profiles.x]\ndialect = 'declared'\nclient_id = 'client-7'\nprivate_key = { file = 'key.pem' }\n\
                [profiles.x.authenticate]\nurl = 'https://auth.test/login'\nsend = { proof = { from = 'client_assertion' } }\n";
    let (_, claims) = asked(&folder(KEY), text).expect("a key and an id");
    assert_eq!((&claims["sub"], &claims["aud"]), (&"client-7".into(), &"https://auth.test/login".into()));
    let error = asked(&folder(KEY), &text.replace("private_key = { file = 'key.pem' }\n", "")).expect_err("no key");
    assert!(error.contains("add `private_key = …`"), "{error}");
}

#[test]
fn what_is_wrong_with_a_key_is_told_with_its_line_and_not_shown() {
    for (key, more, part) in [
        ("canary-7", "", "there is no private key in it"),
        (KEY, "algorithm = 'RS256'\n", "is one for ES256, not for RS256"),
        (include_str!("../../client/tests/keys/encrypted.pem"), "", "passphrase"),
    ] {
        let error = asked(&folder(key), &format!("{SIGNED}{more}")).expect_err(part);
        assert!(error.contains("hallpass.toml:5: profile `x`: `private_key`: ") && error.contains(part), "{error}");
        assert!(!error.contains("canary"), "{error}");
    }
}

#[test]
fn a_grant_is_signed_about_its_subject_and_the_client_beside_it_about_itself() {
    let folder = folder(KEY);
    let text =
        format!("{SIGNED}grant = 'jwt-bearer'\nsubject = 'alice'\nclaims = {{ scope = 'a b', n = 1, iss = 'x' }}\n");
    let (_, claims) = secret(&folder, &text, "assertion").expect("a key and an id");
    assert_eq!((&claims["iss"], &claims["sub"]), (&"client-7".into(), &"alice".into()));
    assert_eq!((&claims["scope"], &claims["n"]), (&"a b".into(), &1.into()));
    assert!(asked(&folder, &text).is_err(), "no client is named");

    let both = format!("{text}client_auth = 'private_key_jwt'\n");
    let (_, claims) = asked(&folder, &both).expect("a key and an id");
    assert_eq!((&claims["sub"], &claims["scope"]), (&"client-7".into(), &Value::Null));
}

/// Google looks for the scope there.
#[test]
fn other_claims_are_another_token() {
    let key = |claims: &str| {
        let text = format!("{SIGNED}grant = 'jwt-bearer'\nclaims = {{ {claims} }}\n");
        let profiles = Profiles::parse(&text, "hallpass.toml").expect("it is right");
        let profiles = profiles.environment(Environment::empty().set("ID", "client-7"));
        profiles.get("x").and_then(|profile| profile.config()).expect("it is right").dialect().key()
    };
    assert_ne!(key("scope = 'sheets'"), key("scope = 'mail'"));
    assert_ne!(key("scope = 'sheets'"), key("scope = 'sheets', n = 1"));
    assert_eq!(key("n = 1, scope = 'sheets'"), key("scope = 'sheets', n = 1"));
}

#[cfg(unix)]
#[test]
fn a_key_that_others_may_read_is_warned_of_by_its_own_name() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder(KEY);
    let path = folder.path().join("hallpass.toml");
    let warnings = |mode, text: &str| -> Vec<String> {
        let mode = PermissionsExt::from_mode(mode);
        std::fs::set_permissions(folder.path().join("key.pem"), mode).expect("it is ours");
        std::fs::write(&path, text).expect("it can be written");
        let profile = Profiles::find(Some(&path)).and_then(|profiles| profiles.get("x")).expect("a profile");
        profile.warnings().into_iter().map(|warning| format!("{}: {}", warning.line, warning.message)).collect()
    };
    let certified =
        SIGNED.replace("private_key = { file = 'key.pem' }", "client_auth = 'tls'\nclient_certificate = 'key.pem'");
    let apart = format!("{certified}client_key = {{ env = 'KEY' }}\n");
    for (text, told) in [(SIGNED, "5: `private_key` is in"), (&certified, "6: the key of `client_certificate` is in")] {
        let told_of = warnings(0o640, text);
        assert!(told_of.iter().any(|warning| warning.starts_with(told)), "{told_of:?}");
        assert!(!warnings(0o600, text).iter().any(|warning| warning.contains("may read")));
    }
    let told_of = warnings(0o644, &apart);
    assert!(!told_of.iter().any(|warning| warning.contains("may read")), "a certificate alone is public: {told_of:?}");
}

#[test]
fn a_client_certificate_is_read_with_the_config_and_its_mistakes_have_their_line() {
    let folder = folder(KEY);
    let text = "[profiles.x]\ndialect = 'basic-form'\ntoken_url = 'https://auth.test/token'\nclient_id = 'c'\n\
                client_auth = 'tls'\nclient_certificate = 'key.pem'\n";
    let error = asked(&folder, text).expect_err("it is a key only");
    assert!(
        error.contains(":6: profile `x`: `client_certificate`: ") && error.contains("no certificate in it"),
        "{error}"
    );
    let error = asked(&folder, &text.replace("key.pem", "none.pem")).expect_err("there is none");
    assert!(error.contains(":6: ") && error.contains("does not exist"), "{error}");
    std::fs::write(folder.path().join("large.pem"), vec![b'x'; 1024 * 1024 + 1]).expect("it can be written");
    for text in [text.replace("key.pem", "large.pem"), format!("{SIGNED}ca_file = 'large.pem'\n")] {
        let error = asked(&folder, &text).expect_err("that is too large");
        assert!(error.contains(":6: ") && error.contains("large.pem has more than 1 MiB"), "{error}");
    }
    let error = asked(&folder, &format!("{text}client_secret = 's'\n")).expect_err("two ways");
    assert!(error.contains("`client_secret` has no use with this `client_auth`"), "{error}");
}

/// Some servers want their revocation URL as the audience there (RFC 7523 section 3 lets them).
#[test]
fn a_revocation_may_have_an_assertion_of_its_own() {
    let folder = folder(KEY);
    let text = format!("{SIGNED}revocation_url = 'https://auth.test/revoke'\n");
    let own = format!("{text}revocation_audience = 'https://auth.test/revoke'\n");
    for (text, needs, audience) in [
        (&text, "client_assertion", "https://auth.test/token?tenant=1"),
        (&own, "revocation_assertion", "https://auth.test/revoke"),
    ] {
        let profiles = Profiles::parse(text, folder.path().join("hallpass.toml")).expect("profiles");
        let profiles = profiles.environment(Environment::empty().set("ID", "client-7"));
        let config = profiles.get("x").and_then(|profile| profile.config()).expect("a profile");
        assert_eq!(config.get_revocation().expect("a URL").needs(), Some(needs));
        let (_, claims) = secret(&folder, text, needs).expect("a key and an id");
        assert_eq!((&claims["aud"], &claims["sub"]), (&audience.into(), &"client-7".into()));
    }
    let (_, claims) = asked(&folder, &own).expect("a key and an id");
    assert_eq!(claims["aud"], "https://auth.test/token?tenant=1", "a login is as before");
    let error = asked(&folder, &own.replace("revocation_url", "#")).expect_err("nowhere to go");
    assert!(error.contains("`revocation_url` is missing"), "{error}");
}

#[test]
fn nothing_stands_beside_a_ready_assertion_that_would_be_read_by_nobody() {
    let folder = folder(KEY);
    let ready = format!("{SIGNED}grant = 'jwt-bearer'\nassertion = 'a'\nsubject = 's'\n");
    let keyless = ready.replace("private_key = { file = 'key.pem' }\n", "");
    for (text, expected) in [
        (ready.clone(), "`private_key` signs nothing beside a ready `assertion`"),
        (keyless.clone() + "key_id = 'k'", "`key_id` signs nothing beside a ready `assertion`"),
        (keyless + "claims = { n = 1 }", "`claims` stand in a signed assertion only"),
    ] {
        let error = asked(&folder, &text).expect_err("it would do nothing");
        assert!(error.contains(expected), "{error}");
    }
    asked(&folder, &(ready + "client_auth = 'private_key_jwt'")).expect("the key is the client's");
}
