//! Where a token goes to be revoked, what is asked for and sent there, and what each answer means.

use core::time::Duration;

use http::HeaderMap;
use time::UtcDateTime;

use super::*;
use crate::http::Body;
use crate::time::Now;

fn revocation() -> Revocation {
    Revocation::new(Endpoint::parse("https://auth.example/revoke").expect("a URL"))
}

fn token() -> Token {
    Token::Access(AccessToken::new("T1").expect("visible ASCII"))
}

fn answered(revocation: &Revocation, status: u16, body: &str) -> Result<Answer, Error> {
    let secrets = Secrets::one(CLIENT_ASSERTION, "h.p.s");
    let revoking = revocation.revoke(token(), secrets, &EgressRules::default()).expect("a request");
    let (headers, received) = (HeaderMap::new(), Now { mono: Duration::ZERO, wall: UtcDateTime::UNIX_EPOCH });
    let (status, body) = (StatusCode::from_u16(status).expect("a status"), Body::new(body.into()));
    revoking.replied(Ok(Reply { status, headers, body, cut: false, received }))
}

fn refused(revocation: &Revocation) -> String {
    answered(revocation, 401, r#"{"error":"invalid_client"}"#).expect_err("it is refused").to_string()
}

/// Invariant 7.
#[test]
fn no_token_goes_out_unencrypted() {
    let plain = Revocation::new(Endpoint::parse("http://auth.example/revoke").expect("a URL"));
    let refused = plain.revoke(token(), Secrets::new(), &EgressRules::default());
    assert!(matches!(refused, Err(Misuse::PlainHttp { .. })), "{refused:?}");
}

#[test]
fn an_assertion_of_its_own_is_asked_for_and_sent_as_the_clients() {
    let signs = revocation().client("c", ClientAuth::Assertion);
    assert_eq!(signs.needs(), Some(CLIENT_ASSERTION));
    let own = signs.own_assertion();
    assert_eq!(own.needs(), Some(REVOCATION_ASSERTION));
    let secrets = Secrets::one(REVOCATION_ASSERTION, "its.own.one");
    let revoking = own.revoke(token(), secrets, &EgressRules::default()).expect("a request");
    let sent = String::from_utf8(revoking.request().body.expose().to_vec()).expect("a form");
    assert!(sent.contains("&client_assertion=its.own.one"), "{sent}");
    let by_secret = revocation().client("c", ClientAuth::Body).own_assertion();
    assert_eq!(by_secret.needs(), Some("client_secret"), "nothing is signed");
}

#[test]
fn a_refusal_says_what_of_the_client_may_be_missing() {
    assert!(refused(&revocation()).contains("names no client"));
    assert!(refused(&revocation().client("c", ClientAuth::None)).contains("names no client"));
    assert!(refused(&revocation().client("c", ClientAuth::Assertion)).contains("revocation_audience"));
}

#[test]
fn the_server_is_told_what_kind_of_token_it_is() {
    for (token, form) in [
        (token(), &b"token=T1&token_type_hint=access_token"[..]),
        (Token::Refresh(RefreshToken::new("R1")), b"token=R1&token_type_hint=refresh_token"),
    ] {
        let revoking = revocation().revoke(token, Secrets::new(), &EgressRules::default()).expect("a request");
        assert_eq!(revoking.request().body.expose(), form);
    }
}

#[test]
fn what_a_server_does_not_do_is_no_failure() {
    let unsupported = r#"{"error":"unsupported_token_type"}"#;
    assert_eq!(answered(&revocation(), 400, unsupported), Ok(Answer::Unsupported));
    assert_eq!(answered(&revocation(), 200, ""), Ok(Answer::Revoked));
}

/// Keycloak says it of the access token once the refresh token is revoked, Google of any token that has expired.
#[test]
fn a_token_that_is_good_for_nothing_any_more_counts_as_revoked() {
    let ended = r#"{"error":"invalid_token","error_description":"Token expired or revoked"}"#;
    for status in [200, 400] {
        assert_eq!(answered(&revocation(), status, ended), Ok(Answer::Revoked));
    }
    assert!(answered(&revocation(), 401, ended).is_err(), "it may be about what the client proves itself with");
}

/// Wire rules 13 and 16: whoever forgets a token because of it would leave it in use.
#[test]
fn a_page_or_a_refusal_with_200_is_no_success() {
    let refused =
        ["<html>Log in</html>", r#"{"error":"invalid_client"}"#, r#"{"success":false}"#, r#"{"errcode":40001}"#];
    for body in refused.into_iter().chain(["{}", r#"{"error":null,"revoked":true}"#, "OK", "[]"]) {
        assert_eq!(answered(&revocation(), 200, body).is_err(), refused.contains(&body), "{body}");
    }
}

#[test]
fn a_refusal_that_is_not_about_the_client_says_nothing_of_it() {
    for auth in [ClientAuth::None, ClientAuth::Assertion] {
        let nobody_there = answered(&revocation().client("c", auth), 404, "").expect_err("it is refused").to_string();
        assert!(nobody_there.contains("Check the URL"), "{nobody_there}");
    }
    let nobody_there = answered(&revocation(), 404, "").expect_err("it is refused").to_string();
    assert!(nobody_there.contains("Check the URL"), "{nobody_there}");
}
