//! Client credentials as a form, in a Basic header or in the body.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hallpass_testkit::provider::{BasicDecoding, Client, RefreshIssue};
use serde_json::Value;

use crate::world::{DEMO_BASIC, World};

const TOKEN: &str = "/oauth/v2/token";
const GRANT: &str = "grant_type=client_credentials";

#[test]
fn a_grant_has_a_jwt_that_lives_as_long_as_expires_in_says() {
    let mut world = World::new(|_| ());
    let answer = world.form(TOKEN, &[DEMO_BASIC], GRANT);
    assert_eq!((answer.status.as_u16(), answer.value()["expires_in"].as_u64()), (200, Some(3600)));
    assert_eq!(answer.text("token_type"), "Bearer");
    assert!(answer.value().get("refresh_token").is_none());

    let token = answer.text("access_token");
    let parts: Vec<&str> = token.split('.').collect();
    assert_eq!(parts.len(), 3);
    let payload: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
    assert_eq!(payload["iat"], world.now.unix_timestamp());
    assert_eq!(payload["exp"], world.now.unix_timestamp() + 3600);
}

#[test]
fn credentials_may_come_in_the_body_instead() {
    let body = format!("{GRANT}&client_id=demo-client&client_secret=demo-secret");
    assert_eq!(World::new(|_| ()).form(TOKEN, &[], &body).status, 200);
}

#[test]
fn credentials_in_both_places_are_an_invalid_request() {
    let mut world = World::new(|_| ());
    for extra in ["client_id=demo-client&client_secret=demo-secret", "client_secret=demo-secret", "client_id=other"] {
        let answer = world.form(TOKEN, &[DEMO_BASIC], &format!("{GRANT}&{extra}"));
        assert!(answer.is_error(400, "invalid_request"), "{extra}");
    }
}

#[test]
fn failed_client_authentication_is_401_with_a_basic_challenge() {
    let mut world = World::new(|_| ());
    let wrong = format!("Basic {}", STANDARD.encode("demo-client:nope"));
    let attempts: [&[(&str, &str)]; 4] = [
        &[],
        &[("authorization", &wrong)],
        &[("authorization", "Bearer ZGVtby1jbGllbnQ6ZGVtby1zZWNyZXQ=")],
        &[("authorization", "Basic bm9ib2R5OnNlY3JldA==")],
    ];
    for headers in attempts {
        let answer = world.form(TOKEN, headers, GRANT);
        assert!(answer.is_error(401, "invalid_client"));
        assert!(answer.header("www-authenticate").starts_with("Basic realm="));
    }
}

#[test]
fn malformed_basic_credentials_are_an_invalid_request() {
    let mut world = World::new(|_| ());
    for value in ["Basic", "Basic !!!", "Basic ZGVtbw==", "Basic ZGVtby1jbGllbnQ6ZGVtby1zZWNyZXQ"] {
        let answer = world.form(TOKEN, &[("authorization", value)], GRANT);
        assert!(answer.is_error(400, "invalid_request"), "{value}");
    }
    assert!(world.form(TOKEN, &[DEMO_BASIC, DEMO_BASIC], GRANT).is_error(400, "invalid_request"));
}

#[test]
fn the_scheme_word_may_be_in_any_case() {
    let lower = DEMO_BASIC.1.replace("Basic", "bASIC");
    assert_eq!(World::new(|_| ()).form(TOKEN, &[("authorization", &lower)], GRANT).status, 200);
}

#[test]
fn the_setting_says_how_basic_credentials_are_read() {
    let granted = |decoding, sent: &str| {
        let mut world = World::new(|config| {
            config.basic_decoding = decoding;
            config.clients = vec![Client::new("c:1", "a+b %41")];
        });
        let header = format!("Basic {}", STANDARD.encode(sent));
        world.form(TOKEN, &[("authorization", &header)], GRANT).status == 200
    };
    assert!(granted(BasicDecoding::Form, "c%3A1:a%2Bb+%2541"));
    assert!(granted(BasicDecoding::Form, "c%3A1:a%2Bb%20%2541"));
    assert!(!granted(BasicDecoding::Form, "c%3A1:a+b %2541"));
    assert!(granted(BasicDecoding::Percent, "c%3A1:a+b %2541"));
    assert!(!granted(BasicDecoding::Percent, "c%3A1:a%2Bb+%2541"));
    assert!(!granted(BasicDecoding::Raw, "c%3A1:a%2Bb%20%2541"));
}

