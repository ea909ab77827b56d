//! `WWW-Authenticate` at a token endpoint: a refusal is one whatever the challenge beside it, and is not answered.

use super::{Row, table};
use crate::case::Case;

const SCHEMES: [&str; 9] =
    ["Bearer", "bearer", "BEARER", "Basic", "Digest", "DPoP", "Negotiate", "GNAP", "x!#$%&'*+-.^_`|~"];

const PARAMETERS: [&str; 9] = [
    "",
    "realm=\"a, b\"",
    "error=\"invalid_token\", error_description=\"The access token expired\"",
    "error=insufficient_scope, scope=\"read write\"",
    "error=\"use_dpop_nonce\"",
    "realm=\"open, error=\"invalid_token",
    "realm=\"\\\"quoted\\\" \\\\\", , ,,error=invalid_token",
    "=, =\"\", a==, ,\"",
    "dGhpcyBpcyBhIHRva2VuNjg=, Basic realm=x, Bearer error=invalid_token",
];

pub(super) fn cases() -> Vec<Case> {
    let challenges = SCHEMES.iter().flat_map(|scheme| PARAMETERS.map(|rest| format!("{scheme} {rest}")));
    let challenges: Vec<String> = challenges.collect();
    let rows = challenges.iter().enumerate().map(|(number, challenge)| Row {
        name: format!("{number:02} {challenge}"),
        status: if number % 5 == 0 { 400 } else { 401 },
        headers: vec![("www-authenticate", challenge)],
        body: r#"{"error":"invalid_grant"}"#.into(),
        expect: "denied code=invalid_grant",
    });
    table("bad-challenge", rows)
}
