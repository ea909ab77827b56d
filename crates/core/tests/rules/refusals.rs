//! Rules 13 to 15 and 17: refusals in every shape, and what of the server's words is told.

use core::time::Duration;

use hallpass_core::{Retry, Secrets, secret};

use crate::world::{Run, World, basic_form, held, reply, user_key};

fn refused(status: u16, body: &str) -> (Option<String>, Option<String>) {
    let run = World::new(&basic_form()).answered(status, &[], body);
    assert_eq!(run.error().retry(), Retry::Never, "{body}");
    assert_eq!(run.requests.len(), 1, "{body}");
    (run.refused().code.clone(), run.refused().text.clone())
}

#[test]
fn rule_13_an_error_in_a_200_is_a_refusal() {
    let cases = [
        // (body, code, text)
        (
            r#"{"error":"bad_verification_code","error_description":"It expired."}"#,
            "bad_verification_code",
            "It expired.",
        ),
        (r#"{"error":"no","access_token":"T1"}"#, "no", ""),
        (r#"{"error":{"code":40,"message":"m"}}"#, "40", "m"),
        (r#"{"error":{"type":"OAuthException","message":"m"}}"#, "OAuthException", "m"),
        (r#"{"error":7,"description":"d"}"#, "7", "d"),
        (r#"{"error":-1}"#, "-1", ""),
        (r#"{"error":1e400}"#, "1e400", ""),
        (r#"{"error":true,"detail":"d"}"#, "true", "d"),
        (r#"{"error":["a","b"],"message":"m"}"#, "", "m"),
        (r#"{"error":[{"a":1}]}"#, "", ""),
        (r#"{"error":"\ud800"}"#, "", ""),
        (r#"{"error":"ÜBER 😀"}"#, "ÜBER 😀", ""),
        (r#"{"error":"x","code":"y"}"#, "x", ""),
        (r#"{"error":{"error":{"error":"deep"}}}"#, "", ""),
        (r#"{"success":false,"message":"m"}"#, "", "m"),
        (r#"{"errcode":40013,"errmsg":"m"}"#, "40013", "m"),
    ];
    for (body, code, text) in cases {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        assert_eq!(refused(200, body), (some(code), some(text)), "{body}");
        assert_eq!(refused(400, body), (some(code), some(text)), "{body}");
    }
}

#[test]
fn rule_13_an_error_member_that_says_there_is_none_is_ignored() {
    for none in ["null", "false", "0", r#""""#, "{}", "[]", "{ }", "[\n]", "0.0", "-0"] {
        let body = format!(r#"{{"access_token":"T1","error":{none}}}"#);
        assert!(World::new(&basic_form()).answered(200, &[], body).end.is_ok(), "{none}");
    }
}

#[test]
fn a_server_that_could_not_look_may_be_asked_again() {
    let body = r#"{"error":"temporarily_unavailable","error_description":"Please try again."}"#;
    for status in [200, 400] {
        let run = World::new(&basic_form()).answered(status, &[("retry-after", "7")], body);
        assert_eq!(run.error().retry(), Retry::After(Duration::from_secs(7)), "{status}");
    }
}

#[test]
fn rule_14_refusals_differ_and_all_are_denied() {
    let cases = [
        // (status, body, code, text)
        (
            401,
            r#"{"error":"invalid_client","error_description":"client authentication failed"}"#,
            "invalid_client",
            "client authentication failed",
        ),
        (401, r#"{"error":"access_denied","error_description":"Unauthorized"}"#, "access_denied", "Unauthorized"),
        (400, r#"{"error":"invalid_grant"}"#, "invalid_grant", ""),
        (400, r#"{"error":"invalid_request","error_uri":"https://x"}"#, "invalid_request", ""),
        (403, "", "", ""),
        (401, "Unauthorized", "", "Unauthorized"),
        (401, r#""Unauthorized""#, "", "Unauthorized"),
        (401, "<html><body>no</body></html>", "", "an HTML page"),
        (401, r#"{"detail":"No active account","code":"no_active_account"}"#, "no_active_account", "No active account"),
        (400, r#"{"user_id":["Taken."]}"#, "", "user_id: Taken."),
        (400, r#"{"user_id":[]}"#, "", ""),
        (400, r#"{"a":1,"user_id":["one","two"]}"#, "", "user_id: one"),
        // Okta, Zoom, Twitter and JSON:API, Strava, Apigee and WSO2, FastAPI, Elastic, Supabase, in this order.
        (
            401,
            r#"{"errorCode":"E0000004","errorSummary":"Authentication failed"}"#,
            "E0000004",
            "Authentication failed",
        ),
        (400, r#"{"reason":"Invalid client_id","error":"invalid_client"}"#, "invalid_client", "Invalid client_id"),
        (403, r#"{"errors":[{"code":99,"message":"Unable to verify"},{"code":1}]}"#, "99", "Unable to verify"),
        (400, r#"{"message":"Bad Request","errors":[{"field":"code","code":"invalid"}]}"#, "invalid", "Bad Request"),
        (401, r#"{"fault":{"code":900901,"faultstring":"Invalid Credentials"}}"#, "900901", "Invalid Credentials"),
        (422, r#"{"detail":[{"type":"missing","msg":"Field required"}]}"#, "", "Field required"),
        (
            401,
            r#"{"error":{"type":"security_exception","reason":"no such user"}}"#,
            "security_exception",
            "no such user",
        ),
        (400, r#"{"code":400,"msg":"Invalid login"}"#, "400", "Invalid login"),
        (
            400,
            r#"{"error":{"code":400,"message":"API key not valid","status":"INVALID_ARGUMENT"}}"#,
            "INVALID_ARGUMENT",
            "API key not valid",
        ),
        (400, r#"{"error":{"code":401,"message":"no"}}"#, "401", "no"),
        (400, r#"{"error":{"code":400,"message":"no"}}"#, "400", "no"),
        (401, r#"{"code":"invalid_client","errors":[{"status":"401","title":"no"}]}"#, "invalid_client", "no"),
        // Supabase, Fitbit, Apigee, ASP.NET, Docker Hub.
        (400, r#"{"code":400,"error_code":"invalid_credentials","msg":"Invalid"}"#, "invalid_credentials", "Invalid"),
        (401, r#"{"errors":[{"errorType":"invalid_client","message":"no"}]}"#, "invalid_client", "no"),
        (401, r#"{"ErrorCode":"invalid_client","Error":"ClientId is Invalid"}"#, "invalid_client", ""),
        (401, r#"{"Message":"Authorization has been denied"}"#, "", "Authorization has been denied"),
        (401, r#"{"details":"incorrect username or password"}"#, "", "incorrect username or password"),
        (404, "", "", ""),
        (499, "{", "", ""),
        (400, "[1,2", "", ""),
        (400, "[\"x\"]", "", ""),
        (400, "7", "", "7"),
    ];
    for (status, body, code, text) in cases {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        assert_eq!(refused(status, body), (some(code), some(text)), "{status} {body}");
    }
}

/// The body's own words come first; a challenge fills what they leave out.
#[test]
fn rule_14_a_challenge_tells_what_the_body_does_not() {
    let challenge =
        [("www-authenticate", r#"Basic realm="x", error="invalid_client", error_description="no \"such\" client""#)];
    let run = World::new(&basic_form()).answered(401, &challenge, "");
    assert_eq!(run.refused().code.as_deref(), Some("invalid_client"));
    assert_eq!(run.refused().text.as_deref(), Some("no \"such\" client"));
    let run = World::new(&basic_form()).answered(401, &challenge, r#"{"error":"other"}"#);
    assert_eq!(run.refused().code.as_deref(), Some("other"));
}

#[test]
fn rule_15_a_bearer_challenge_at_a_token_endpoint_starts_no_refresh() {
    let challenge = [("www-authenticate", r#"Bearer error="invalid_token""#)];
    let run = World::new(&basic_form()).answered(401, &challenge, "");
    assert_eq!(run.trace, ["ask client_secret", "send authenticate"]);
    assert_eq!(run.refused().code.as_deref(), Some("invalid_token"));
    // A refresh that is refused this way authenticates, once.
    let run = World::new(&user_key()).holding(held("K", "R1")).answered(401, &challenge, "");
    assert_eq!(run.requests.len(), 2);
}

#[test]
fn rule_17_server_text_is_cut_and_stripped() {
    let (_, text) = refused(400, &format!(r#"{{"error_description":"{}"}}"#, "é".repeat(1000)));
    assert_eq!(text.expect("a text"), format!("{}…", "é".repeat(256)));
    let escapes =
        r#"{"error":"a\u001b[31mb\u0000c","error_description":"one\r\ntwo\u2028three\u202efour\u0085\u200bfive"}"#;
    assert_eq!(refused(400, escapes), (Some("a [31mb c".into()), Some("one two three four five".into())));
    let run = World::new(&basic_form()).answered(400, &[], "a".repeat(200_000));
    assert!(run.error().to_string().len() < 700, "{}", run.error());
    let run = World::new(&basic_form()).answered(200, &[], r#"{"access_token":"T","token_type":"a\u001b\r\nb"}"#);
    assert!(!run.error().to_string().contains(char::is_control), "{}", run.error());
}

const CANARY: &str = "Cänary/7 +%41\"";

fn told(status: u16, headers: &[(&str, &str)], body: &str) -> Run {
    World::new(&basic_form()).knowing(Secrets::one(secret::CLIENT_SECRET, CANARY)).answered(status, headers, body)
}

#[test]
fn rule_17_a_text_with_a_credential_is_not_told() {
    let json = serde_json::Value::from(CANARY).to_string();
    let inner = &json[1..json.len() - 1];
    let bodies = [
        format!(r#"{{"error":"invalid_client","error_description":"secret '{inner}' is wrong"}}"#),
        format!(r#"{{"error":{json}}}"#),
        format!(r#"{{"{inner}":["is wrong"]}}"#),
        format!("{CANARY} is wrong"),
        "C%C3%A4nary%2F7%20%2B%2541%22".into(),
        "c%c3%a4nary%2f7+%2b%2541%22".into(),
        "Basic Y2xpZW50OkPDpG5hcnkvNyAlMkIlMjU0MSI=".into(),
        // What was sent: `minimal` escapes, which a server that does not unescape repeats.
        r#"{"detail":"client:Cänary/7 %2B%2541\""}"#.into(),
        r#"{"detail":"got {\"client_secret\":\"C\\u00e4nary\\/7 +%41\\\"\"}"}"#.into(),
        "C&#xe4;nary/7 +%41&quot; is wrong".into(),
    ];
    for body in &bodies {
        for status in [400, 503] {
            let run = told(status, &[], body);
            let printed = format!("{0} {0:?}", run.error()).to_lowercase();
            assert!(!printed.contains("nary"), "{body}: {printed}");
        }
    }
    let run = told(401, &[], "sent=Y2xpZW50OkPDpG5hcnkvNyAlMkIlMjU0MSI=");
    assert_eq!(run.refused().text, None, "the header's, without its scheme");
    let run = told(401, &[("www-authenticate", r#"Basic error="x", error_description="C%C3%A4nary/7 +%41%22""#)], "");
    assert_eq!((run.refused().code.as_deref(), run.refused().text.as_deref()), (Some("x"), None));
}

/// A refusal may bring tokens all the same, and wherever it repeats them they are not told.
#[test]
fn rule_17_a_token_that_a_refusal_brings_is_not_told() {
    let bodies = [
        r#"{"error":"x","error_description":"canary-7","access_token":"canary-7"}"#,
        r#"{"error":"x","error_description":"canary-7","access_token":"canary-7","access_token":"other"}"#,
        r#"{"error":"canary-7","refresh_token":"canary-7"}"#,
        r#"{"access_token":["canary-7"],"error":"x"}"#,
        r#"{"error":{"message":"canary-7","access_token":"canary-7"}}"#,
        r#"{"error":"x","message":"CANARY%2D7","user_key":"canary-7"}"#,
        "\u{feff}{\"access_token\":\"canary-7\",",
    ];
    for body in bodies {
        for status in [200, 400, 500] {
            let run = World::new(&basic_form()).answers([Ok(reply(status, &[], body))]);
            let printed = format!("{0} {0:?}", run.error()).to_lowercase();
            assert!(!printed.contains("canary"), "{status} {body}: {printed}");
        }
    }
    let challenge = [("www-authenticate", r#"Bearer error="canary-7""#)];
    let run = World::new(&basic_form()).answered(400, &challenge, r#"{"id_token":"canary-7"}"#);
    assert_eq!(run.refused().code, None);
    let body = r#"{"access_token":"canary-7","token_type":"canary-7"}"#;
    for run in [
        World::new(&basic_form()).answered(200, &[], body),
        World::new(&basic_form()).answered(200, &[("content-encoding", "canary-7")], body),
        World::new(&basic_form()).answered(302, &[("location", "https://canary-7.example/")], body),
    ] {
        assert!(!format!("{0} {0:?}", run.error()).contains("canary-7"), "{}", run.error());
    }
}

/// Each token is searched for in each text, so a reply that brings thousands is not searched but silenced.
#[test]
fn rule_17_more_tokens_than_can_be_searched_for_silence_the_reply() {
    let body = |tokens: usize| {
        let tokens: Vec<_> = (0..tokens).map(|n| format!(r#""access_token":"token-{n:05}""#)).collect();
        format!(r#"{{{},"error":"told"}}"#, tokens.join(","))
    };
    assert_eq!(refused(400, &body(16)).0.as_deref(), Some("told"));
    assert_eq!(refused(400, &body(4000)).0, None);
    let long = |length: usize| format!(r#"{{"access_token":"{}","error":"told"}}"#, "t".repeat(length));
    assert_eq!(refused(400, &long(64 * 1024)).0.as_deref(), Some("told"));
    assert_eq!(refused(400, &long(64 * 1024 + 1)).0, None);
}

/// The code is kept as the server wrote it, known or not.
#[test]
fn rule_13_unknown_codes_are_kept_verbatim() {
    for code in ["invalid_client", "E-1007", "temporarily.unavailable", "Käse", "a b"] {
        assert_eq!(refused(400, &serde_json::json!({ "error": code }).to_string()).0.as_deref(), Some(code));
    }
}
