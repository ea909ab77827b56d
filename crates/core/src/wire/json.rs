//! JSON objects, read member by member and written without a copy left behind.
//!
//! Members stay raw until they are asked for, so a number that no type can hold, or a broken string in a member that
//! nobody reads, spoils nothing (wire rule 11).

use core::fmt;
use std::borrow::Cow;
use std::io;

use serde::Serialize;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::{RawValue, Value};

use super::count;
use crate::error::Oddity;
use crate::http::Body;
use crate::wiped::Wiped;

/// The content type of [`write()`]'s result.
pub const CONTENT_TYPE: &str = "application/json";

/// Deeper than any token reply; `serde_json` itself stops at 128.
const DEEPEST: usize = 64;

/// The members of a JSON object, in their order, unread.
#[derive(Clone)]
pub struct Object<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Object<'a> {
    /// Reads an object, tolerating blanks and a byte order mark around it (RFC 8259 section 8.1), and nothing else.
    ///
    /// ```
    /// use hallpass_core::wire::json::Object;
    ///
    /// let object = Object::parse(r#"{"access_token":"abc","x":1e400}"#)?;
    /// assert_eq!(object.text("access_token")?.as_deref(), Some("abc"));
    /// # Ok::<(), hallpass_core::error::Oddity>(())
    /// ```
    pub fn parse(text: &'a str) -> Result<Self, Oddity> {
        let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        match text.as_bytes() {
            [] => return Err(Oddity::Empty),
            [b'<', ..] => return Err(Oddity::Html),
            _ if is_too_deep(text) => return Err(Oddity::TooDeep),
            _ => {}
        }
        let mut reader = serde_json::Deserializer::from_str(text);
        let object = Self::deserialize(&mut reader).map_err(|error| match error.classify() {
            serde_json::error::Category::Eof => Oddity::Truncated,
            serde_json::error::Category::Data => Oddity::NotAnObject,
            _ => Oddity::NotJson,
        })?;
        reader.end().map_err(|_| Oddity::TrailingText)?;
        if object.0.len() > MOST_MEMBERS { Err(Oddity::TooLarge) } else { Ok(object) }
    }

    /// A member's raw JSON; `null` counts as absent.
    pub fn raw(&self, name: &str) -> Result<Option<&'a str>, Oddity> {
        let mut found = self.0.iter().filter(|(known, _)| known == name);
        let first = found.next().map(|(_, raw)| raw.get());
        match found.next() {
            Some(_) => Err(Oddity::Twice(name.to_owned())),
            None => Ok(first.filter(|raw| *raw != "null")),
        }
    }

    /// A member that is a string; other types count as absent.
    pub fn text(&self, name: &str) -> Result<Option<Cow<'a, str>>, Oddity> {
        Ok(self.raw(name)?.and_then(member_text))
    }

    /// A member that is a number; other types count as absent.
    pub fn number(&self, name: &str) -> Result<Option<f64>, Oddity> {
        Ok(self.raw(name)?.filter(|raw| !raw.starts_with('"')).and_then(|raw| raw.parse().ok()))
    }

    /// All members, in their order.
    pub fn members(&self) -> impl Iterator<Item = (&str, &'a str)> {
        self.0.iter().map(|(name, raw)| (&**name, raw.get()))
    }
}

/// The same of a member's raw JSON: what the reader took for a string, and has no escape in it, is one as it stands.
pub(crate) fn member_text(raw: &str) -> Option<Cow<'_, str>> {
    if count(raw, |byte| byte == b'\\') > 0 {
        return as_text(raw);
    }
    raw.strip_prefix('"')?.strip_suffix('"').map(Cow::Borrowed)
}

/// Reads raw JSON as a string; other types are none.
pub fn as_text(raw: &str) -> Option<Cow<'_, str>> {
    #[derive(serde::Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
    if !raw.starts_with('"') {
        return None;
    }
    serde_json::from_str::<Text<'_>>(raw).ok().map(|text| text.0)
}

