//! Bytes to values and back. Every function here is total: whatever bytes come, it returns.
//!
//! Rules of the wire are cited by number; `tests/src/rules.rs` has them, each with what shows it.

pub mod basic;
pub mod challenge;
pub mod date;
pub(crate) mod escapes;
pub mod form;
pub mod json;
pub mod jwt;
pub mod life;
pub mod pointer;
pub mod target;
mod text;

pub(crate) use text::is_blank;
pub use text::one_line;

/// How many bytes of `text` are what `is` says. Counted in pieces whose counts fit into a byte, and that are whole vectors of any
/// machine, which looks at many bytes at a time.
fn count(text: &str, is: impl Fn(u8) -> bool) -> usize {
    let pieces = text.as_bytes().chunks(192);
    pieces.map(|piece| usize::from(piece.iter().fold(0_u8, |count, byte| count + u8::from(is(*byte))))).sum()
}

/// Whether it is a token of RFC 9110 section 5.6.2, such as a scheme or a parameter's name.
pub(crate) fn is_token(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(fits)
}
