//! Refresh and authentication: what is asked, kept and dropped on the way to a grant.

use core::time::Duration;

use hallpass_core::dialect::{ClientAuth, Dialect, Exchange, Gain, Goal, Held, Key, Refusal, reading};
use hallpass_core::{Error, Misuse, Now, Reply, Request, Retry, Secrets};

use crate::world::{
    ROTATED, SAVING, SENDING, START, TOKEN, World, basic_form, held, password_form, reply, start, url, user_key,
};

#[test]
fn an_authentication_spends_nothing_so_nothing_is_saved_before_it() {
    let run = World::new(&basic_form()).answered(200, &[], TOKEN);
    assert_eq!(run.trace, ["ask client_secret", "send authenticate"]);
    assert_eq!(run.grant().header_value(), "Bearer T1");
}

#[test]
fn a_gained_refresh_token_is_saved_before_the_grant_is_served() {
    let run = World::new(&password_form()).answered(200, &[], ROTATED);
    assert_eq!(run.trace, ["ask password", "send authenticate", "save R2"]);
}

#[test]
fn a_refresh_is_marked_before_it_is_sent_and_its_token_replaced_after() {
    let run = World::new(&basic_form()).holding(held("", "R1")).answered(200, &[], ROTATED);
    assert_eq!(run.trace, ["ask client_secret", "save R1 marked RefreshToken", "send refresh", "save R2"]);
    assert_eq!(run.grant().header_value(), "Bearer T1");
}

/// A refresh answered without a new token proves that the old one did not rotate.
#[test]
fn a_refresh_without_a_new_token_keeps_the_old_one_and_clears_its_mark() {
    let run = World::new(&user_key()).holding(held("K", "R1")).answered(200, &[], TOKEN);
    assert_eq!(run.trace, ["save K R1 marked RefreshToken", "send refresh", "save K R1"]);
}

#[test]
fn secrets_are_asked_for_only_where_the_exchange_needs_them() {
    let with_client = password_form().client("app", ClientAuth::Body);
    let public = password_form().client("app", ClientAuth::Public);
    let cases: [(&dyn Dialect, Held, &[&str]); 8] = [
        (&user_key(), held("K", "R1"), &[]),
        (&user_key(), held("K", ""), &["ask user_secret"]),
        (&password_form(), held("", "R1"), &[]),
        (&password_form(), held("", ""), &["ask password"]),
        (&with_client, held("", "R1"), &["ask client_secret"]),
        (&with_client, held("", ""), &["ask password client_secret"]),
        (&public, held("", ""), &["ask password"]),
        (&basic_form().client_auth(ClientAuth::Public), held("", ""), &[]),
    ];
    for (dialect, held, asked) in cases {
        let run = World::new(dialect).holding(held.clone()).answered(200, &[], TOKEN);
        let asks: Vec<_> = run.trace.iter().filter(|word| word.starts_with("ask")).collect();
        assert_eq!(asks, asked, "{:?}, {held:?}", dialect.key());
    }
}

