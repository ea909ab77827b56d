//! Placeholders in vectors: what depends on the time, on the login, or is too long to write out.
//!
//! | placeholder | becomes |
//! |---|---|
//! | `{{token}}` | a plain good body: token `tok`, 3600 s |
//! | `{{jwt+120}}`, `{{jwt iat-3600 exp+120 sub="a"}}` | a JWT with claims relative to now, or as they stand |
//! | `{{claims TEXT}}` | a JWT with that text where its claims should be |
//! | `{{date+3}}`, `{{rfc850+3}}`, `{{asctime+3}}`, `{{iso+3}}` | a date that lies that many seconds ahead |
//! | `{{secret}}`, `{{secret HOW}}` | the login's secret, plain or in another spelling: see [`spell`] |
//! | `{{basic}}` | `id:secret` in base64 |
//! | `{{refresh}}`, `{{user-key}}`, `{{id}}` | what is held, and the id |
//! | `{{hex FF00}}`, `{{blanks 9}}`, `{{repeat 9 TEXT}}` | raw bytes, blanks, a text again and again |

use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use hallpass_core::UtcDateTime;

use crate::login::Login;

/// The body of a plain good reply.
pub const TOKEN: &str = r#"{"access_token":"tok","token_type":"Bearer","expires_in":3600}"#;

/// What placeholders are filled from.
#[derive(Clone, Copy)]
pub struct Values<'a> {
    /// The moment of the run, by the wall clock.
    pub now: UtcDateTime,
    /// The login whose secrets are echoed.
    pub login: &'a Login,
}

impl Values<'_> {
    /// Fills every placeholder; what is wrong with one that is none.
    ///
    /// A placeholder begins with `{{` and a letter, so that JSON needs no escape.
    pub fn fill(&self, text: &str) -> Result<Vec<u8>, String> {
        let mut out = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find("{{") {
            let (before, open) = rest.split_at(at);
            out.extend_from_slice(before.as_bytes());
            let inner = &open[2..];
            if !inner.starts_with(|c: char| c.is_ascii_lowercase()) {
                out.push(b'{');
                rest = &open[1..];
                continue;
            }
            let end = inner.find("}}").ok_or_else(|| format!("`{}` has no end", shown(open)))?;
            out.extend(self.value(&inner[..end]).map_err(|why| format!("`{{{{{}}}}}`: {why}", shown(&inner[..end])))?);
            rest = &inner[end + 2..];
        }
        out.extend_from_slice(rest.as_bytes());
        Ok(out)
    }

    fn value(&self, inner: &str) -> Result<Vec<u8>, String> {
        let word = inner.split(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit()).next().unwrap_or_default();
        let (word, rest) = if inner == "user-key" { (inner, "") } else { (word, &inner[word.len()..]) };
        let argument = rest.strip_prefix(' ').unwrap_or(rest);
        let held = |it: &Option<String>| it.clone().ok_or("the login holds none");
        Ok(match word {
            "token" => TOKEN.into(),
            "jwt" => jwt(&self.claims(argument)?).into(),
            "claims" => jwt(argument).into(),
            "date" => imf(self.moment(argument)?).into(),
            "rfc850" => rfc850(self.moment(argument)?).into(),
            "asctime" => asctime(self.moment(argument)?).into(),
            "iso" => iso(self.moment(argument)?).into(),
            "secret" => spell(self.secret()?, argument)?.into(),
            "basic" => BASE64_STANDARD.encode(format!("{}:{}", self.login.settings.id, self.secret()?)).into(),
            "refresh" => held(&self.login.held.refresh_token)?.into(),
            "user-key" => held(&self.login.held.user_key)?.into(),
            "id" => self.login.settings.id.clone().into(),
            "hex" => hex(argument)?,
            "blanks" => vec![b' '; number(argument)?],
            "repeat" => {
                let (times, what) = argument.split_once(' ').ok_or("write `repeat TIMES TEXT`")?;
                what.repeat(number(times)?).into()
            }
            _ => return Err("there is no such placeholder".into()),
        })
    }

    fn secret(&self) -> Result<&str, String> {
        self.login.secrets.values().next().map(String::as_str).ok_or_else(|| "the login has no secret".into())
    }

    fn moment(&self, offset: &str) -> Result<UtcDateTime, String> {
        UtcDateTime::from_unix_timestamp(self.now.unix_timestamp() + signed(offset)?).map_err(|error| error.to_string())
    }

    /// `exp+120 iat=null` as a JSON object.
    fn claims(&self, text: &str) -> Result<String, String> {
        // `{{jwt+120}}` is short for `{{jwt exp+120}}`.
        let text = if text.starts_with(['+', '-']) { format!("exp{text}") } else { text.to_owned() };
        let mut claims = Vec::new();
        for claim in text.split_whitespace() {
            let at = claim.find(['+', '-', '=']).ok_or_else(|| format!("`{claim}` is no claim"))?;
            let (name, value) = claim.split_at(at);
            let value = match value.strip_prefix('=') {
                Some(json) => json.to_owned(),
                None => (self.now.unix_timestamp() + signed(value)?).to_string(),
            };
            claims.push(format!("\"{name}\":{value}"));
        }
        Ok(format!("{{{}}}", claims.join(",")))
    }
}

