//! `doctor --try`: the other spellings.

use serde_json::Value;

use super::proofs::*;
use super::refusals::*;
use super::worlds::*;
use crate::world::{Home, SECRETS, profile, server};

#[test]
fn with_try_the_spelling_that_works_is_found() {
    let (home, _server) = raw_server();
    let ran = home.run(&["doctor", "x", "--try", "--format", "json"]);
    let report: Value = serde_json::from_str(&ran.out).expect("JSON");
    let reply =
        &report["steps"].as_array().expect("steps").iter().find(|it| it["step"] == "reply").expect("there")["causes"];
    assert_eq!(reply[0]["remedy"], "set basic_encoding = \"raw\"", "{report}");
    assert_eq!(ran.code, 3, "the profile is still wrong");
    let (home, _server) = path("auth0-json", "/oauth/v2/token");
    let ran = home.run(&["doctor", "x", "--try"]);
    ran.hides(&SECRETS);
    assert!(ran.out.contains("not JSON (tried: a token came)"), "{}", ran.out);
}

/// Its token stands elsewhere, and its settings have names of their own.
#[test]
fn with_try_a_described_login_is_read_and_advised_as_described() {
    let (home, _server) = described();
    let ran = home.run(&["doctor", "x", "--try"]);
    ran.hides(&["canary+100%", "canary-token"]);
    assert!(
        ran.out.contains("(tried: a token came)") && ran.out.contains("set `encoding` in `basic` ="),
        "{}",
        ran.out
    );
    assert!(!ran.out.contains("basic_encoding") && !ran.out.contains("client_auth"), "{}", ran.out);
    let (home, _server) = described();
    let untried = home.run(&["doctor", "x"]).out;
    assert!(untried.contains("without `basic`") || !untried.contains("client_auth"), "{untried}");
}

/// An assertion is for one send, and no server takes one as JSON.
#[test]
fn with_try_no_assertion_is_sent_again() {
    let (home, _server) = signs("", |provider| provider.verify_signatures(|_, _| false));
    let ran = home.run(&["doctor", "x", "--try", "--format", "json"]);
    let report: Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(report["logins"], 1, "{report}");
}

/// Two encodings may spell a secret alike.
#[test]
fn with_try_nothing_is_sent_twice() {
    let server = server();
    let home = Home::new(&profile(&server.origin(), "basic_encoding = 'raw'").replace(SECRETS[0], "canary+100%"));
    home.run(&["doctor", "x", "--try"]).hides(&["canary+100%"]);
    let sent: Vec<_> =
        server.requests().iter().map(|it| (it.headers.get("authorization").cloned(), it.body.clone())).collect();
    assert_eq!(sent.len(), 3, "{sent:?}");
    assert!((1..3).all(|at| !sent[..at].contains(&sent[at])), "{sent:?}");
}

#[test]
fn with_try_an_id_of_any_characters_is_tried() {
    let (home, _server) = odd_raw_server();
    let ran = home.run(&["doctor", "x", "--try"]);
    assert!(ran.out.contains("set basic_encoding = \"raw\""), "{}", ran.out);
}
