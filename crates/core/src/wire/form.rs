//! `application/x-www-form-urlencoded` (RFC 6749 appendix B), written.

use crate::http::Body;
use crate::wiped::Wiped;

/// The content type of [`write()`]'s result.
pub const CONTENT_TYPE: &str = "application/x-www-form-urlencoded";

/// Writes the pairs as a form, in their order.
///
/// A space becomes `%20`, which every decoder reads as a space; `+` is read as one only by those that know forms.
///
/// ```
/// let body = hallpass_core::wire::form::write([("grant_type", "password"), ("scope", "read write")]);
/// assert_eq!(body.expose(), b"grant_type=password&scope=read%20write");
/// ```
pub fn write<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str), IntoIter: Clone>) -> Body {
    let pairs = pairs.into_iter();
    let mut out = Wiped::with_capacity(room(pairs.clone()));
    for (name, value) in pairs {
        if !out.is_empty() {
            out.push(b'&');
        }
        escape(name, &mut out, is_unreserved);
        out.push(b'=');
        escape(value, &mut out, is_unreserved);
    }
    out.into()
}

/// Enough for the worst escaping, so that no buffer with half a secret in it is outgrown and left behind.
fn room<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> usize {
    pairs.map(|(name, value)| 3 * (name.len() + value.len()) + 2).sum()
}

/// Percent-encodes what `keep` does not keep, byte by byte of the UTF-8.
pub(super) fn escape(text: &str, out: &mut Vec<u8>, keep: impl Fn(u8) -> bool) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|byte| !keep(*byte)) {
        let byte = rest[at];
        out.extend_from_slice(&rest[..at]);
        out.extend([b'%', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
}

/// The unreserved characters of RFC 3986 section 2.3.
pub(super) fn is_unreserved(byte: u8) -> bool {
    UNRESERVED[usize::from(byte)]
}

/// A look-up for each byte of a token costs a third of the comparisons.
const UNRESERVED: [bool; 256] = {
    let (mut table, mut byte) = ([false; 256], 0_u8);
    while byte.is_ascii() {
        table[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_for_the_worst_escaping_and_for_no_more() {
        for pairs in [&[("%%", "ä%&")][..], &[("=", ""), ("", "+"), ("&&&", "%%%%%")]] {
            let pairs = pairs.iter().copied();
            assert_eq!(room(pairs.clone()), write(pairs).expose().len() + 1, "the first has no & before it");
        }
    }
}
