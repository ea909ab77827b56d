//! `Authorization: Basic` for clients (RFC 6749 section 2.3.1 on top of RFC 7617).

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::HeaderValue;

use super::form::{escape, is_unreserved};
use crate::error::Misuse;
use crate::secret::Secret;
use crate::wiped::Wiped;

const SCHEME: &[u8] = b"Basic ";

/// How id and secret are escaped before they are joined with a colon.
///
/// The standard says one thing and servers do another; no single setting suits all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[non_exhaustive]
pub enum BasicEncoding {
    /// Escape only `%`, `+` and, in the id, `:`. Read rightly by more real servers than the other two.
    #[default]
    Minimal,
    /// The letter of RFC 6749: form-urlencode both, a space as `%20`.
    Form,
    /// RFC 7617 alone: escape nothing. The id must have no colon.
    Raw,
}

impl BasicEncoding {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::Minimal, Self::Form, Self::Raw];

    /// The name that profiles use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Minimal => "minimal",
            Self::Form => "form",
            Self::Raw => "raw",
        }
    }
}

/// Builds the header's value, marked sensitive.
///
/// Fails where the result would be no Basic credential: a control character that is not escaped, or a raw id with a
/// colon (RFC 7617 section 2).
///
/// ```
/// use hallpass_core::wire::basic::{self, BasicEncoding};
///
/// let value = basic::authorization("s6BhdRkqt3", &"gX1fBat3bV".into(), BasicEncoding::Minimal)?;
/// assert_eq!(value, "Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW");
/// # Ok::<(), hallpass_core::Misuse>(())
/// ```
pub fn authorization(id: &str, secret: &Secret, encoding: BasicEncoding) -> Result<HeaderValue, Misuse> {
    let secret = secret.expose();
    if encoding == BasicEncoding::Raw && id.contains(':') {
        let why = "it has a colon, which the encoding `raw` cannot carry: choose `minimal` or `form`";
        return Err(value("the id of the Basic header", why));
    }
    let in_id = |byte| keeps(encoding, byte) && (byte != b':' || encoding != BasicEncoding::Minimal);
    let in_secret = |byte| keeps(encoding, byte);
    let mut pair = Wiped::with_capacity(3 * (id.len() + secret.len()) + 1);
    escape(id, &mut pair, in_id);
    pair.push(b':');
    escape(secret, &mut pair, in_secret);
    // Without a way out, so that it is checked many bytes at a time.
    if pair.iter().fold(false, |found, byte| found | byte.is_ascii_control()) {
        return Err(value(
            "the id or secret of the Basic header",
            "it has a control character (a line end from a file?), which only the encoding `form` can carry",
        ));
    }
    let length = SCHEME.len() + pair.len().div_ceil(3) * 4;
    let mut header = Wiped::with_capacity(length);
    header.extend_from_slice(SCHEME);
    header.resize(length, 0);
    BASE64_STANDARD.encode_slice(&*pair, &mut header[SCHEME.len()..]).map_err(|_| unfit())?;
    let mut header = HeaderValue::from_maybe_shared(Bytes::from_owner(header)).map_err(|_| unfit())?;
    header.set_sensitive(true);
    Ok(header)
}

/// Whether the byte goes out as it is.
fn keeps(encoding: BasicEncoding, byte: u8) -> bool {
    match encoding {
        BasicEncoding::Minimal => byte != b'%' && byte != b'+',
        BasicEncoding::Form => is_unreserved(byte),
        BasicEncoding::Raw => true,
    }
}

/// Whether all three encodings agree on this text.
pub(crate) fn is_plain(text: &str) -> bool {
    text.bytes().all(is_unreserved)
}

fn unfit() -> Misuse {
    value("the id or secret of the Basic header", "it does not fit into a header")
}

fn value(what: &str, why: &str) -> Misuse {
    Misuse::Value { what: what.into(), why: why.into() }
}