impl fmt::Debug for Object<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Object({} members)", self.0.len())
    }
}

/// A member of an object to be written.
#[derive(Clone)]
pub enum Member<'a> {
    /// A string.
    Text(&'a str),
    /// Any JSON value.
    Value(&'a Value),
    /// An object, in the order given.
    Object(Vec<(&'a str, Member<'a>)>),
}

impl fmt::Debug for Member<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(_) => f.write_str("Text(redacted)"),
            Self::Value(_) => f.write_str("Value(redacted)"),
            Self::Object(members) => write!(f, "Object({} members)", members.len()),
        }
    }
}

/// Writes an object, in the order given.
///
/// ```
/// use hallpass_core::wire::json::{self, Member};
///
/// let body = json::write([("client_secret", Member::Text("a\"b"))]);
/// assert_eq!(body.expose(), br#"{"client_secret":"a\"b"}"#);
/// ```
pub fn write<'a>(members: impl IntoIterator<Item = (&'a str, Member<'a>), IntoIter: Clone>) -> Body {
    let members = members.into_iter();
    let mut out = Wiped::with_capacity(room(members.clone().map(|(name, member)| (name.len(), longest(&member)))));
    write_object(members, &mut out);
    out.into()
}

/// Enough for the worst escaping, so that no buffer with half a secret in it is outgrown and left behind.
fn room(members: impl Iterator<Item = (usize, usize)>) -> usize {
    members.map(|(name, longest)| 6 * name + 4 + longest).sum::<usize>() + 2
}

fn write_object<'a>(members: impl Iterator<Item = (&'a str, Member<'a>)>, out: &mut Vec<u8>) {
    out.push(b'{');
    for (index, (name, member)) in members.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write_value(name, &mut *out);
        out.push(b':');
        match member {
            Member::Text(text) => write_value(text, &mut *out),
            Member::Value(value) => write_value(value, &mut *out),
            Member::Object(members) => write_object(members.into_iter(), out),
        }
    }
    out.push(b'}');
}

fn longest(member: &Member<'_>) -> usize {
    match member {
        Member::Text(text) => 6 * text.len() + 2,
        Member::Value(value) => Length::of(value),
        Member::Object(members) => room(members.iter().map(|(name, member)| (name.len(), longest(member)))),
    }
}

fn write_value(value: &(impl Serialize + ?Sized), out: impl io::Write) {
    serde_json::to_writer(out, value).expect("writing a text or a value into memory cannot fail");
}

/// How long something would be, if it were written.
struct Length(usize);

impl Length {
    fn of(value: &Value) -> usize {
        let mut length = Self(0);
        write_value(value, &mut length);
        length.0
    }
}

impl io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Counts brackets outside strings; exactly only where there are enough of them at all.
fn is_too_deep(text: &str) -> bool {
    if count(text, |byte| matches!(byte, b'{' | b'[')) <= DEEPEST {
        return false;
    }
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return true;
        }
    }
    false
}

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut members = Vec::with_capacity(8);
                while let Some((Name(name), raw)) = map.next_entry::<Name<'de>, &'de RawValue>()? {
                    // One too many is kept to tell; an error from here would say that it is no object.
                    if members.len() <= MOST_MEMBERS {
                        members.push((name, raw));
                    }
                }
                Ok(Object(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// More than any token reply has; it bounds what an object of empty members can make us hold.
const MOST_MEMBERS: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_for_the_worst_escaping_and_for_no_more() {
        let value = serde_json::json!({"a": [1, "\u{1}"]});
        let members = [
            ("\0", Member::Text("\u{1}\u{2}")),
            ("", Member::Value(&value)),
            ("\0\0", Member::Object(vec![("\0\0\0\0", Member::Text("")), ("", Member::Text("\0"))])),
        ];
        let written = write(members.clone()).expose().len();
        let whole = Member::Object(members.into());
        assert_eq!(longest(&whole), written + 2, "the first of each object has no comma before it");
    }
}
