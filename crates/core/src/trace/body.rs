//! A reply's body with its shape and without its words: JSON stays as broken as it was, member by member.

use super::redact::Redactor;
use crate::dialect::reading::is_said;
use crate::scrub::Scrub;

/// Longer than any name of a member or any number that matters.
const NAME: usize = 48;
const NUMBER: usize = 40;

/// The most that stands for a text.
const FILL: usize = 256;

/// The body, redacted. Only what a refusal says is told: in any other reply a token may stand wherever words do.
pub(super) fn redacted(text: &str, redactor: &Redactor<'_>, scrub: &Scrub<'_>, refuses: bool) -> String {
    let begins = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    match begins.chars().next() {
        None => return String::new(),
        Some('<') => return format!("<!-- {} bytes -->", text.len()),
        Some('{' | '[' | '"') => {}
        Some(_) if refuses && text.len() <= FILL => {
            if let Some(clean) = scrub.clean(text) {
                return clean;
            }
        }
        Some(_) => {}
    }
    Shape { redactor, scrub, refuses, out: String::with_capacity(text.len()), key: String::new() }.of(begins)
}

struct Shape<'a> {
    redactor: &'a Redactor<'a>,
    scrub: &'a Scrub<'a>,
    refuses: bool,
    out: String,
    /// The member that the next value belongs to.
    key: String,
}

impl Shape<'_> {
    fn of(mut self, text: &str) -> String {
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let length = match first {
                '"' => self.string(rest),
                '{' | '}' | '[' | ']' | ':' | ',' => {
                    self.out.push(first);
                    1
                }
                blank if blank.is_whitespace() => {
                    self.out.push(if blank.is_ascii() { blank } else { ' ' });
                    blank.len_utf8()
                }
                _ => self.word(rest),
            };
            rest = &rest[length..];
        }
        self.out
    }

    /// A string at the beginning of `rest`; how long it was.
    fn string(&mut self, rest: &str) -> usize {
        let Some(end) = string_end(rest) else {
            self.out.push('"');
            self.out.push_str(&"x".repeat((rest.len() - 1).min(FILL)));
            return rest.len();
        };
        let Ok(text) = serde_json::from_str::<String>(&rest[..end]) else {
            // As broken as it was.
            self.out.push_str("\"\\q\"");
            return end;
        };
        let told = if rest[end..].trim_start().starts_with(':') { self.name(text) } else { self.value(&text) };
        self.out.push_str(&serde_json::Value::String(told).to_string());
        end
    }

    fn name(&mut self, text: String) -> String {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
        let fine = text.len() <= NAME && text.bytes().all(plain) && self.is_clean(&text);
        self.key = if fine { text } else { filled(&text) };
        self.key.clone()
    }

    fn value(&self, text: &str) -> String {
        if let Some(known) = self.redactor.known_as(text) {
            return known.to_owned();
        }
        // Text for people, and codes that decide: it goes through the sieve of every error.
        let told = if self.refuses { is_said(&self.key) } else { self.key == "token_type" };
        if told && let Some(clean) = self.scrub.clean(text) {
            return clean;
        }
        let of_a_date = |byte: u8| byte.is_ascii_digit() || b"TZtz:+-. ".contains(&byte);
        let when = text.len() <= NUMBER && text.bytes().all(of_a_date) && self.is_clean(text);
        if when && !self.names_a_secret() { text.to_owned() } else { filled(text) }
    }

    /// Anything outside of quotes, up to the next mark; how long it was.
    fn word(&mut self, rest: &str) -> usize {
        let ends = |c: char| c.is_whitespace() || "{}[]:,\"".contains(c);
        let end = rest.find(ends).unwrap_or(rest.len());
        let word = &rest[..end];
        let number = word.len() <= NUMBER && word.parse::<f64>().is_ok() && !self.names_a_secret();
        match self.redactor.known_as(word) {
            // A number that is a secret is as good as text.
            Some(known) => self.out.push_str(&serde_json::Value::from(known).to_string()),
            None if matches!(word, "true" | "false" | "null") => self.out.push_str(word),
            None if number && self.is_clean(word) => self.out.push_str(word),
            None if word.parse::<f64>().is_ok() => self.out.push('1'),
            None => self.out.push_str(&filled(word)),
        }
        end
    }

    fn is_clean(&self, text: &str) -> bool {
        text.is_empty() || self.scrub.clean(text).is_some()
    }

    /// Whether what the member holds is secret by its name.
    fn names_a_secret(&self) -> bool {
        let key = self.key.to_ascii_lowercase();
        ["token", "key", "secret", "password", "pin", "otp", "assertion", "cookie", "session"]
            .iter()
            .any(|name| key.contains(name))
            && !key.contains("exp")
    }
}

