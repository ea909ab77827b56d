//! `application/x-www-form-urlencoded` (RFC 6749 appendix B), written.

use zeroize::Zeroizing;

use crate::http::Body;

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
    // Not a byte more: all of it is wiped.
    let escaped = |text| length(text, is_unreserved);
    let mut out =
        Zeroizing::new(Vec::with_capacity(pairs.clone().map(|(name, value)| escaped(name) + escaped(value) + 2).sum()));
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
    while byte < 128 {
        table[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
        byte += 1;
    }
    table
};

/// How long a text is once it is escaped.
pub(super) fn length(text: &str, keep: impl Fn(u8) -> bool) -> usize {
    text.bytes().map(|byte| if keep(byte) { 1 } else { 3 }).sum()
}
