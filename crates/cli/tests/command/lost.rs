//! A call that may have been done although nobody said so.

use hallpass_testserver::script::{Act, Reply, ScriptServer, answers};
use serde_json::Value;

use crate::world::{Home, profile, says};

fn api(server: &ScriptServer, more: &str) -> Home {
    Home::new(&profile(&server.origin(), &format!("api_url = '{}/'\n{more}", server.origin())))
}

/// Doing it again may do it twice (RFC 9110 section 9.2.2).
#[test]
fn a_call_that_may_have_been_done_is_not_to_be_tried_again() {
    let token = || answers([Reply::json(200, r#"{"access_token":"t"}"#)]);
    let nothing = || vec![Act::Read, Act::Close];
    let half = || vec![Act::Read, Act::reply(Reply::new(200).body("half").truncated(4)), Act::Close];
    let told = |script: Vec<Act>, method: &str, url: &str, auth: &[&str]| {
        let first = if auth.is_empty() { token() } else { script.clone() };
        let server = ScriptServer::builder().connection(first).connection(script).start().expect("a server");
        let ran = api(&server, "").run(&[&["request", "x", url, "-X", method, "--errors", "json"], auth].concat());
        assert_eq!(ran.code, 5, "{ran:?}");
        let (error, said) = (ran.error(), format!("the {method} may have been done"));
        let said = error["message"].as_str().expect("a text").contains(&said);
        let again = error["retry"].as_bool().expect("a flag");
        assert!(said != again && (again || !ran.err.contains("rying again")), "{ran:?}");
        said
    };
    for (method, once) in [("POST", true), ("PATCH", true), ("X", true), ("PUT", false), ("DELETE", false)] {
        for auth in [&[][..], &["--no-auth"]] {
            assert_eq!(told(nothing(), method, "items", auth), once, "{method}");
            assert_eq!(told(half(), method, "items", auth), once, "{method}");
        }
    }
    assert!(!told(nothing(), "POST", "http://127.0.0.1:1/", &["--no-auth"]), "nobody was there");
    let speaks_no_tls = ScriptServer::start(answers([Reply::new(400)])).expect("a server");
    let url = speaks_no_tls.origin().replacen("http", "https", 1);
    assert!(!told(nothing(), "POST", &url, &["--no-auth"]), "the request was never written");
}

/// A gateway's answer says nothing about the server behind it, and a server may have failed after it had done it.
#[test]
fn a_server_that_failed_may_have_done_it_all_the_same() {
    let told = |reply: Reply, method: &str| {
        let server = says(&reply);
        let ran = api(&server, "").run(&["request", "x", "items", "-X", method, "--errors", "json"]);
        assert_eq!(ran.code, 5, "{ran:?}");
        let (error, said) = (ran.error(), format!("the {method} may have been done"));
        let said = error["message"].as_str().expect("a text").contains(&said);
        let (again, advised) = (error["retry"].as_bool().expect("a flag"), ran.err.contains("rying again"));
        assert!(said != again && !(said && advised) && (again || error["retry_after"] == Value::Null), "{ran:?}");
        said
    };
    for status in [500, 502, 503, 504, 599] {
        assert!(told(Reply::new(status), "POST") && told(Reply::new(status), "PATCH"), "{status}");
        assert!(!told(Reply::new(status), "GET") && !told(Reply::new(status), "PUT"), "{status}");
    }
    // Neither of them has looked at the request.
    for status in [408, 425, 429, 501, 505, 511] {
        assert!(!told(Reply::new(status), "POST"), "{status}");
    }
    assert!(!told(Reply::new(503).header("retry-after", "3"), "POST"), "it says when to come back");
    assert!(told(Reply::new(504).header("retry-after", "3"), "POST"), "a gateway does not know");
}

/// Each try would end at the same place.
#[test]
fn a_body_that_takes_too_long_is_not_to_be_tried_again() {
    let token = answers([Reply::json(200, r#"{"access_token":"t"}"#)]);
    let endless = vec![Act::Read, Act::reply(Reply::new(200).body("half").truncated(4)), Act::Stall];
    let server = ScriptServer::builder().connection(token).connection(endless).start().expect("a server");
    let ran = api(&server, "timeout = '3s'").run(&["request", "x", "items", "--errors", "json"]);
    assert_eq!((ran.code, ran.out.as_str()), (5, "half"), "{ran:?}");
    let error = ran.error();
    let message = error["message"].as_str().expect("a text");
    assert!(error["retry"] == false && message.contains("raise `call_timeout` of profile `x`"), "{ran:?}");
}