/// Where a string ends, its quotes included.
fn string_end(text: &str) -> Option<usize> {
    let mut escaped = false;
    let end = text.bytes().enumerate().skip(1).find(|(_, byte)| match byte {
        _ if escaped => {
            escaped = false;
            false
        }
        b'\\' => {
            escaped = true;
            false
        }
        byte => *byte == b'"',
    });
    end.map(|(at, _)| at + 1)
}

/// As long, of the same kind of characters, and without a word of it.
fn filled(text: &str) -> String {
    let kind = |c: char| match c {
        ' ' => ' ',
        char::REPLACEMENT_CHARACTER => c,
        c if c.is_ascii_graphic() => 'x',
        c if c.is_control() => '\u{1}',
        _ => 'é',
    };
    text.chars().take(FILL).map(kind).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::Held;
    use crate::http::{Endpoint, Request};
    use crate::secret::Secrets;

    #[test]
    fn a_shape_stays_and_its_words_do_not() {
        let (long, digits) = ("n".repeat(49), "1".repeat(41));
        let spread = "word ".repeat(60);
        let cases = [
            ("", String::new()),
            (" \u{feff}", String::new()),
            ("<html>x", "<!-- 7 bytes -->".into()),
            ("no such user", "no such user".into()),
            (&spread, "xxxx ".repeat(60)[..].into()),
            ("canary-7 is wrong", "xxxxxxxx xx xxxxx".into()),
            ("\n\u{feff}{\"a\":\"word\"}", r#"{"a":"xxxx"}"#.into()),
            ("{\"a\" :\u{a0}1,\n\"b\":2}", "{\"a\" : 1,\n\"b\":2}".into()),
            (r#"{"a":nope,"b":true,"c":null}"#, r#"{"a":xxxx,"b":true,"c":null}"#.into()),
            (r#"{"a":"never"#, r#"{"a":"xxxxx"#.into()),
            (r#"{"a":"\ud800","b":"\"}"}"#, r#"{"a":"\q","b":"xx"}"#.into()),
            (r#"{"a_b-c.d":{"né me":[1]}}"#, r#"{"a_b-c.d":{"xé xx":[1]}}"#.into()),
            (&format!(r#"{{"{long}":1,"canary-7":2}}"#), format!(r#"{{"{}":1,"xxxxxxxx":2}}"#, "x".repeat(49))),
            (r#"{"error":"no_user","x":"no_user"}"#, r#"{"error":"no_user","x":"xxxxxxx"}"#.into()),
            (r#"{"errorCode":"no_user","msg":"go"}"#, r#"{"errorCode":"no_user","msg":"go"}"#.into()),
            (r#"{"error":"canary-7"}"#, r#"{"error":"xxxxxxxx"}"#.into()),
            (r#"{"ends":"2026-11-21T10:00:00Z"}"#, r#"{"ends":"2026-11-21T10:00:00Z"}"#.into()),
            (r#"{"token":"123456","at":"-31415926:"}"#, r#"{"token":"xxxxxx","at":"xxxxxxxxxx"}"#.into()),
            (&format!(r#"{{"a":"{digits}","b":{digits}}}"#), format!(r#"{{"a":"{}","b":1}}"#, "x".repeat(41))),
            (r#"{"n":12.5,"pin":1234,"m":31415926}"#, r#"{"n":12.5,"pin":1,"m":1}"#.into()),
            (r#"{"access_token":"T1","n":777}"#, r#"{"access_token":"access-token-1","n":"access-token-2"}"#.into()),
            ("{\"a\":\"b \\u0007\u{fffd}ß\"}", "{\"a\":\"x \\u0001\u{fffd}é\"}".into()),
        ];
        let mut redactor = Redactor::new("one");
        redactor.token("access-token", "T1");
        redactor.token("access-token", "777");
        let secrets = Secrets::one("password", "canary-7").with("pin", "31415926");
        let request = Request::post(Endpoint::parse("https://auth.example/token").expect("a URL"), "", Vec::new());
        let held = Held::default();
        let scrub = Scrub::new(&secrets, &held, &request);
        for (text, expected) in cases {
            assert_eq!(redacted(text, &redactor, &scrub, true), expected, "{text}");
        }
        // A grant in another form, and one that was not found where it was looked for.
        for (text, expected) in [
            ("access_token=gho_7", "xxxxxxxxxxxxxxxxxx"),
            (r#"{"message":"gho_7","token_type":"MAC"}"#, r#"{"message":"xxxxx","token_type":"MAC"}"#),
        ] {
            assert_eq!(redacted(text, &redactor, &scrub, false), expected, "{text}");
        }
    }
}
