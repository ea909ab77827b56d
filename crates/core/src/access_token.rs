//! The access token, and how it is sent.

use core::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, header};

use crate::error::Misuse;
use crate::http::OF_THE_LIBRARY;
use crate::scrub::finds;
use crate::wiped::Wiped;
use crate::wire::is_token;

/// An access token, kept as the header value it will be sent in, so that using it formats nothing.
///
/// Clones share one buffer, wiped when the last of them is dropped.
///
/// ```
/// use hallpass_core::AccessToken;
///
/// let token = AccessToken::new("mF_9.B5f-4.1JqM").expect("visible ASCII");
/// assert_eq!(token.header_value(), "Bearer mF_9.B5f-4.1JqM");
/// assert!(token.header_value().is_sensitive());
/// assert!(AccessToken::new("two\r\nlines").is_none());
/// ```
#[derive(Clone, Eq)]
pub struct AccessToken {
    value: HeaderValue,
    send_as: SendAs,
}

impl AccessToken {
    /// The token as the server wrote it, or `None` if it is not one or more visible ASCII characters
    /// (RFC 6749 appendix A.12): anything else could smuggle a header. It is sent as RFC 6750 section 2.1 says.
    pub fn new(token: &str) -> Option<Self> {
        // A fold, unlike `all`, looks at many bytes at a time.
        if token.is_empty() || !token.bytes().fold(true, |fine, byte| fine & byte.is_ascii_graphic()) {
            return None;
        }
        let send_as = SendAs::default();
        Some(Self { value: written(send_as.prefix(), token)?, send_as })
    }

    /// The same token, sent in another way.
    #[must_use = "the token is handed back, not changed in place"]
    pub fn with_send_as(self, send_as: &SendAs) -> Self {
        if self.send_as == *send_as {
            return self;
        }
        match written(send_as.prefix(), self.expose()) {
            Some(value) => Self { value, send_as: send_as.clone() },
            None => self,
        }
    }

    /// A copy with a buffer of its own.
    pub(crate) fn detached(&self) -> Self {
        let value = written(self.send_as.prefix(), self.expose()).unwrap_or_else(|| self.value.clone());
        Self { value, send_as: self.send_as.clone() }
    }

    /// In which header it is sent, and after which scheme.
    pub fn send_as(&self) -> &SendAs {
        &self.send_as
    }

    /// The ready-made value of the header that it is sent in, marked sensitive.
    pub fn header_value(&self) -> &HeaderValue {
        &self.value
    }

    /// The ready-made value, taken out.
    pub fn into_header_value(self) -> HeaderValue {
        self.value
    }

    /// The token itself. Every place that calls this is a place to look at in a review.
    pub fn expose(&self) -> &str {
        self.value.to_str().map_or("", |value| &value[self.send_as.prefix().len()..])
    }

    /// Whether a text of somebody else's repeats the token, in whatever spelling, whole or in a part that gives it away, so
    /// that nobody may print it (wire rule 17).
    pub fn is_in(&self, text: &str) -> bool {
        finds(text, core::iter::once(self.expose().into()))
    }

    /// Its bytes, without another look at what they are.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.value.as_bytes()[self.send_as.prefix().len()..]
    }
}

/// A header value in a buffer that is wiped, marked sensitive; `None` if no header may have it.
pub(crate) fn written(prefix: &str, token: &str) -> Option<HeaderValue> {
    let mut text = Wiped::with_capacity(prefix.len() + token.len());
    text.extend_from_slice(prefix.as_bytes());
    text.extend_from_slice(token.as_bytes());
    let mut value = HeaderValue::from_maybe_shared(Bytes::from_owner(text)).ok()?;
    value.set_sensitive(true);
    Some(value)
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(redacted)")
    }
}

// Every turn of a flight compares tokens, and nearly always a token with a copy of itself.
impl PartialEq for AccessToken {
    fn eq(&self, other: &Self) -> bool {
        let (value, others) = (self.value.as_bytes(), other.value.as_bytes());
        (core::ptr::eq(value, others) || value == others) && self.send_as == other.send_as
    }
}

/// How an API wants its token: in which header, after which scheme. By default `Authorization: Bearer` (RFC 6750
/// section 2.1).
///
/// ```
/// use hallpass_core::{AccessToken, SendAs};
///
/// let token = AccessToken::new("abc").expect("visible ASCII");
/// let token = token.with_send_as(&SendAs::new("X-Api-Key", "")?);
/// assert_eq!((token.send_as().header().as_str(), token.header_value().to_str()?), ("x-api-key", "abc"));
/// assert!(SendAs::new("Host", "").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SendAs(Option<Arc<Inner>>);

