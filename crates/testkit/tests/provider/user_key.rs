//! Registration, authentication and refresh by a `user_key`.

use hallpass_testkit::provider::{RefreshIssue, Registered, Rotation};
use serde_json::{Value, json};

use crate::world::{Answer, World};

fn register(world: &mut World, user_id: &str) -> Answer {
    world.json("/register", &json!({ "user_id": user_id, "user_secret": "correct horse 9" }))
}

fn authenticate(world: &mut World, user_key: &str) -> Answer {
    world.json("/authenticate", &json!({ "user_key": user_key, "user_secret": "correct horse 9" }))
}

fn has_refresh_token(answer: &Answer) -> bool {
    answer.value().get("refresh_token").is_some()
}

#[test]
fn registration_answers_201_with_a_user_key_and_more() {
    let answer = register(&mut World::new(|_| ()), "alice");
    assert_eq!(answer.status, 201);
    assert!(answer.text("user_key").starts_with("uk-"));
    assert!(answer.value().as_object().unwrap().len() > 1);
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[test]
fn a_second_registration_of_a_user_is_refused() {
    let mut world = World::new(|_| ());
    register(&mut world, "alice");
    let again = register(&mut world, "alice");
    assert_eq!(again.status, 400);
    assert_eq!(again.value(), json!({ "user_id": ["A user with that username already exists."] }));
    assert_eq!(register(&mut world, "bob").status, 201);
}

#[test]
fn authentication_answers_tokens_and_nothing_else() {
    let mut world = World::new(|_| ());
    let key = register(&mut world, "alice").text("user_key");
    let answer = authenticate(&mut world, &key);
    assert_eq!(answer.status, 200);
    let members: Vec<String> = answer.value().as_object().unwrap().keys().cloned().collect();
    assert_eq!(members, ["access_token", "refresh_token"]);
    assert_eq!(world.call("/user-key/data", &answer.text("access_token")).text("owner"), "alice");
}

#[test]
fn the_refresh_token_comes_first_always_or_never() {
    for (issue, expected) in [
        (RefreshIssue::First, [true, false]),
        (RefreshIssue::Always, [true, true]),
        (RefreshIssue::Never, [false, false]),
    ] {
        let mut world = World::new(|config| config.user_key.refresh_token = issue);
        let key = register(&mut world, "alice").text("user_key");
        let given = [authenticate(&mut world, &key), authenticate(&mut world, &key)];
        assert_eq!(given.each_ref().map(has_refresh_token), expected, "{issue:?}");
    }
}

#[test]
fn each_user_has_a_first_authentication_of_their_own() {
    let mut world = World::new(|_| ());
    for user in ["alice", "bob"] {
        let key = register(&mut world, user).text("user_key");
        assert!(has_refresh_token(&authenticate(&mut world, &key)));
    }
}

#[test]
fn a_user_may_be_registered_from_the_start() {
    let user = Registered { user_id: "carol".into(), user_secret: "correct horse 9".into(), user_key: "uk-3".into() };
    let mut world = World::new(|config| config.registered = vec![user]);
    assert_eq!(authenticate(&mut world, "uk-3").status, 200);
    assert_eq!(register(&mut world, "carol").status, 400);
}

#[test]
fn a_wrong_key_or_secret_is_401_with_detail_and_code() {
    let mut world = World::new(|_| ());
    let key = register(&mut world, "alice").text("user_key");
    for (key, secret) in [(key.as_str(), "nope"), ("uk-nobody", "correct horse 9")] {
        let answer = world.json("/authenticate", &json!({ "user_key": key, "user_secret": secret }));
        assert_eq!((answer.status.as_u16(), answer.text("code").as_str()), (401, "no_active_account"));
        assert!(!answer.text("detail").is_empty());
    }
}

#[test]
fn a_refresh_keeps_the_token_without_rotation_and_replaces_it_with() {
    for (rotation, replaced) in [(Rotation::Off, false), (Rotation::Strict, true)] {
        let mut world = World::new(|config| config.user_key.rotation = rotation);
        let key = register(&mut world, "alice").text("user_key");
        let token = authenticate(&mut world, &key).text("refresh_token");
        let answer = world.json("/refresh", &json!({ "refresh_token": token }));
        assert_eq!(answer.status, 200);
        assert_eq!(world.call("/user-key/data", &answer.text("access_token")).status, 200);
        assert_eq!(has_refresh_token(&answer), replaced, "{rotation:?}");
    }
}

#[test]
fn an_unknown_refresh_token_is_401_with_detail_and_code() {
    let answer = World::new(|_| ()).json("/refresh", &json!({ "refresh_token": "rt-nobody" }));
    assert_eq!((answer.status.as_u16(), answer.text("code").as_str()), (401, "token_not_valid"));
}

#[test]
fn a_field_that_is_missing_blank_or_no_string_is_named() {
    let mut world = World::new(|_| ());
    for (path, field) in [("/register", "user_id"), ("/authenticate", "user_key"), ("/refresh", "refresh_token")] {
        for body in [json!({}), json!({ field: "" }), json!({ field: 1 }), json!({ field: Value::Null })] {
            let answer = world.json(path, &body);
            assert_eq!(answer.status, 400);
            assert!(answer.value()[field][0].is_string(), "{path} {body}");
        }
    }
}

#[test]
fn a_body_that_is_no_json_object_is_refused() {
    let mut world = World::new(|_| ());
    assert_eq!(world.form("/register", &[], "user_id=alice").status, 415);
    assert_eq!(world.json("/register", &json!([])).text("code"), "parse_error");
}
