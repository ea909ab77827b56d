//! A reply's body with its shape and without its words: JSON stays as broken as it was, member by member.

use super::redact::Redactor;
use crate::scrub::Scrub;

/// Members whose text is for people, and goes through the sieve of every error.
const SAID: [&str; 13] = [
    "error",
    "code",
    "error_code",
    "type",
    "token_type",
    "reason",
    "status",
    "error_description",
    "description",
    "detail",
    "message",
    "error_message",
    "title",
];

/// Longer than any name of a member or any number that matters.
const NAME: usize = 48;
const NUMBER: usize = 40;

/// The most that stands for a text.
const FILL: usize = 256;

/// The body, redacted.
pub(super) fn redacted(text: &str, redactor: &Redactor<'_>, scrub: &Scrub<'_>) -> String {
    let begins = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    match begins.chars().next() {
        None => return String::new(),
        Some('<') => return format!("<!-- {} bytes -->", text.len()),
        Some('{' | '[' | '"') => {}
        Some(_) if text.len() <= FILL => {
            if let Some(clean) = scrub.clean(text) {
                return clean;
            }
        }
        Some(_) => {}
    }
    Shape { redactor, scrub, out: String::with_capacity(text.len()), key: String::new() }.of(begins)
}

struct Shape<'a> {
    redactor: &'a Redactor<'a>,
    scrub: &'a Scrub<'a>,
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
        if SAID.contains(&self.key.as_str())
            && let Some(clean) = self.scrub.clean(text)
        {
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
