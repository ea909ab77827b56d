//! Inputs: the four dialects in every situation, and replies from plain nonsense to all but right.

use hallpass_core::dialect::{Auth0Json, ClientAuth, Dialect, Goal, Held};
use hallpass_core::wire::basic::BasicEncoding;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use proptest::prelude::*;

use hallpass_core::{Body, Reply};

use crate::world::{basic_form, held, password_form, start, url, user_key};

/// A dialect, what it holds and what it is run for: together every exchange there is.
pub(crate) struct Situation {
    pub(crate) name: &'static str,
    pub(crate) dialect: Box<dyn Dialect>,
    pub(crate) held: Held,
    pub(crate) goal: Goal,
}

/// Every exchange of every dialect. `key` and `token` are what is held where something is.
pub(crate) fn situations(key: &str, token: &str) -> Vec<Situation> {
    let situation = |name, dialect: Box<dyn Dialect>, held, goal| Situation { name, dialect, held, goal };
    let auth0 = Auth0Json::new(url("https://auth.example/oauth/token"), "client", "audience");
    let body = basic_form().client_auth(ClientAuth::Body);
    let form = basic_form().client_auth(ClientAuth::Basic(BasicEncoding::Form));
    let client = password_form().client("app", ClientAuth::default());
    vec![
        situation("auth0 authenticate", Box::new(auth0), Held::default(), Goal::Token),
        situation("basic authenticate", Box::new(basic_form()), Held::default(), Goal::Token),
        situation("basic refresh", Box::new(form), held("", token), Goal::Token),
        situation("body refresh", Box::new(body), held("", token), Goal::Token),
        situation("user key register", Box::new(user_key()), Held::default(), Goal::Register),
        situation("user key authenticate", Box::new(user_key()), held(key, ""), Goal::Token),
        situation("user key refresh", Box::new(user_key()), held(key, token), Goal::Token),
        situation("imported refresh", Box::new(user_key()), held("", token), Goal::Token),
        situation("password authenticate", Box::new(client), Held::default(), Goal::Token),
        situation("password refresh", Box::new(password_form()), held("", token), Goal::Token),
    ]
}

/// Any reply: any status, headers and bytes, with token replies that are all but right among them.
pub(crate) fn replies() -> impl Strategy<Value = Reply> {
    let status = prop_oneof![Just(200_u16), Just(400), Just(401), 100..1000_u16];
    let body = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..200),
        any::<String>().prop_map(String::into_bytes),
        near_tokens(),
        near_tokens(),
    ];
    (status, proptest::collection::vec(headers(), 0..4), body, any::<bool>()).prop_map(
        |(status, headers, body, cut)| Reply {
            status: StatusCode::from_u16(status).expect("from 100 to 999"),
            headers: headers.into_iter().collect::<HeaderMap>(),
            body: Body::new(body),
            cut,
            received: start(),
        },
    )
}

fn headers() -> impl Strategy<Value = (HeaderName, HeaderValue)> {
    const NAMES: &[&str] =
        &["retry-after", "date", "location", "www-authenticate", "content-encoding", "content-type", "x-any"];
    let value = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..60),
        "[-+0-9.eE]{0,30}".prop_map(String::into_bytes),
        r#"(Bearer|Basic|[a-z]{1,5}) ?([a-z]{1,9}="?[a-z\\", =]{0,9}"?,? ?){0,3}"#.prop_map(String::into_bytes),
        "(https?|ftp)://[a-z0-9.:@\\[\\]%-]{0,30}/?[a-z?#]{0,5}".prop_map(String::into_bytes),
        "[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT".prop_map(String::into_bytes),
        Just(b"Fri, 31 Dec 9999 23:59:59 GMT".to_vec()),
    ];
    (proptest::sample::select(NAMES), value).prop_filter_map("no header value", |(name, value)| {
        Some((HeaderName::from_static(name), HeaderValue::try_from(value).ok()?))
    })
}

/// Token and error replies with odd values, and now and then a byte changed or the end missing.
fn near_tokens() -> impl Strategy<Value = Vec<u8>> {
    const NAMES: &[&str] = &[
        "access_token",
        "refresh_token",
        "expires_in",
        "token_type",
        "user_key",
        "error",
        "error_description",
        "detail",
        "code",
        "x",
    ];
    let value = prop_oneof![
        any::<String>().prop_map(|text| serde_json::Value::from(text).to_string()),
        "[-+]?[0-9]{1,25}(\\.[0-9]{1,3})?([eE][-+]?[0-9]{1,4})?",
        proptest::sample::select(vec![
            "null",
            "true",
            "false",
            "[]",
            "{}",
            "\"\"",
            "\"Bearer\"",
            "\"T1\"",
            "3600",
            "1e400",
            "\"\\ud800\"",
            "[\"a\"]",
            "{\"code\":1,\"message\":\"m\"}",
            "[[[[[[]]]]]]",
            "\"e30.eyJleHAiOjFlMzA4fQ.x\"",
        ])
        .prop_map(str::to_owned),
    ];
    let members = proptest::collection::vec((proptest::sample::select(NAMES), value), 0..8);
    (members, any::<(prop::sample::Index, u8)>(), 0..10_u8).prop_map(|(members, (index, byte), mutation)| {
        let members: Vec<_> = members.into_iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        let mut body = format!("{{{}}}", members.join(",")).into_bytes();
        let at = index.index(body.len());
        match mutation {
            0 => body[at] = byte,
            1 => body.truncate(at),
            2 => body.insert(at, byte),
            _ => {}
        }
        body
    })
}
