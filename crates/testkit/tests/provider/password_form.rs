//! Username and password as a form.

use hallpass_testkit::provider::{RefreshIssue, User};

use crate::world::{DEMO_BASIC, World};

const LOGIN: &str = "username=alice&password=correct+horse+9";

#[test]
fn username_and_password_alone_are_enough() {
    let mut world = World::new(|_| ());
    let answer = world.form("/authorization", &[], LOGIN);
    assert_eq!((answer.status.as_u16(), answer.value()["expires_in"].as_u64()), (200, Some(3600)));
    assert_eq!(answer.text("token_type"), "Bearer");
    assert!(answer.value().get("refresh_token").is_none());
    assert_eq!(world.call("/password-form/data", &answer.text("access_token")).text("owner"), "alice");
}

#[test]
fn the_grant_type_may_be_said() {
    let mut world = World::new(|_| ());
    assert_eq!(world.form("/authorization", &[], &format!("{LOGIN}&grant_type=password")).status, 200);
    let other = world.form("/authorization", &[], &format!("{LOGIN}&grant_type=client_credentials"));
    assert!(other.is_error(400, "unsupported_grant_type"));
}

#[test]
fn a_password_may_hold_any_letter() {
    let (username, password) = ("o'brien+x@example.org", "p&ss w=rd%20+é-long");
    let user = User { username: username.into(), password: password.into() };
    let mut world = World::new(|config| config.users = vec![user]);
    for body in [
        "username=o%27brien%2Bx%40example.org&password=p%26ss+w%3Drd%2520%2B%C3%A9-long",
        "username=o%27brien%2Bx%40example.org&password=p%26ss%20w%3Drd%2520%2B%C3%A9-long",
    ] {
        assert_eq!(world.form("/authorization", &[], body).status, 200);
    }
}

#[test]
fn a_wrong_name_or_password_is_an_invalid_grant() {
    let mut world = World::new(|_| ());
    for body in ["username=alice&password=nope", "username=nobody&password=correct+horse+9"] {
        assert!(world.form("/authorization", &[], body).is_error(400, "invalid_grant"));
    }
}

#[test]
fn a_missing_parameter_is_an_invalid_request() {
    let mut world = World::new(|_| ());
    for body in ["username=alice", "password=x", "grant_type=refresh_token", "username=&password=x"] {
        assert!(world.form("/authorization", &[], body).is_error(400, "invalid_request"), "{body}");
    }
}

#[test]
fn a_client_may_be_named_by_header_or_body_and_must_then_be_known() {
    let mut world = World::new(|_| ());
    assert_eq!(world.form("/authorization", &[DEMO_BASIC], LOGIN).status, 200);
    for client in ["client_id=demo-client&client_secret=demo-secret", "client_id=public-client"] {
        assert_eq!(world.form("/authorization", &[], &format!("{LOGIN}&{client}")).status, 200, "{client}");
    }
    for client in ["client_id=nobody", "client_id=demo-client", "client_id=demo-client&client_secret=x"] {
        let answer = world.form("/authorization", &[], &format!("{LOGIN}&{client}"));
        assert!(answer.is_error(401, "invalid_client"), "{client}");
    }
    assert!(world.form("/authorization", &[], &format!("{LOGIN}&client_secret=x")).is_error(400, "invalid_request"));
}

#[test]
fn a_refresh_token_given_to_a_client_needs_that_client() {
    let mut world = World::new(|config| config.password_form.refresh_token = RefreshIssue::Always);
    let login = format!("{LOGIN}&client_id=public-client");
    let token = world.form("/authorization", &[], &login).text("refresh_token");
    let refresh = format!("grant_type=refresh_token&refresh_token={token}");
    assert!(world.form("/authorization", &[], &refresh).is_error(400, "invalid_grant"));
    assert_eq!(world.form("/authorization", &[], &format!("{refresh}&client_id=public-client")).status, 200);
}

#[test]
fn a_refresh_token_of_another_dialect_is_unknown() {
    let mut world = World::new(|config| {
        config.password_form.refresh_token = RefreshIssue::Always;
        config.basic_form.refresh_token = RefreshIssue::Always;
    });
    let token = world.form("/authorization", &[DEMO_BASIC], LOGIN).text("refresh_token");
    let refresh = format!("grant_type=refresh_token&refresh_token={token}");
    assert!(world.form("/oauth/v2/token", &[DEMO_BASIC], &refresh).is_error(400, "invalid_grant"));
}
