//! Rule 20: what a JWT says of its own life.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hallpass_core::wire::jwt::life;

use crate::grants::longest;
use crate::world::{Run, START, World, basic_form, start};

fn answered(body: impl AsRef<[u8]>) -> Run {
    World::new(&basic_form()).answered(200, &[], body)
}

fn jwt(claims: &str) -> String {
    format!("e30.{}.c2ln", BASE64_URL_SAFE_NO_PAD.encode(claims))
}

#[test]
fn rule_20_a_jwt_shortens_never_lengthens_and_never_leaves_nothing() {
    let at = |offset: i64| START + offset;
    let cases = [
        // What the token says of itself, and the life that comes of it beside `expires_in: 3600` and alone.
        (format!(r#"{{"iat":{},"exp":{}}}"#, at(0), at(120)), Some(120), Some(120)),
        (format!(r#"{{"iat":{},"exp":{}}}"#, at(0), at(3_600_000)), Some(3600), Some(3_600_000)),
        (format!(r#"{{"exp":{}}}"#, at(120)), Some(120), Some(120)),
        (format!(r#"{{"exp":{}.9}}"#, at(120)), Some(120), Some(120)),
        // The server's clock is an hour off: the difference of its own two claims still holds.
        (format!(r#"{{"iat":{},"exp":{}}}"#, at(-7200), at(-3600)), Some(3600), Some(3600)),
        (format!(r#"{{"exp":{}}}"#, at(-3600)), Some(3600), None),
        (format!(r#"{{"iat":{},"exp":{}}}"#, at(0), at(1)), Some(1), Some(1)),
        (format!(r#"{{"iat":{},"exp":{}}}"#, at(0), at(0)), Some(3600), None),
        (format!(r#"{{"iat":{},"exp":{}}}"#, at(60), at(0)), Some(3600), None),
        // Milliseconds in one of them.
        (format!(r#"{{"iat":{}000,"exp":{}}}"#, at(0), at(120)), Some(3600), None),
        (format!(r#"{{"iat":{},"exp":{}000}}"#, at(0), at(120)), Some(3600), Some(longest())),
        // Nonsense.
        (r#"{"iat":0,"exp":1e308}"#.into(), Some(3600), Some(longest())),
        (r#"{"iat":-1e308,"exp":1e308}"#.into(), Some(3600), Some(longest())),
        (r#"{"iat":1e400,"exp":1e400}"#.into(), Some(3600), None),
        (r#"{"iat":1e308,"exp":1e308}"#.into(), Some(3600), None),
        (r#"{"exp":-1e308}"#.into(), Some(3600), None),
        (r#"{"exp":-1}"#.into(), Some(3600), None),
        (r#"{"exp":0}"#.into(), Some(3600), None),
        (format!(r#"{{"exp":"{}"}}"#, at(120)), Some(3600), None),
        (format!(r#"{{"iat":"{}","exp":{}}}"#, at(-60), at(120)), Some(120), Some(120)),
        (r#"{"exp":[1]}"#.into(), Some(3600), None),
        (r#"{"exp":true}"#.into(), Some(3600), None),
        (r#"{"exp":null}"#.into(), Some(3600), None),
        (r#"{"exp":1,"exp":2}"#.into(), Some(3600), None),
        ("{}".into(), Some(3600), None),
        ("[]".into(), Some(3600), None),
        ("not json".into(), Some(3600), None),
        (format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000)), Some(3600), None),
    ];
    for (claims, beside, alone) in cases {
        let token = jwt(&claims);
        let head = claims.chars().take(60).collect::<String>();
        let run = answered(format!(r#"{{"access_token":"{token}","expires_in":3600}}"#));
        assert_eq!(run.life(), beside, "{head}");
        assert_eq!(run.grant().access_token().expose(), token);
        assert_eq!(answered(format!(r#"{{"access_token":"{token}"}}"#)).life(), alone, "{head}");
    }
}

#[test]
fn rule_20_a_jwt_without_iat_is_read_by_the_servers_clock() {
    // The server's clock is an hour behind ours, and so is its token's end.
    let token = jwt(&format!(r#"{{"exp":{}}}"#, START - 3600 + 120));
    let body = format!(r#"{{"access_token":"{token}"}}"#);
    let date = [("date", "Tue, 14 Nov 2023 21:13:20 GMT")];
    assert_eq!(World::new(&basic_form()).answered(200, &date, &body).life(), Some(120));
    assert_eq!(World::new(&basic_form()).answered(200, &[("date", "nonsense")], &body).life(), None);
}

#[test]
fn rule_20_what_is_no_jwt_is_opaque() {
    for token in ["a.b", "a.b.c", "a.b.c.d", "..", "e30.e30", "e30.!!!.x", "e30.e30=.x", "e30.e30.x.y.z"] {
        assert_eq!(answered(format!(r#"{{"access_token":"{token}"}}"#)).life(), None, "{token}");
    }
    let whole = jwt(&format!(r#"{{"exp":{}}}"#, START + 120));
    for token in [format!("{whole}.more"), whole.replace(".c2ln", "")] {
        assert_eq!(life(&token, start().wall), None, "{token}");
    }
}