/// A secret as servers were seen to give it back: `percent`, `lower`, `plus`, `uri` (`encodeURIComponent`), `base64`,
/// `base64url`, `json` (fit for a JSON string), `html`, and `nested`: ASCII-only JSON inside a JSON string.
pub fn spell(secret: &str, how: &str) -> Result<String, String> {
    Ok(match how {
        "" => secret.into(),
        "percent" => percent(secret, b"-._~"),
        "lower" => percent(secret, b"-._~").to_ascii_lowercase(),
        "plus" => percent(secret, b"-._~").replace("%20", "+"),
        "uri" => percent(secret, b"-._~!*'()"),
        "base64" => BASE64_STANDARD.encode(secret),
        "base64url" => BASE64_URL_SAFE_NO_PAD.encode(secret),
        "json" => within_json(secret),
        "nested" => within_json(&ascii(&within_json(secret))),
        "html" => {
            let escaped = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            escaped.replace('"', "&quot;").replace('\'', "&#39;")
        }
        other => return Err(format!("no secret is spelled `{other}`")),
    })
}

fn percent(text: &str, kept: &[u8]) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || kept.contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("a string takes any text");
        }
        out
    })
}

fn within_json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

fn ascii(text: &str) -> String {
    let mut units = [0; 2];
    text.chars().fold(String::new(), |mut out, c| {
        if c.is_ascii() {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut units) {
                write!(out, "\\u{unit:04x}").expect("a string takes any text");
            }
        }
        out
    })
}

/// A JWT of these claims that nobody signed.
fn jwt(claims: &str) -> String {
    let part = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.c2lnbmF0dXJl", part(r#"{"alg":"RS256","typ":"at+jwt"}"#), part(claims))
}

fn hex(text: &str) -> Result<Vec<u8>, String> {
    let digits = text.as_bytes().chunks(2);
    digits
        .map(|pair| {
            let pair = std::str::from_utf8(pair).map_err(|error| error.to_string())?;
            u8::from_str_radix(pair, 16).map_err(|error| error.to_string())
        })
        .collect()
}

fn number(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| format!("`{}` is no number", shown(text)))
}

fn signed(text: &str) -> Result<i64, String> {
    text.parse().map_err(|_| format!("`{}` is no offset like +120", shown(text)))
}

fn shown(text: &str) -> &str {
    text.char_indices().nth(40).map_or(text, |(end, _)| &text[..end])
}

fn imf(at: UtcDateTime) -> String {
    let (weekday, month) = (at.weekday().to_string(), at.month().to_string());
    format!("{}, {:02} {} {:04} {} GMT", &weekday[..3], at.day(), &month[..3], at.year(), clock(at))
}

fn rfc850(at: UtcDateTime) -> String {
    let month = at.month().to_string();
    format!("{}, {:02}-{}-{:02} {} GMT", at.weekday(), at.day(), &month[..3], at.year() % 100, clock(at))
}

fn asctime(at: UtcDateTime) -> String {
    let (weekday, month) = (at.weekday().to_string(), at.month().to_string());
    format!("{} {} {:2} {} {:04}", &weekday[..3], &month[..3], at.day(), clock(at), at.year())
}

fn iso(at: UtcDateTime) -> String {
    format!("{:04}-{:02}-{:02}T{}Z", at.year(), u8::from(at.month()), at.day(), clock(at))
}

fn clock(at: UtcDateTime) -> String {
    format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> Result<String, String> {
        let exchange = "basic-form/refresh".parse()?;
        let login = Login::standard(exchange, Some("a \"&é"));
        let now = UtcDateTime::from_unix_timestamp(784_111_777).expect("in range");
        Values { now, login: &login }.fill(text).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// RFC 9110 section 5.6.7 gives one moment in all three forms.
    #[test]
    fn dates_are_written_as_the_rfc_writes_them() {
        assert_eq!(filled("{{date+0}}").as_deref(), Ok("Sun, 06 Nov 1994 08:49:37 GMT"));
        assert_eq!(filled("{{rfc850+0}}").as_deref(), Ok("Sunday, 06-Nov-94 08:49:37 GMT"));
        assert_eq!(filled("{{asctime+0}}").as_deref(), Ok("Sun Nov  6 08:49:37 1994"));
        assert_eq!(filled("{{iso-1}}").as_deref(), Ok("1994-11-06T08:49:36Z"));
    }

    #[test]
    fn secrets_are_spelled_in_every_way() {
        let spelled = filled("{{secret percent}} {{secret plus}} {{secret html}} {{secret json}} {{secret nested}}");
        let expected = r#"a%20%22%26%C3%A9 a+%22%26%C3%A9 a &quot;&amp;é a \"&é a \\\"&\\u00e9"#;
        assert_eq!(spelled.as_deref(), Ok(expected));
        assert_eq!(filled("{{refresh}} {{id}}").as_deref(), Ok("ref-held-1 client-7"));
    }

    #[test]
    fn json_needs_no_escape_and_nonsense_is_an_error() {
        assert_eq!(filled(r#"{"a":{"b":{{repeat 2 {"c":}}1}}"#).as_deref(), Ok(r#"{"a":{"b":{"c":{"c":1}}"#));
        assert_eq!(filled("{{{hex 4142}}").as_deref(), Ok("{AB"));
        for wrong in ["{{nonsense}}", "{{date}}", "{{jwt", "{{repeat x y}}", "{{secret rot13}}", "{{hex 4}}{{hex g}}"] {
            assert!(filled(wrong).is_err(), "{wrong}");
        }
    }
}
