//! Rules 9 to 12 and 21: what counts as a grant, and how long it lives.

use core::time::Duration;

use hallpass_core::error::Oddity;
use hallpass_core::wire::life::LONGEST_LIFE;

use crate::world::{Run, TOKEN, World, basic_form, held, user_key};

/// The longest life that is believed, in seconds.
pub(crate) fn longest() -> i64 {
    i64::try_from(LONGEST_LIFE.as_secs()).expect("ten years")
}

fn answered(body: impl AsRef<[u8]>) -> Run {
    World::new(&basic_form()).answered(200, &[], body)
}

#[test]
fn rule_09_any_2xx_with_a_token_will_do() {
    for status in [200, 201, 202, 203, 206, 226, 299] {
        assert_eq!(World::new(&basic_form()).answered(status, &[], TOKEN).life(), Some(3600), "{status}");
    }
    for status in [100, 199, 600, 999] {
        let run = World::new(&basic_form()).answered(status, &[], TOKEN);
        assert_eq!(run.oddity(), &Oddity::Status, "{status}");
    }
}

#[test]
fn rule_09_unknown_members_are_ignored_whatever_is_in_them() {
    let extra = [
        r#""scope":"read","id_token":"x.y.z","nested":{"access_token":"wrong"},"list":[1,2],"iat":1"#,
        r#""big":1e400,"neg":-1e-400,"digits":123456789012345678901234567890"#,
        r#""half":"\ud800","pair":"\ud83d\ude00","lonely":"\udc00\ud800""#,
        r#""x":1,"x":2,"":null,"":null"#,
        r#""Access_Token":"other","access_token ":"other""#,
    ];
    for members in extra {
        let run = answered(format!(r#"{{{members},"access_token":"T1","token_type":"Bearer","expires_in":3600}}"#));
        assert_eq!(run.grant().access_token().expose(), "T1", "{members}");
        assert_eq!(run.life(), Some(3600), "{members}");
    }
}

#[test]
fn rule_09_the_token_type_is_bearer_in_any_case_or_missing() {
    for kind in
        [r#""bearer""#, r#""BEARER""#, r#""Bearer""#, r#""""#, "null", r#""\u0042earer""#, r#"" bearer\n""#, r#"" ""#]
    {
        assert!(answered(format!(r#"{{"access_token":"T1","token_type":{kind}}}"#)).end.is_ok(), "{kind}");
    }
    for kind in ["mac", "DPoP", "N_A", "bearer2", " mac"] {
        let run = answered(format!(r#"{{"access_token":"T1","token_type":"{kind}"}}"#));
        assert_eq!(run.oddity(), &Oddity::TokenType(kind.trim().into()), "{kind}");
    }
    for kind in ["7", "true", "[]", r#"{"a":1}"#, r#""\ud800""#] {
        let run = answered(format!(r#"{{"access_token":"T1","token_type":{kind}}}"#));
        assert_eq!(run.oddity(), &Oddity::TokenType("no string".into()), "{kind}");
    }
}

#[test]
fn rule_10_an_access_token_is_a_string_of_visible_ascii() {
    for (json, oddity) in [
        ("null", Oddity::Missing("access_token")),
        (r#""""#, Oddity::Missing("access_token")),
        ("7", Oddity::Missing("access_token")),
        ("true", Oddity::Missing("access_token")),
        (r#"["T1"]"#, Oddity::Missing("access_token")),
        (r#"{"token":"T1"}"#, Oddity::Missing("access_token")),
        (r#""\ud800""#, Oddity::Missing("access_token")),
        (r#""two words""#, Oddity::BadCharacters("access_token")),
        (r#"" T1""#, Oddity::BadCharacters("access_token")),
        (r#""canary\r\nX-Evil: 1""#, Oddity::BadCharacters("access_token")),
        (r#""canary\u0000""#, Oddity::BadCharacters("access_token")),
        (r#""canary\u007f""#, Oddity::BadCharacters("access_token")),
        (r#""canary\u00e4""#, Oddity::BadCharacters("access_token")),
        (r#""canary\ufeff""#, Oddity::BadCharacters("access_token")),
    ] {
        let run = answered(format!(r#"{{"access_token":{json},"token_type":"Bearer"}}"#));
        assert_eq!(run.oddity(), &oddity, "{json}");
        assert!(!format!("{0} {0:?}", run.error()).contains("canary"), "{json}");
    }
    assert_eq!(answered(r#"{"token_type":"Bearer"}"#).oddity(), &Oddity::Missing("access_token"));
    for code in ["0", "-1", r#""0""#] {
        let run = answered(format!(r#"{{"errcode":{code},"errmsg":"m"}}"#));
        assert_eq!(run.oddity(), &Oddity::Missing("access_token"), "{code} is no refusal");
    }
    assert_eq!(answered(r#"{"id_token":"h.p.s"}"#).oddity(), &Oddity::IdTokenOnly);
    assert_eq!(answered(r#"{"access_token":"a","access_token":"b"}"#).oddity(), &Oddity::Twice("access_token".into()));
    // As long as the reply may be.
    let long = "x".repeat(200_000);
    assert_eq!(answered(format!(r#"{{"access_token":"{long}"}}"#)).grant().access_token().expose(), long);
}

/// Each byte at the start, in the middle and at the end, escaped so that it arrives whatever it is.
#[test]
fn rule_10_each_byte_at_three_places_is_kept_as_it_is_or_refused() {
    for byte in 0..=255_u8 {
        for token in ["\\u00XXbc", "a\\u00XXc", "ab\\u00XX"] {
            let json = token.replace("XX", &format!("{byte:02x}"));
            let run = answered(format!(r#"{{"access_token":"{json}"}}"#));
            let read = run.end.is_ok().then(|| run.grant().access_token().expose().to_owned());
            let kept = token.replace("\\u00XX", &char::from(byte).to_string());
            assert_eq!(read, byte.is_ascii_graphic().then_some(kept), "{byte:#04x} in {token}");
        }
    }
}

#[test]
fn rule_11_expires_in_of_any_spelling() {
    let ten_years = longest();
    let cases: [(&str, Option<i64>); 62] = [
        ("3600", Some(3600)),
        (r#""3600""#, Some(3600)),
        (r#"" 3600 ""#, Some(3600)),
        (r#""\u0033600""#, Some(3600)),
        (r#""+3600""#, Some(3600)),
        (r#""03600""#, Some(3600)),
        ("3600.0", Some(3600)),
        ("3600.999", Some(3600)),
        (r#""3600.5""#, Some(3600)),
        ("3.6e3", Some(3600)),
        ("36E+2", Some(3600)),
        ("36000e-1", Some(3600)),
        (r#""3.6e3""#, Some(3600)),
        ("1", Some(1)),
        ("0.9", Some(0)),
        ("1e-400", Some(0)),
        ("0", Some(0)),
        ("0.0", Some(0)),
        ("-0", Some(0)),
        ("-0.0", Some(0)),
        (r#""0""#, Some(0)),
        ("-1", Some(0)),
        (r#""-1""#, Some(0)),
        ("-0.5", Some(0)),
        ("-1e400", Some(0)),
        ("-9223372036854775808", Some(0)),
        ("315360000", Some(ten_years)),
        ("315359999", Some(ten_years - 1)),
        ("315360001", Some(ten_years)),
        ("2147483648", Some(ten_years)),
        ("4294967296", Some(ten_years)),
        ("9223372036854775807", Some(ten_years)),
        ("18446744073709551615", Some(ten_years)),
        ("18446744073709551616", Some(ten_years)),
        ("1e19", Some(ten_years)),
        ("1e308", Some(ten_years)),
        ("1e400", Some(ten_years)),
        (r#""1e400""#, Some(ten_years)),
        (r#""99999999999999999999999999999999""#, Some(ten_years)),
        ("1e99999999999999999999", Some(ten_years)),
        ("null", None),
        (r#""""#, None),
        (r#"" ""#, None),
        (r#""soon""#, None),
        (r#""null""#, None),
        (r#""inf""#, None),
        (r#""Infinity""#, None),
        (r#""NaN""#, None),
        (r#""nan""#, None),
        (r#""-inf""#, None),
        (r#""0x10""#, None),
        (r#""1h""#, None),
        (r#""1,000""#, None),
        (r#""3600s""#, None),
        (r#""\ud800""#, None),
        (r#""\u0663""#, None),
        (r#""1 0""#, None),
        (r#""+""#, None),
        ("true", None),
        ("false", None),
        ("[3600]", None),
        (r#"{"seconds":3600}"#, None),
    ];
    for (json, life) in cases {
        let run = answered(format!(r#"{{"access_token":"T1","expires_in":{json}}}"#));
        assert_eq!(run.life(), life, "{json}");
    }
    assert_eq!(answered(r#"{"access_token":"T1"}"#).life(), None);
    assert_eq!(
        answered(r#"{"access_token":"T1","expires_in":1,"expires_in":2}"#).oddity(),
        &Oddity::Twice("expires_in".into())
    );
}

/// Used once by whoever waited for it; it neither underflows nor lives for ever.
#[test]
fn rule_11_a_life_of_zero_is_over_at_once() {
    let run = answered(r#"{"access_token":"T1","expires_in":-5}"#);
    assert_eq!(run.grant().expires_in(crate::world::start()), Some(Duration::ZERO));
}

#[test]
fn rule_12_a_new_refresh_token_replaces_the_old_and_nothing_else_does() {
    let cases = [
        (r#","refresh_token":"R2""#, "save K R2"),
        (r#","refresh_token":"R1""#, "save K R1"),
        (r#","refresh_token":null"#, "save K R1"),
        (r#","refresh_token":"""#, "save K R1"),
        ("", "save K R1"),
        (r#","refresh_token":7"#, "save K R1"),
        // Bytes that are no text, as they are read.
        (",\"refresh_token\":\"R\u{fffd}\"", "save K R1"),
    ];
    for (member, saved) in cases {
        let body = format!(r#"{{"access_token":"T1"{member}}}"#);
        let run = World::new(&user_key()).holding(held("K", "R1")).answered(200, &[], body);
        assert_eq!(run.trace.last().expect("a save"), saved, "{member}");
    }
}

/// A refresh token is no part of client credentials by JSON (RFC 6749 section 4.4.3).
#[test]
fn rule_12_auth0_json_keeps_no_refresh_token() {
    let dialect = hallpass_core::dialect::Auth0Json::new(crate::world::url("https://auth.example/t"), "c", "a");
    let run = World::new(&dialect).answered(200, &[], crate::world::ROTATED);
    assert_eq!(run.trace, ["ask client_secret", "send authenticate"]);
}

#[test]
fn rule_21_a_registration_may_be_answered_200_or_201_with_more_members() {
    for status in [200, 201] {
        let body = r#"{"user_key":"K","user_id":"alice","created":"now","roles":[]}"#;
        let run = World::new(&user_key()).registering().answered(status, &[], body);
        assert_eq!(run.trace.last().expect("a save"), "save K", "{status}");
    }
    for body in ["{}", r#"{"user_key":""}"#, r#"{"user_key":null}"#, r#"{"user_key":["K"]}"#] {
        let run = World::new(&user_key()).registering().answered(201, &[], body);
        assert_eq!(run.oddity(), &Oddity::Missing("user_key"), "{body}");
    }
}

#[test]
fn rule_21_a_user_key_token_has_no_type_and_lives_an_hour() {
    let run = World::new(&user_key()).holding(held("K", "")).answered(200, &[], r#"{"access_token":"T1"}"#);
    assert_eq!(run.life(), Some(3600));
}

#[test]
fn rule_20_no_life_is_longer_than_ten_years() {
    assert_eq!(longest(), 315_360_000);
}
