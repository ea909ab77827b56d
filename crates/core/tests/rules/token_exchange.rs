//! Grants beside the client's own credentials: whose token is whose, and what may come back.

use hallpass_core::dialect::{ClientAuth, Dialect, Exchange, GrantType, TokenExchange};
use hallpass_core::error::Oddity;
use hallpass_core::{Secrets, secret};

use crate::world::{World, basic_form, held};

const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

fn exchange() -> TokenExchange {
    TokenExchange::new("alice", JWT)
}

#[test]
fn another_grant_or_subject_or_type_is_another_token() {
    let of = |grant| basic_form().grant_type(grant).key();
    let bearer = |subject: Option<&str>| GrantType::JwtBearer { subject: subject.map(str::to_owned), claims: vec![] };
    let claiming = |value: &str| GrantType::JwtBearer {
        subject: Some("alice".into()),
        claims: vec![("scope".into(), value.into())],
    };
    let keys = [
        of(GrantType::ClientCredentials),
        of(bearer(None)),
        of(bearer(Some("alice"))),
        of(claiming("read")),
        of(claiming("write")),
        of(GrantType::TokenExchange(exchange())),
        of(GrantType::TokenExchange(TokenExchange::new("bob", JWT))),
        of(GrantType::TokenExchange(TokenExchange::new("alice", ACCESS_TOKEN))),
        of(GrantType::TokenExchange(exchange().actor(JWT))),
        of(GrantType::TokenExchange(exchange().requested(JWT))),
        of(GrantType::RefreshToken { subject: "alice".into() }),
        of(GrantType::RefreshToken { subject: "bob".into() }),
    ];
    for (at, key) in keys.iter().enumerate() {
        assert!(!keys[..at].contains(key), "{at}");
    }
    assert_eq!(keys[0], basic_form().key(), "what was kept before is found");
}

#[test]
fn a_client_that_is_not_named_needs_no_secret_of_its_own() {
    let dialect =
        basic_form().client_auth(ClientAuth::None).grant_type(GrantType::JwtBearer { subject: None, claims: vec![] });
    let run = World::new(&dialect).knowing(Secrets::one(secret::ASSERTION, "h.p.s")).answered(503, &[], "");
    assert_eq!(run.trace, ["ask assertion", "send authenticate"]);
}

/// RFC 8693 sections 2.2.1 and 2.3.
#[test]
fn what_is_no_access_token_comes_if_it_was_asked_for() {
    let reply = |kind: &str| {
        format!(r#"{{"access_token":"T1","issued_token_type":"{JWT}","token_type":"{kind}","expires_in":60}}"#)
    };
    let secrets = || Secrets::one(secret::SUBJECT_TOKEN, "s").with(secret::CLIENT_SECRET, "c");
    let run = |exchange: TokenExchange, kind: &str| {
        let dialect = basic_form().grant_type(GrantType::TokenExchange(exchange));
        World::new(&dialect).knowing(secrets()).answered(200, &[], reply(kind))
    };
    assert_eq!(run(exchange(), "Bearer").grant().access_token().expose(), "T1");
    assert_eq!(run(exchange().requested(JWT), "N_A").grant().access_token().expose(), "T1");
    for (exchange, kind) in
        [(exchange(), "N_A"), (exchange().requested(ACCESS_TOKEN), "N_A"), (exchange().requested(JWT), "DPoP")]
    {
        assert_eq!(run(exchange, kind).oddity(), &Oddity::TokenType(kind.into()));
    }
}

/// The client's own credentials would bring another principal's token.
#[test]
fn without_its_refresh_token_there_is_no_token() {
    let dialect = basic_form().grant_type(GrantType::RefreshToken { subject: "alice".into() });
    let none = World::new(&dialect).answered(200, &[], "{}");
    assert!(none.trace.is_empty() && none.error().to_string().contains("import one"), "{}", none.error());
    let refused = World::new(&dialect).holding(held("", "R1")).answered(400, &[], r#"{"error":"invalid_grant"}"#);
    assert_eq!(refused.trace, ["ask client_secret", "save R1 marked RefreshToken", "send refresh", "save"]);
    assert!(refused.error().to_string().contains("Import a new refresh token"), "{}", refused.error());
}

/// What was had elsewhere may be for more than this login needs, and at some servers the scope says for which API a token is.
#[test]
fn a_token_that_was_had_elsewhere_is_refreshed_for_the_scope_of_here() {
    let scoped = |grant| {
        let dialect = basic_form().scope("read write").grant_type(grant);
        let run = World::new(&dialect).holding(held("", "R1")).answered(503, &[], "");
        String::from_utf8(run.requests[0].body.expose().to_vec()).expect("a form")
    };
    let imported = scoped(GrantType::RefreshToken { subject: "alice".into() });
    assert_eq!(imported, "grant_type=refresh_token&refresh_token=R1&scope=read%20write");
    assert_eq!(scoped(GrantType::ClientCredentials), "grant_type=refresh_token&refresh_token=R1", "as before");
}

#[test]
fn each_grant_asks_for_its_own_secrets_and_a_refresh_for_the_clients_only() {
    let actor = exchange().actor(JWT);
    for (grant, needs) in [
        (GrantType::ClientCredentials, &[secret::CLIENT_SECRET][..]),
        (GrantType::JwtBearer { subject: None, claims: vec![] }, &[secret::ASSERTION, secret::CLIENT_SECRET]),
        (GrantType::TokenExchange(exchange()), &[secret::SUBJECT_TOKEN, secret::CLIENT_SECRET]),
        (GrantType::TokenExchange(actor), &[secret::SUBJECT_TOKEN, secret::ACTOR_TOKEN, secret::CLIENT_SECRET]),
    ] {
        let dialect = basic_form().grant_type(grant);
        assert_eq!(dialect.needs(Exchange::authenticate()), needs);
        assert_eq!(dialect.needs(Exchange::refresh()), [secret::CLIENT_SECRET]);
    }
}