#[derive(Debug, PartialEq, Eq)]
struct Inner {
    header: HeaderName,
    /// With the blank behind it.
    prefix: String,
}

const BEARER: &str = "Bearer ";

impl SendAs {
    /// In this header, after this scheme (RFC 9110 section 11.1), which may be empty.
    pub fn new(header: &str, scheme: &str) -> Result<Self, Misuse> {
        let misuse = |what: &str, why: &str| Misuse::Value { what: what.into(), why: why.into() };
        let header =
            HeaderName::try_from(header).map_err(|_| misuse("the token's header", "this is no header name"))?;
        if OF_THE_LIBRARY.contains(&header) {
            return Err(misuse(
                "the token's header",
                "it has another meaning in every request: name the one that the API reads",
            ));
        }
        if !scheme.is_empty() && !is_token(scheme) {
            return Err(misuse("the token's scheme", "it is one word, such as Bearer or Token, or empty"));
        }
        let prefix = if scheme.is_empty() { String::new() } else { format!("{scheme} ") };
        let standard = header == header::AUTHORIZATION && prefix == BEARER;
        Ok(Self((!standard).then(|| Arc::new(Inner { header, prefix }))))
    }

    /// The header.
    pub fn header(&self) -> HeaderName {
        self.0.as_ref().map_or(header::AUTHORIZATION, |inner| inner.header.clone())
    }

    /// The scheme; empty if there is none.
    pub fn scheme(&self) -> &str {
        self.prefix().trim_end()
    }

    /// True for a `token_type` that is sent in this way (RFC 6749 section 7.1).
    pub(crate) fn suits(&self, token_type: &str) -> bool {
        token_type.eq_ignore_ascii_case("bearer") || self.0.is_some() && token_type.eq_ignore_ascii_case(self.scheme())
    }

    fn prefix(&self) -> &str {
        self.0.as_ref().map_or(BEARER, |inner| &inner.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_10_an_access_token_is_visible_ascii_and_kept_as_it_is() {
        for byte in 0..=255u8 {
            let text = format!("a{}b", char::from(byte));
            assert_eq!(AccessToken::new(&text).is_some(), byte.is_ascii_graphic(), "byte {byte:#04x}");
        }
        assert!(AccessToken::new("").is_none());
        let odd = "mF_9.B5f-4.1JqM+/==";
        assert_eq!(AccessToken::new(odd).expect("visible").expose(), odd);
    }

    #[test]
    fn a_text_that_repeats_it_is_known() {
        let token = AccessToken::new("canary.0123456789.abcdefghij").expect("visible");
        for text in
            ["canary.0123456789.abcdefghij", "/denied/canary%2E0123456789%2Eabcdefghij", "no: canary.0123456789..."]
        {
            assert!(token.is_in(text), "{text}");
        }
        assert!(!token.is_in("no such canary"));
    }

    #[test]
    fn the_way_is_part_of_the_token_and_hides_nothing_of_it() {
        let token = |way: &SendAs| AccessToken::new("canary-7").expect("visible").with_send_as(way);
        let way = SendAs::new("authorization", "Token").expect("a way");
        assert_eq!(token(&way).header_value(), "Token canary-7");
        assert_eq!((token(&way).expose(), token(&way).send_as().scheme()), ("canary-7", "Token"));
        assert!(token(&way).header_value().is_sensitive());
        assert_ne!(token(&way), token(&SendAs::default()));
        assert_eq!(token(&way).with_send_as(&SendAs::default()), token(&SendAs::default()));
        assert_eq!(SendAs::new("Authorization", "Bearer").expect("a way"), SendAs::default());
        assert!(!format!("{:?}", token(&way)).contains("canary-7"));
    }

    #[test]
    fn no_way_smuggles_a_header() {
        for (header, scheme) in
            [("X Y", ""), ("", ""), ("content-length", ""), ("X-Key", "a b"), ("X-Key", "a\r\nb:"), ("X-Key", "ä")]
        {
            assert!(SendAs::new(header, scheme).is_err(), "{header} {scheme}");
        }
    }

    #[test]
    fn a_token_type_suits_that_is_sent_in_this_way_or_by_default() {
        let token = SendAs::new("Authorization", "Token").expect("a way");
        for (way, kind, suits) in [
            (&token, "token", true),
            (&token, "BEARER", true),
            (&token, "mac", false),
            (&SendAs::default(), "bearer", true),
            (&SendAs::default(), "mac", false),
        ] {
            assert_eq!(way.suits(kind), suits, "{kind} as {way:?}");
        }
    }
}
