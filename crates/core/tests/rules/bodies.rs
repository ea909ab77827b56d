//! Rule 16: what is read as JSON, and what is refused and as what.

use hallpass_core::error::Oddity;

use crate::world::{Run, TOKEN, World, basic_form, reply};

fn answered(body: impl AsRef<[u8]>) -> Run {
    World::new(&basic_form()).answered(200, &[], body)
}

#[test]
fn rule_16_the_content_type_does_not_matter() {
    for kind in ["application/json", "text/html", "text/plain;charset=x", "application/x-www-form-urlencoded", "", ";;"]
    {
        assert!(World::new(&basic_form()).answered(200, &[("content-type", kind)], TOKEN).end.is_ok(), "{kind}");
    }
}

#[test]
fn rule_16_a_byte_order_mark_and_blanks_around_it_are_tolerated() {
    for (before, after) in
        [("\u{feff}", ""), (" \r\n\t", "\n\n"), ("\u{feff} ", " "), (" \u{feff}", ""), ("\u{feff}\u{feff}", "\u{feff}")]
    {
        assert!(answered(format!("{before}{TOKEN}{after}")).end.is_ok(), "{before:?} {after:?}");
    }
}

#[test]
fn rule_16_what_is_no_json_object_is_refused_for_what_it_is() {
    let nested = |open: &str, close: &str, depth| {
        format!(r#"{{"access_token":"T1","x":{}1{}}}"#, open.repeat(depth), close.repeat(depth))
    };
    let cases: Vec<(String, Oddity)> = vec![
        (String::new(), Oddity::Empty),
        (" \r\n".into(), Oddity::Empty),
        ("\u{feff}".into(), Oddity::Empty),
        ("<!DOCTYPE html><title>Sign in</title>".into(), Oddity::Html),
        ("\n <?xml version=\"1.0\"?>".into(), Oddity::Html),
        ("[]".into(), Oddity::NotAnObject),
        (format!("[{TOKEN}]"), Oddity::NotAnObject),
        (r#""T1""#.into(), Oddity::NotAnObject),
        ("null".into(), Oddity::NotAnObject),
        ("true".into(), Oddity::NotAnObject),
        ("7".into(), Oddity::NotAnObject),
        ("access_token=T1&token_type=bearer".into(), Oddity::NotJson),
        ("\0".into(), Oddity::NotJson),
        ("{access_token:1}".into(), Oddity::NotJson),
        ("{'access_token':'T1'}".into(), Oddity::NotJson),
        (r#"{"access_token":"T1",}"#.into(), Oddity::NotJson),
        (r#"{"access_token":"T1","x":NaN}"#.into(), Oddity::NotJson),
        (r#"{"access_token":"T1","x":01}"#.into(), Oddity::NotJson),
        ("{\"access_token\":\"T\n1\"}".into(), Oddity::NotJson),
        ("{\"access_token\":\"T1\",\"x\":\"\0\"}".into(), Oddity::NotJson),
        (r#"{"access_token":"T1""#.into(), Oddity::Truncated),
        (r#"{"access_token":"T"#.into(), Oddity::Truncated),
        ("{".into(), Oddity::Truncated),
        (r#"{"access_token":"T1","x":[1,"#.into(), Oddity::Truncated),
        (format!("{TOKEN}<!-- served by x -->"), Oddity::TrailingText),
        (format!("{TOKEN}{TOKEN}"), Oddity::TrailingText),
        (format!("{TOKEN}\0"), Oddity::TrailingText),
        (nested("[", "]", 64), Oddity::TooDeep),
        (nested("{\"a\":", "}", 64), Oddity::TooDeep),
        (format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)), Oddity::TooDeep),
        ("[".repeat(100_000), Oddity::TooDeep),
        (r#"{"a":"#.repeat(100_000), Oddity::TooDeep),
        // A bracket in a string closes nothing, and a backslash outside of one escapes nothing.
        (format!(r#"{{"a":"]","x":{}1{}}}"#, "[".repeat(64), "]".repeat(64)), Oddity::TooDeep),
        (format!(r#"{{\"{}"#, "[".repeat(100)), Oddity::NotJson),
    ];
    for (body, oddity) in cases {
        let head = body.chars().take(60).collect::<String>();
        assert_eq!(answered(body).oddity(), &oddity, "{head}");
    }
    // As deep as it may be, and brackets that nest nothing.
    assert!(answered(nested("[", "]", 63)).end.is_ok());
    assert!(answered(format!(r#"{{"y":[[]],"z":[],{}"#, &nested("[", "]", 63)[1..])).end.is_ok());
    let quoted = format!(r#"{{"x":"{}\"{}","access_token":"T1"}}"#, "[".repeat(1000), "{".repeat(1000));
    assert!(answered(quoted).end.is_ok());
    let flat = format!(r#"{{"x":[{}[]],"access_token":"T1"}}"#, "[],".repeat(1000));
    assert!(answered(flat).end.is_ok());
}

#[test]
fn rule_16_the_number_of_members_is_bounded() {
    let many = |count: usize| {
        let members: Vec<_> = (0..count).map(|n| format!(r#""{n}":0"#)).collect();
        format!(r#"{{{},"access_token":"T1"}}"#, members.join(","))
    };
    assert!(answered(many(4095)).end.is_ok());
    assert_eq!(answered(many(4096)).oddity(), &Oddity::TooLarge);
    assert_eq!(answered(many(50_000)).oddity(), &Oddity::TooLarge);
}

#[test]
fn rule_16_bytes_that_are_no_utf8_spoil_only_what_holds_them() {
    let body = [&b"{\"x\":\"\xff\xfe\",\"access_token\":\"T1\"}"[..], b"\n"].concat();
    assert!(answered(body).end.is_ok());
    assert_eq!(
        answered(b"{\"access_token\":\"T\xff\"}").oddity(),
        &Oddity::BadCharacters("access_token"),
        "never repaired into another token"
    );
    let utf16: Vec<u8> = TOKEN.bytes().flat_map(|byte| [byte, 0]).collect();
    assert_eq!(answered(utf16).oddity(), &Oddity::NotJson);
}

#[test]
fn rule_16_no_reply_is_dumped_into_an_error() {
    for body in ["<html>canary-7</html>", "canary-7", "{\"canary-7\":", "[\"canary-7\"]", "{} canary-7"] {
        let run = answered(body);
        assert!(!format!("{0} {0:?}", run.error()).contains("canary-7"), "{}", run.error());
    }
    assert!(answered("<html>").error().to_string().contains("login page"));
}

#[test]
fn rule_16_a_cut_or_compressed_body_is_not_read() {
    let mut cut = reply(200, &[], TOKEN);
    cut.cut = true;
    assert_eq!(World::new(&basic_form()).answers([Ok(cut)]).oddity(), &Oddity::TooLarge);
    let coded = |coding, body| World::new(&basic_form()).answered(200, &[("content-encoding", coding)], body);
    assert_eq!(coded("gzip", "\u{1f}\u{8b}").oddity(), &Oddity::Encoded("gzip".into()));
    assert_eq!(coded("identity", "\u{1f}\u{8b}").oddity(), &Oddity::NotJson);
    // What is no coding, or not true, says nothing of a body that can be read.
    for word in ["identity", "Identity", "", "UTF-8", "gzip"] {
        assert!(coded(word, TOKEN).end.is_ok(), "{word}");
    }
}

#[test]
fn rule_16_a_cut_or_compressed_refusal_is_not_quoted() {
    let mut cut = reply(400, &[], "the secret was hunt");
    cut.cut = true;
    assert_eq!(World::new(&basic_form()).answers([Ok(cut)]).refused().text, None);
    let run = World::new(&basic_form()).answered(400, &[("content-encoding", "br")], "\u{1}packed");
    assert_eq!((&run.refused().code, &run.refused().text), (&None, &None));
    let run = World::new(&basic_form()).answered(400, &[("content-encoding", "utf-8")], r#"{"error":"x"}"#);
    assert_eq!(run.refused().code.as_deref(), Some("x"));
}
