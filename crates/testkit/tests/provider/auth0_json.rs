//! Client credentials as JSON.

use serde_json::{Value, json};

use crate::world::World;

fn demo() -> Value {
    json!({
        "client_id": "demo-client", "client_secret": "demo-secret",
        "audience": "demo-api", "grant_type": "client_credentials",
    })
}

fn with(name: &str, value: Value) -> Value {
    let mut body = demo();
    body[name] = value;
    body
}

#[test]
fn a_grant_has_the_members_and_the_life_of_the_documentation() {
    let mut world = World::new(|_| ());
    let answer = world.json("/oauth/token", &demo());
    assert_eq!(answer.status, 200);
    let mut body = answer.value();
    let token = body["access_token"].take();
    assert_eq!(body, json!({ "access_token": null, "token_type": "Bearer", "expires_in": 86400 }));
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(world.call("/v3/ping/protected", token.as_str().unwrap()).status, 200);
}

#[test]
fn a_wrong_secret_is_access_denied_with_401() {
    let answer = World::new(|_| ()).json("/oauth/token", &with("client_secret", "nope".into()));
    assert_eq!(answer.status, 401);
    assert_eq!(answer.value(), json!({ "error": "access_denied", "error_description": "Unauthorized" }));
}

#[test]
fn an_unknown_or_missing_audience_is_access_denied_with_403() {
    for audience in ["other".into(), Value::Null] {
        let answer = World::new(|_| ()).json("/oauth/token", &with("audience", audience));
        assert!(answer.is_error(403, "access_denied"));
        assert!(!answer.text("error_description").is_empty());
    }
}

#[test]
fn what_is_no_json_object_is_an_invalid_request() {
    let mut world = World::new(|_| ());
    let json = ("content-type", "application/json");
    for body in ["", "[]", "\"x\"", "{", "grant_type=client_credentials"] {
        assert!(
            world.send("POST", "/oauth/token", &[json], body.as_bytes()).is_error(400, "invalid_request"),
            "{body}"
        );
    }
    let body = demo().to_string();
    assert!(world.form("/oauth/token", &[], &body).is_error(400, "invalid_request"), "the wrong content type");
    assert!(world.send("POST", "/oauth/token", &[], body.as_bytes()).is_error(400, "invalid_request"), "none");
    let charset = ("content-type", "Application/JSON; charset=utf-8");
    assert_eq!(world.send("POST", "/oauth/token", &[charset], body.as_bytes()).status, 200);
}

#[test]
fn a_member_that_is_missing_or_no_string_is_an_invalid_request() {
    let mut world = World::new(|_| ());
    for name in ["client_id", "client_secret", "grant_type"] {
        for value in [Value::Null, json!(1), json!(["x"])] {
            assert!(world.json("/oauth/token", &with(name, value)).is_error(400, "invalid_request"), "{name}");
        }
    }
}

#[test]
fn no_other_grant_type_is_supported() {
    let answer = World::new(|_| ()).json("/oauth/token", &with("grant_type", "password".into()));
    assert!(answer.is_error(400, "unsupported_grant_type"));
}

#[test]
fn a_secret_with_quotes_and_other_letters_survives_json() {
    let secret = "a\"b\\c é\u{1f511} %41+";
    let mut world = World::new(|config| config.clients[0].secret = Some(secret.into()));
    assert_eq!(world.json("/oauth/token", &with("client_secret", secret.into())).status, 200);
}

#[test]
fn a_scope_that_was_asked_for_is_granted_and_told() {
    let answer = World::new(|_| ()).json("/oauth/token", &with("scope", "read write".into()));
    assert_eq!(answer.text("scope"), "read write");
}

#[test]
fn no_refresh_token_is_given_whatever_the_settings_say() {
    use hallpass_testkit::provider::RefreshIssue;
    let mut world = World::new(|config| config.auth0_json.refresh_token = RefreshIssue::Always);
    assert!(world.json("/oauth/token", &demo()).value().get("refresh_token").is_none());
}
