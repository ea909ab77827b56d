//! The API behind the provider: which token it takes, and how it challenges.

use std::time::Duration;

use serde_json::json;

use crate::world::{Answer, DEMO_BASIC, World};

fn basic_form_token(world: &mut World, extra: &str) -> String {
    let body = format!("grant_type=client_credentials{extra}");
    world.form("/oauth/v2/token", &[DEMO_BASIC], &body).text("access_token")
}

fn challenge(answer: &Answer) -> (u16, &str) {
    (answer.status.as_u16(), answer.header("www-authenticate"))
}

#[test]
fn ping_needs_no_token() {
    let answer = World::new(|_| ()).send("GET", "/v3/ping", &[], b"");
    assert_eq!((answer.status.as_u16(), answer.text("ping").as_str()), (200, "pong"));
}

#[test]
fn a_missing_token_is_challenged_without_an_error() {
    let mut world = World::new(|_| ());
    for path in ["/v3/ping/protected", "/basic-form/data", "/echo"] {
        let missing = world.send("GET", path, &[], b"");
        assert_eq!(challenge(&missing), (401, "Bearer realm=\"hallpass\""), "{path}");
        let other_scheme = world.send("GET", path, &[DEMO_BASIC], b"");
        assert_eq!(challenge(&other_scheme), (401, "Bearer realm=\"hallpass\""), "{path}");
    }
}

#[test]
fn an_unknown_token_is_invalid() {
    let answer = World::new(|_| ()).call("/v3/ping/protected", "nonsense");
    assert_eq!(challenge(&answer), (401, "Bearer realm=\"hallpass\", error=\"invalid_token\""));
    assert!(answer.is_error(401, "invalid_token"));
}

#[test]
fn a_token_expires_to_the_second() {
    let mut world = World::new(|config| config.basic_form.life = Duration::from_secs(2));
    let token = basic_form_token(&mut world, "");
    world.pass(1);
    assert_eq!(world.call("/basic-form/data", &token).status, 200);
    world.pass(1);
    assert!(world.call("/basic-form/data", &token).is_error(401, "invalid_token"));
}

#[test]
fn a_malformed_bearer_header_is_an_invalid_request() {
    let mut world = World::new(|_| ());
    for value in ["Bearer", "Bearer "] {
        let answer = world.send("GET", "/v3/ping/protected", &[("authorization", value)], b"");
        assert_eq!(challenge(&answer), (400, "Bearer realm=\"hallpass\", error=\"invalid_request\""));
    }
    let token = format!("Bearer {}", basic_form_token(&mut world, ""));
    let twice = [("authorization", token.as_str()); 2];
    assert!(world.send("GET", "/v3/ping/protected", &twice, b"").is_error(400, "invalid_request"));
}

#[test]
fn each_data_endpoint_takes_only_tokens_of_its_dialect() {
    let mut world = World::new(|_| ());
    let user = json!({ "user_id": "alice", "user_secret": "x" });
    let user_key = world.json("/register", &user).text("user_key");
    let auth0 = json!({
        "client_id": "demo-client", "client_secret": "demo-secret",
        "audience": "demo-api", "grant_type": "client_credentials",
    });
    let login = json!({ "user_key": user_key, "user_secret": "x" });
    let tokens = [
        ("auth0-json", world.json("/oauth/token", &auth0).text("access_token")),
        ("basic-form", basic_form_token(&mut world, "")),
        ("user-key", world.json("/authenticate", &login).text("access_token")),
        (
            "password-form",
            world.form("/authorization", &[], "username=alice&password=correct+horse+9").text("access_token"),
        ),
    ];
    for (dialect, token) in &tokens {
        assert_eq!(world.call("/v3/ping/protected", token).status, 200);
        for (other, _) in &tokens {
            let answer = world.call(&format!("/{other}/data"), token);
            if dialect == other {
                assert_eq!((answer.status.as_u16(), answer.text("dialect").as_str()), (200, *dialect));
            } else {
                assert_eq!(challenge(&answer), (403, "Bearer realm=\"hallpass\", error=\"insufficient_scope\""));
            }
        }
    }
}

#[test]
fn a_token_without_the_demanded_scope_is_insufficient() {
    let mut world = World::new(|config| config.basic_form.required_scope = Some("read".into()));
    let token = basic_form_token(&mut world, "&scope=write");
    let answer = world.call("/basic-form/data", &token);
    let expected = "Bearer realm=\"hallpass\", error=\"insufficient_scope\", scope=\"read\"";
    assert_eq!(challenge(&answer), (403, expected));
    let token = basic_form_token(&mut world, "&scope=write+read");
    assert_eq!(world.call("/basic-form/data", &token).status, 200);
}

#[test]
fn data_takes_any_method_and_names_it_and_the_owner() {
    let mut world = World::new(|_| ());
    let token = format!("bearer {}", basic_form_token(&mut world, ""));
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PURGE"] {
        let answer = world.send(method, "/basic-form/data?page=2", &[("authorization", &token)], b"");
        assert_eq!((answer.text("method").as_str(), answer.text("owner").as_str()), (method, "demo-client"));
    }
}

#[test]
fn echo_answers_the_body_as_it_came() {
    let mut world = World::new(|_| ());
    let token = format!("Bearer {}", basic_form_token(&mut world, ""));
    let headers = [("authorization", token.as_str()), ("content-type", "text/x-odd")];
    let answer = world.send("PUT", "/echo", &headers, b"\0\xff any bytes");
    assert_eq!((answer.body.as_slice(), answer.header("content-type")), (b"\0\xff any bytes".as_slice(), "text/x-odd"));
}

#[test]
fn an_unknown_path_is_404_as_json() {
    let answer = World::new(|_| ()).send("GET", "/nowhere", &[], b"");
    assert!(answer.is_error(404, "not_found"));
}

#[test]
fn a_wrong_method_is_405_and_says_which_is_right() {
    let mut world = World::new(|_| ());
    for path in ["/oauth/token", "/oauth/v2/token", "/register", "/authenticate", "/refresh", "/authorization"] {
        let answer = world.send("GET", path, &[], b"");
        assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, "POST"), "{path}");
    }
    for path in ["/v3/ping", "/v3/ping/protected"] {
        let answer = world.send("POST", path, &[], b"");
        assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, "GET, HEAD"), "{path}");
    }
}

#[test]
fn every_reply_is_dated() {
    let mut world = World::new(|_| ());
    for path in ["/v3/ping", "/nowhere", "/oauth/token", "/echo"] {
        assert_eq!(world.send("GET", path, &[], b"").header("date"), "Sun, 06 Nov 1994 08:49:37 GMT", "{path}");
    }
}