#[test]
fn a_refused_refresh_authenticates_once_and_drops_only_the_refresh_token() {
    let replies = [Ok(reply(400, &[], r#"{"error":"invalid_grant"}"#)), Ok(reply(200, &[], ROTATED))];
    let run = World::new(&user_key()).holding(held("K", "R1")).answers(replies);
    let expected = [
        "save K R1 marked RefreshToken",
        "send refresh",
        "save K",
        "ask user_secret",
        "send authenticate",
        "save K R2",
    ];
    assert_eq!(run.trace, expected);
    assert_eq!(run.grant().header_value(), "Bearer T1");
}

#[test]
fn a_login_refused_twice_fails_with_the_second_refusal() {
    let replies = [Ok(reply(400, &[], r#"{"error":"invalid_grant"}"#)), Ok(reply(401, &[], r#"{"error":"nope"}"#))];
    let run = World::new(&password_form()).holding(held("", "R1")).answers(replies);
    assert_eq!(run.trace, ["save R1 marked RefreshToken", "send refresh", "save", "ask password", "send authenticate"]);
    assert_eq!(run.refused().code.as_deref(), Some("nope"));
    assert_eq!(run.error().retry(), Retry::Never);
}

/// An imported refresh token has nothing behind it.
#[test]
fn a_refused_refresh_token_with_nothing_to_fall_back_to_is_dropped() {
    let said = [
        (400, r#"{"error":"invalid_grant"}"#),
        (401, r#"{"detail":"Token is invalid"}"#),
        (200, r#"{"error":"invalid_code"}"#),
        (403, r#"{"code":"token_expired"}"#),
    ];
    for (status, body) in said {
        let run = World::new(&user_key()).holding(held("", "R1")).answered(status, &[], body);
        assert_eq!(run.trace, ["save R1 marked RefreshToken", "send refresh", "save"], "{body}");
        assert!(run.refused().advice.starts_with("Import a new refresh token"), "{}", run.refused().advice);
    }
}

#[test]
fn one_that_the_server_may_not_have_looked_at_is_kept() {
    let run = World::new(&user_key()).holding(held("", "R1")).answered(403, &[], r#"{"message":"Blocked"}"#);
    assert_eq!(run.trace, ["save R1 marked RefreshToken", "send refresh", "save R1"]);
    assert_eq!(run.refused().text.as_deref(), Some("Blocked"));
}

/// RFC 6749 section 5.2 and RFC 8707 section 2: these are about the request, or the server.
#[test]
fn a_request_that_is_wrong_costs_no_refresh_token() {
    for code in ["invalid_request", "invalid_scope", "invalid_target", "unsupported_grant_type", "server_error"] {
        let body = format!(r#"{{"error":"{code}"}}"#);
        let run = World::new(&user_key()).holding(held("", "R1")).answered(400, &[], body);
        assert_eq!(run.trace, ["save R1 marked RefreshToken", "send refresh", "save R1"], "{code}");
        assert_eq!(run.refused().code.as_deref(), Some(code));
        assert!(run.refused().advice.contains("import a new one"), "{}", run.refused().advice);
    }
}

/// What servers say of a bad day, and of a client that brings somebody else's.
#[test]
fn what_says_nothing_of_the_refresh_token_costs_none() {
    let said = [
        (200, r#"{"ok":false,"error":"internal_error"}"#),
        (403, r#"{"error":"unauthorized_client","error_description":"refresh_token is invalid"}"#),
    ];
    for (status, body) in said {
        let run = World::new(&user_key()).holding(held("", "R1")).answered(status, &[], body);
        assert_eq!(run.trace, ["save R1 marked RefreshToken", "send refresh", "save R1"], "{body}");
        assert!(run.refused().advice.contains("import a new one"), "{}", run.refused().advice);
    }
}

/// Zoho, Exact Online and Salesforce say so with the status of a refusal.
#[test]
fn a_server_that_was_asked_too_often_has_refused_nothing() {
    for (status, body) in [
        (400, r#"{"error":"Access Denied","error_description":"You have made too many requests continuously."}"#),
        (400, r#"{"error":"access_denied","error_description":"Rate limit exceeded: access_token not expired"}"#),
        (400, r#"{"error":"rate_limit_exceeded"}"#),
        (400, r#"{"error":"slow_down"}"#),
        (200, r#"{"ok":false,"error":"ratelimited"}"#),
    ] {
        let run = World::new(&user_key()).holding(held("", "R1")).answered(status, &[], body);
        assert_eq!(run.trace, ["save R1 marked RefreshToken", "send refresh", "save R1"], "{body}");
        assert!(matches!(run.error(), Error::Unreachable(_)), "{:?}", run.error());
    }
    let run = World::new(&basic_form()).answered(400, &[], r#"{"error":"slow_down"}"#);
    assert_eq!(run.error().retry(), Retry::After(Duration::from_mins(1)), "no server wants to be asked again at once");
    // With these it may be the password that was tried too often, and what the code says of the token holds.
    for (status, body) in [
        (401, r#"{"error":"access_denied","error_description":"Too many requests: wrong password"}"#),
        (400, r#"{"error":"invalid_grant","error_description":"too many requests with an old refresh token"}"#),
        (400, r#"{"error":"access_denied","error_description":"scope rate_limit.read is not granted"}"#),
        (400, r#"{"error":"unauthorized_client","error_description":"rate limit reader may not use this grant"}"#),
    ] {
        let run = World::new(&user_key()).holding(held("", "R1")).answered(status, &[], body);
        assert!(matches!(run.error(), Error::Denied(_)), "{:?}", run.error());
    }
}

#[test]
fn a_refused_authentication_fails_and_changes_nothing() {
    let run = World::new(&basic_form()).answered(401, &[], r#"{"error":"invalid_client"}"#);
    assert_eq!(run.trace, ["ask client_secret", "send authenticate"]);
    assert_eq!(run.refused().code.as_deref(), Some("invalid_client"));
}

/// Authenticates whatever is held, as the user key API does once its first refresh token is gone.
struct AlwaysAuthenticates;

impl Dialect for AlwaysAuthenticates {
    fn key(&self) -> Key {
        Key::new("always", &url("https://auth.example/token"))
    }
    fn next(&self, _: &Held, _: Goal) -> Result<Exchange, Misuse> {
        Ok(Exchange::authenticate())
    }
    fn needs(&self, _: Exchange) -> &[&'static str] {
        &[]
    }
    fn request(&self, _: Exchange, _: &Held, _: &Secrets, _: Now) -> Result<Request, Misuse> {
        Ok(Request::post(url("https://auth.example/token"), "application/json", b"{}".to_vec()))
    }
    fn read(&self, _: Exchange, reply: &Reply) -> Result<Gain, Refusal> {
        reading::token(reply, None)
    }
}

#[test]
fn an_authentication_without_a_refresh_token_keeps_the_held_one_even_if_it_is_refused() {
    // Nothing is saved, so what the store holds stays.
    let run = World::new(&AlwaysAuthenticates).holding(held("", "R1")).answered(200, &[], TOKEN);
    assert_eq!(run.trace, ["send authenticate"]);
    let run = World::new(&AlwaysAuthenticates).holding(held("", "R1")).answered(200, &[], ROTATED);
    assert_eq!(run.trace, ["send authenticate", "save R2"]);
    let run = World::new(&AlwaysAuthenticates).holding(held("", "R1")).answered(401, &[], "");
    assert_eq!(run.trace, ["send authenticate"]);
}

/// The server's count begins somewhere between the send and the reply; only the send is certain to be no later.
#[test]
fn life_is_counted_from_before_the_send_and_after_the_mark() {
    let run = World::new(&basic_form()).answered(200, &[], TOKEN);
    assert_eq!(run.grant().expires_at().expect("a life").unix_timestamp(), START + 3600);

    let run = World::new(&user_key()).holding(held("K", "R1")).answered(200, &[], TOKEN);
    let sent = start().after(SAVING);
    assert_eq!(run.grant().expires_at().expect("a life").unix_timestamp(), START + 10 + 3600);
    assert_eq!(run.grant().expires_in(sent.after(SENDING)), Some(Duration::from_secs(3500)));
    // A wall clock that was set back does not lengthen it, nor does a monotonic clock that slept.
    let back = Now { wall: start().wall, ..sent.after(SENDING) };
    assert_eq!(run.grant().expires_in(back), Some(Duration::from_secs(3500)));
    let slept = Now { mono: sent.mono, ..sent.after(SENDING) };
    assert_eq!(run.grant().expires_in(slept), Some(Duration::from_secs(3500)));
    assert_eq!(run.grant().expires_in(start().after(Duration::MAX)), Some(Duration::ZERO));
}

#[test]
fn an_unstated_life_is_the_dialects_then_the_logins_then_unknown() {
    let silent = r#"{"access_token":"T1"}"#;
    let hour = Some(3600);
    assert_eq!(World::new(&user_key()).holding(held("K", "")).answered(200, &[], silent).life(), hour);
    assert_eq!(World::new(&user_key()).holding(held("K", "R")).answered(200, &[], silent).life(), hour);
    let minute = Duration::from_mins(1);
    assert_eq!(World::new(&basic_form()).default_life(minute).answered(200, &[], silent).life(), Some(60));
    assert_eq!(World::new(&basic_form()).default_life(minute).answered(200, &[], TOKEN).life(), hour);
    assert_eq!(World::new(&basic_form()).answered(200, &[], silent).life(), None);
}

#[test]
fn a_dialect_without_registration_refuses_to_register_and_sends_nothing() {
    for dialect in [&basic_form() as &dyn Dialect, &password_form()] {
        let run = World::new(dialect).registering().answered(200, &[], TOKEN);
        assert!(run.trace.is_empty());
        assert!(matches!(run.error(), hallpass_core::Error::Misuse(Misuse::NoRegistration { .. })));
    }
}

#[test]
fn a_secret_that_was_not_given_fails_before_anything_is_marked_or_sent() {
    let dialect = password_form().client("app", ClientAuth::Body);
    let run = World::new(&dialect).holding(held("", "R1")).knowing(Secrets::new()).answered(200, &[], TOKEN);
    assert_eq!(run.trace, ["ask client_secret"]);
    assert!(run.error().to_string().contains("`client_secret` is missing"), "{}", run.error());
}

#[test]
fn where_secrets_may_not_travel_nothing_is_marked_or_sent() {
    let dialect = hallpass_core::dialect::PasswordForm::new(url("http://auth.example/token"), "me");
    let run = World::new(&dialect).holding(held("", "R1")).answered(200, &[], TOKEN);
    assert!(run.trace.is_empty());
    assert!(matches!(run.error(), hallpass_core::Error::Misuse(Misuse::PlainHttp { .. })));
}