#[test]
fn a_raw_secret_may_hold_anything_even_colons() {
    let mut world = World::new(|config| {
        config.basic_decoding = BasicDecoding::Raw;
        config.clients = vec![Client::new("c", "a:b+c%41 é")];
    });
    let header = format!("Basic {}", STANDARD.encode("c:a:b+c%41 é"));
    assert_eq!(world.form(TOKEN, &[("authorization", &header)], GRANT).status, 200);
}

#[test]
fn a_parameter_given_twice_is_an_invalid_request() {
    let mut world = World::new(|_| ());
    for body in ["grant_type=client_credentials&grant_type=client_credentials", "scope=a&grant_type=x&scope="] {
        assert!(world.form(TOKEN, &[DEMO_BASIC], body).is_error(400, "invalid_request"), "{body}");
    }
}

#[test]
fn a_parameter_without_a_value_counts_as_absent() {
    let mut world = World::new(|_| ());
    assert!(world.form(TOKEN, &[DEMO_BASIC], "grant_type=").is_error(400, "invalid_request"));
    assert_eq!(world.form(TOKEN, &[DEMO_BASIC], &format!("{GRANT}&scope=&client_id=&foo=1")).status, 200);
}

#[test]
fn only_a_form_is_read() {
    let mut world = World::new(|_| ());
    let json = ("content-type", "application/json");
    assert!(world.send("POST", TOKEN, &[DEMO_BASIC, json], GRANT.as_bytes()).is_error(400, "invalid_request"));
    let charset = ("content-type", "application/x-www-form-urlencoded; charset=UTF-8");
    assert_eq!(world.send("POST", TOKEN, &[DEMO_BASIC, charset], GRANT.as_bytes()).status, 200);
}

#[test]
fn another_grant_type_is_unsupported() {
    assert!(
        World::new(|_| ()).form(TOKEN, &[DEMO_BASIC], "grant_type=password").is_error(400, "unsupported_grant_type")
    );
}

#[test]
fn a_public_client_gets_no_client_credentials_grant() {
    let answer = World::new(|_| ()).form(TOKEN, &[], &format!("{GRANT}&client_id=public-client"));
    assert!(answer.is_error(400, "unauthorized_client"));
}

#[test]
fn scope_audience_and_resource_are_accepted() {
    let mut world = World::new(|_| ());
    let answer =
        world.form(TOKEN, &[DEMO_BASIC], &format!("{GRANT}&scope=read+write&audience=x&resource=https%3A%2F%2Fx"));
    assert_eq!(answer.text("scope"), "read write");
}

#[test]
fn a_scope_that_is_not_allowed_is_refused_and_the_default_needs_no_asking() {
    let mut world = World::new(|config| {
        config.basic_form.allowed_scopes = Some(vec!["read".into()]);
        config.basic_form.default_scopes = vec!["read".into()];
    });
    assert!(world.form(TOKEN, &[DEMO_BASIC], &format!("{GRANT}&scope=write")).is_error(400, "invalid_scope"));
    assert_eq!(world.form(TOKEN, &[DEMO_BASIC], GRANT).text("scope"), "read");
}

#[test]
fn a_refresh_token_is_bound_to_its_client_and_its_scope() {
    let mut world = World::new(|config| {
        config.basic_form.refresh_token = RefreshIssue::Always;
        config.clients.push(Client::new("other", "secret"));
    });
    let token = world.form(TOKEN, &[DEMO_BASIC], &format!("{GRANT}&scope=read+write")).text("refresh_token");
    let refresh = format!("grant_type=refresh_token&refresh_token={token}");
    let other = format!("{refresh}&client_id=other&client_secret=secret");
    assert!(world.form(TOKEN, &[], &other).is_error(400, "invalid_grant"));
    assert!(world.form(TOKEN, &[DEMO_BASIC], &format!("{refresh}&scope=admin")).is_error(400, "invalid_scope"));

    let narrower = world.form(TOKEN, &[DEMO_BASIC], &format!("{refresh}&scope=read"));
    assert_eq!(narrower.text("scope"), "read");
    let again = format!("grant_type=refresh_token&refresh_token={}", narrower.text("refresh_token"));
    assert_eq!(world.form(TOKEN, &[DEMO_BASIC], &again).text("scope"), "read write");
}
