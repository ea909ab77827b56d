//! JSON pointers (RFC 6901), followed through JSON that stays unread.

use core::fmt;
use std::borrow::Cow;

use serde_json::value::RawValue;

use super::json::Object;
use crate::error::Oddity;

/// A place in a JSON document that has an object at its top.
///
/// ```
/// use hallpass_core::wire::json::Object;
/// use hallpass_core::wire::pointer::Pointer;
///
/// let pointer = Pointer::parse("/data/tokens/0/value")?;
/// let reply = Object::parse(r#"{"data":{"tokens":[{"value":"abc"}]}}"#).expect("an object");
/// assert_eq!(pointer.find(&reply), Ok(Some("\"abc\"")));
/// assert!(Pointer::parse("data").is_err());
/// # Ok::<(), hallpass_core::wire::pointer::BadPointer>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pointer {
    first: Cow<'static, str>,
    /// The rest of the way, unescaped.
    rest: Vec<String>,
}

/// Why a text is no pointer, and what to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadPointer {
    /// Nothing, or no slash in front.
    #[error("a JSON pointer begins with a slash, as \"/data/token\" (RFC 6901)")]
    NoSlash,
    /// A `~` that escapes nothing.
    #[error("a JSON pointer writes `~` as \"~0\" and `/` as \"~1\" (RFC 6901)")]
    Escape,
}

impl Pointer {
    /// Reads a pointer such as `/data/token`.
    pub fn parse(text: &str) -> Result<Self, BadPointer> {
        let way = text.strip_prefix('/').ok_or(BadPointer::NoSlash)?;
        let mut steps = way.split('/').map(unescape);
        let first = steps.next().unwrap_or_else(|| Ok(String::new()))?;
        Ok(Self { first: first.into(), rest: steps.collect::<Result<_, _>>()? })
    }

    /// A member of the top object.
    pub(crate) const fn member(name: &'static str) -> Self {
        Self { first: Cow::Borrowed(name), rest: Vec::new() }
    }

    /// A member of the top object, by its name as it is.
    pub fn named(name: &str) -> Self {
        Self { first: name.to_owned().into(), rest: Vec::new() }
    }

    /// The raw JSON there; `null` and every dead end count as absent. A member on the way that stands there twice is an
    /// error, since two readers could see two values.
    pub fn find<'a>(&self, top: &Object<'a>) -> Result<Option<&'a str>, Oddity> {
        let mut raw = top.raw(&self.first)?;
        for step in &self.rest {
            let Some(inner) = raw else { return Ok(None) };
            raw = match inner.as_bytes().first() {
                Some(b'{') => Object::parse(inner)?.raw(step)?,
                Some(b'[') => element(inner, step),
                _ => None,
            };
        }
        Ok(raw)
    }

    /// The way from the top, unescaped.
    pub(crate) fn steps(&self) -> impl Iterator<Item = &str> {
        core::iter::once(&*self.first).chain(self.rest.iter().map(String::as_str))
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.steps().try_for_each(|step| write!(f, "/{}", step.replace('~', "~0").replace('/', "~1")))
    }
}

fn unescape(step: &str) -> Result<String, BadPointer> {
    let mut parts = step.split('~');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (escaped, rest) = match part.as_bytes().first() {
            Some(b'0') => ('~', &part[1..]),
            Some(b'1') => ('/', &part[1..]),
            _ => return Err(BadPointer::Escape),
        };
        out.push(escaped);
        out.push_str(rest);
    }
    Ok(out)
}

/// Section 4: an index has digits only and no leading zero.
fn element<'a>(raw: &'a str, index: &str) -> Option<&'a str> {
    let plain = index == "0" || !index.starts_with('0') && index.bytes().all(|byte| byte.is_ascii_digit());
    let index: usize = index.parse().ok().filter(|_| plain)?;
    let items: Vec<&RawValue> = serde_json::from_str(raw).ok()?;
    items.get(index).map(|item| item.get()).filter(|raw| *raw != "null")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The document and the results of RFC 6901 section 5, without those that name the whole document.
    #[test]
    fn the_examples_of_the_rfc() {
        let text = r#"{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8}"#;
        let document = Object::parse(text).expect("an object");
        let found = [
            ("/foo", r#"["bar","baz"]"#),
            ("/foo/0", r#""bar""#),
            ("/", "0"),
            ("/a~1b", "1"),
            ("/c%d", "2"),
            ("/e^f", "3"),
            ("/g|h", "4"),
            ("/i\\j", "5"),
            ("/k\"l", "6"),
            ("/ ", "7"),
            ("/m~0n", "8"),
        ];
        for (pointer, value) in found {
            let pointer = Pointer::parse(pointer).expect("a pointer");
            assert_eq!(pointer.find(&document), Ok(Some(value)), "{pointer}");
        }
        for nowhere in ["/foo/2", "/foo/01", "/foo/-", "/foo/+1", "/foo/0/x", "/none", "/a~1b/c"] {
            assert_eq!(Pointer::parse(nowhere).expect("a pointer").find(&document), Ok(None), "{nowhere}");
        }
    }

    #[test]
    fn what_is_no_pointer() {
        assert_eq!(Pointer::parse(""), Err(BadPointer::NoSlash));
        assert_eq!(Pointer::parse("a/b"), Err(BadPointer::NoSlash));
        assert_eq!(Pointer::parse("/a~2"), Err(BadPointer::Escape));
        assert_eq!(Pointer::parse("/a~"), Err(BadPointer::Escape));
    }

    #[test]
    fn a_member_that_stands_there_twice_is_an_error_on_the_way_too() {
        let document = Object::parse(r#"{"a":{"b":1,"b":2}}"#).expect("an object");
        assert_eq!(Pointer::parse("/a/b").expect("a pointer").find(&document), Err(Oddity::Twice("b".into())));
    }

    #[test]
    fn it_prints_as_it_was_written() {
        for text in ["/", "/a", "/a~1b/~0/0"] {
            assert_eq!(Pointer::parse(text).expect("a pointer").to_string(), text);
        }
    }
}
