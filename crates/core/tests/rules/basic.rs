//! Basic credentials in the three encodings. The expectations were computed with Python's `base64` and `urllib`, not
//! with the code under test.

use hallpass_core::wire::basic::{BasicEncoding, authorization};

struct Case {
    name: &'static str,
    id: &'static str,
    secret: &'static str,
    minimal: &'static str,
    form: &'static str,
    /// Empty where `raw` must refuse.
    raw: &'static str,
}

const fn case(
    name: &'static str,
    id: &'static str,
    secret: &'static str,
    minimal: &'static str,
    form: &'static str,
    raw: &'static str,
) -> Case {
    Case { name, id, secret, minimal, form, raw }
}

#[rustfmt::skip]
const CASES: [Case; 30] = [
    case("the example of RFC 6749 2.3.1", "s6BhdRkqt3", "7Fjfp0ZBr1KtDRbnfVdmIw",
        "czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3",
        "czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3",
        "czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3"),
    case("the example of RFC 6749 4.4.2", "s6BhdRkqt3", "gX1fBat3bV",
        "czZCaGRSa3F0MzpnWDFmQmF0M2JW",
        "czZCaGRSa3F0MzpnWDFmQmF0M2JW",
        "czZCaGRSa3F0MzpnWDFmQmF0M2JW"),
    case("RFC 7617 2", "Aladdin", "open sesame",
        "QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
        "QWxhZGRpbjpvcGVuJTIwc2VzYW1l",
        "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
    case("RFC 7617 2.1", "test", "123£",
        "dGVzdDoxMjPCow==",
        "dGVzdDoxMjMlQzIlQTM=",
        "dGVzdDoxMjPCow=="),
    case("AppAuth-Android issue 337", "1PpG/Q 1", "z/tZ9VwFZqApmIQ+ZH1I5pLk/uB4ud:X2/8bL+wfFTt1rFw=",
        "MVBwRy9RIDE6ei90WjlWd0ZacUFwbUlRJTJCWkgxSTVwTGsvdUI0dWQ6WDIvOGJMJTJCd2ZGVHQxckZ3PQ==",
        "MVBwRyUyRlElMjAxOnolMkZ0WjlWd0ZacUFwbUlRJTJCWkgxSTVwTGslMkZ1QjR1ZCUzQVgyJTJGOGJMJTJCd2ZGVHQxckZ3JTNE",
        "MVBwRy9RIDE6ei90WjlWd0ZacUFwbUlRK1pIMUk1cExrL3VCNHVkOlgyLzhiTCt3ZkZUdDFyRnc9"),
    case("RFC 6749 appendix B", "b", " %&+£€",
        "YjogJTI1JiUyQsKj4oKs",
        "YjolMjAlMjUlMjYlMkIlQzIlQTMlRTIlODIlQUM=",
        "YjogJSYrwqPigqw="),
    case("an empty secret", "id", "",
        "aWQ6",
        "aWQ6",
        "aWQ6"),
    case("an empty id", "", "secret",
        "OnNlY3JldA==",
        "OnNlY3JldA==",
        "OnNlY3JldA=="),
    case("both empty", "", "",
        "Og==",
        "Og==",
        "Og=="),
    case("colons in the secret", "c-colon", "a:b:c",
        "Yy1jb2xvbjphOmI6Yw==",
        "Yy1jb2xvbjphJTNBYiUzQWM=",
        "Yy1jb2xvbjphOmI6Yw=="),
    case("a colon in the id", "cl:ient", "plainsecret",
        "Y2wlM0FpZW50OnBsYWluc2VjcmV0",
        "Y2wlM0FpZW50OnBsYWluc2VjcmV0",
        ""),
    case("an id of colons", "::", ":",
        "JTNBJTNBOjo=",
        "JTNBJTNBOiUzQQ==",
        ""),
    case("a percent sign", "c-percent", "100%sure",
        "Yy1wZXJjZW50OjEwMCUyNXN1cmU=",
        "Yy1wZXJjZW50OjEwMCUyNXN1cmU=",
        "Yy1wZXJjZW50OjEwMCVzdXJl"),
    case("what looks escaped", "c", "%41%zz%",
        "YzolMjU0MSUyNXp6JTI1",
        "YzolMjU0MSUyNXp6JTI1",
        "YzolNDElenol"),
    case("an escaped id", "a%3Ab", "x",
        "YSUyNTNBYjp4",
        "YSUyNTNBYjp4",
        "YSUzQWI6eA=="),
    case("base64 of 8 bits", "c-plus", "q+/7Zw+x==",
        "Yy1wbHVzOnElMkIvN1p3JTJCeD09",
        "Yy1wbHVzOnElMkIlMkY3WnclMkJ4JTNEJTNE",
        "Yy1wbHVzOnErLzdadyt4PT0="),
    case("a plus in the id", "a+b", "c d",
        "YSUyQmI6YyBk",
        "YSUyQmI6YyUyMGQ=",
        "YStiOmMgZA=="),
    case("two words", "c-space", "two words",
        "Yy1zcGFjZTp0d28gd29yZHM=",
        "Yy1zcGFjZTp0d28lMjB3b3Jkcw==",
        "Yy1zcGFjZTp0d28gd29yZHM="),
    case("leading and trailing blanks", " id ", " s ",
        "IGlkIDogcyA=",
        "JTIwaWQlMjA6JTIwcyUyMA==",
        "IGlkIDogcyA="),
    case("unreserved only", "AZaz09-._~", "AZaz09-._~",
        "QVphejA5LS5ffjpBWmF6MDktLl9+",
        "QVphejA5LS5ffjpBWmF6MDktLl9+",
        "QVphejA5LS5ffjpBWmF6MDktLl9+"),
    case("RFC 3986 gen-delims", "c", ":/?#[]@",
        "Yzo6Lz8jW11A",
        "YzolM0ElMkYlM0YlMjMlNUIlNUQlNDA=",
        "Yzo6Lz8jW11A"),
    case("RFC 3986 sub-delims", "c", "!$&'()*+,;=",
        "YzohJCYnKCkqJTJCLDs9",
        "YzolMjElMjQlMjYlMjclMjglMjklMkElMkIlMkMlM0IlM0Q=",
        "YzohJCYnKCkqKyw7PQ=="),
    case("quotes and backslashes", "c", "\"\\'`^{|}<>",
        "YzoiXCdgXnt8fTw+",
        "YzolMjIlNUMlMjclNjAlNUUlN0IlN0MlN0QlM0MlM0U=",
        "YzoiXCdgXnt8fTw+"),
    case("Latin letters", "zürich", "pässwörd",
        "esO8cmljaDpww6Rzc3fDtnJk",
        "eiVDMyVCQ3JpY2g6cCVDMyVBNHNzdyVDMyVCNnJk",
        "esO8cmljaDpww6Rzc3fDtnJk"),
    case("Cyrillic", "клиент", "пароль",
        "0LrQu9C40LXQvdGCOtC/0LDRgNC+0LvRjA==",
        "JUQwJUJBJUQwJUJCJUQwJUI4JUQwJUI1JUQwJUJEJUQxJTgyOiVEMCVCRiVEMCVCMCVEMSU4MCVEMCVCRSVEMCVCQiVEMSU4Qw==",
        "0LrQu9C40LXQvdGCOtC/0LDRgNC+0LvRjA=="),
    case("beyond the plane", "🦆", "🔑 ü",
        "8J+mhjrwn5SRIMO8",
        "JUYwJTlGJUE2JTg2OiVGMCU5RiU5NCU5MSUyMCVDMyVCQw==",
        "8J+mhjrwn5SRIMO8"),
    case("a combining accent", "e\u{301}", "é",
        "ZcyBOsOp",
        "ZSVDQyU4MTolQzMlQTk=",
        "ZcyBOsOp"),
    case("padding of one", "a", "bcd",
        "YTpiY2Q=",
        "YTpiY2Q=",
        "YTpiY2Q="),
    case("padding of two", "a", "bc",
        "YTpiYw==",
        "YTpiYw==",
        "YTpiYw=="),
    case("all 62 and 63 of base64", "c", "???>>>~~~",
        "Yzo/Pz8+Pj5+fn4=",
        "YzolM0YlM0YlM0YlM0UlM0UlM0V+fn4=",
        "Yzo/Pz8+Pj5+fn4="),
];

#[test]
fn rule_02_basic_escapes_before_it_joins_in_each_of_three_ways() {
    for Case { name, id, secret, minimal, form, raw } in &CASES {
        for (encoding, expected) in
            [(BasicEncoding::Minimal, minimal), (BasicEncoding::Form, form), (BasicEncoding::Raw, raw)]
        {
            let made = authorization(id, &(*secret).into(), encoding);
            let made = made.as_ref().map(|value| value.to_str().expect("ASCII"));
            let expected = Some(format!("Basic {expected}")).filter(|_| !expected.is_empty());
            assert_eq!(made.ok(), expected.as_deref(), "{name}, {}", encoding.name());
        }
    }
}

#[test]
fn rule_02_minimal_is_the_default() {
    assert_eq!(BasicEncoding::default(), BasicEncoding::Minimal);
}

#[test]
fn rule_03_control_characters_are_refused_where_they_would_go_out_raw() {
    for control in (0..32).chain([127]).map(char::from) {
        let cases = [(1, 0), (0, 1), (0, 2)].map(|(in_id, in_secret)| {
            let some = |count| control.to_string().repeat(count);
            (format!("a{}b", some(in_id)), format!("c{}", some(in_secret)))
        });
        for (id, secret) in cases {
            let made = |encoding| authorization(&id, &secret.as_str().into(), encoding);
            assert!(made(BasicEncoding::Minimal).is_err(), "{control:?}");
            assert!(made(BasicEncoding::Raw).is_err(), "{control:?}");
            assert!(made(BasicEncoding::Form).is_ok(), "{control:?}");
        }
    }
    let error = authorization("id", &"canary-7\n".into(), BasicEncoding::Minimal).expect_err("a line end");
    assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
}

#[test]
fn rule_03_the_value_is_sensitive() {
    assert!(authorization("id", &"secret".into(), BasicEncoding::Minimal).expect("plain").is_sensitive());
}
