//! Replies that are no answer.

use http::StatusCode;

use super::Place;

/// The peer answered something that is no answer in this protocol. The body is never quoted.
/// What to do: [a reply that is no answer](crate::error#a-reply-that-is-no-answer).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: the reply ({status}) {oddity}")]
#[non_exhaustive]
pub struct Malformed {
    /// Where.
    pub place: Place,
    /// The reply's status.
    pub status: StatusCode,
    /// What is wrong with it.
    pub oddity: Oddity,
}

/// What makes a reply unusable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Oddity {
    /// No body.
    #[error("is empty where a JSON object was expected")]
    Empty,
    /// HTML, as from a login page, a captive portal or a proxy.
    #[error("is an HTML page, perhaps a login page or a proxy's: check the URL, and whether a proxy is in the way")]
    Html,
    /// Not JSON at all.
    #[error("is not JSON: check the URL and the dialect")]
    NotJson,
    /// JSON that ends too early.
    #[error("is JSON cut short")]
    Truncated,
    /// A JSON object and something after it.
    #[error("has text after its JSON object")]
    TrailingText,
    /// JSON, but an array, a string or a number.
    #[error("is JSON but not an object")]
    NotAnObject,
    /// Nested deeper than any token reply.
    #[error("is nested too deeply")]
    TooDeep,
    /// A member that stands there twice, so that two readers could see two values.
    #[error("has the member `{0}` twice")]
    Twice(String),
    /// A needed member is absent, empty or no string.
    #[error("has no `{0}`: check the URL and the dialect")]
    Missing(&'static str),
    /// An ID token where an access token was to be: the scope names no API, or this API takes ID tokens.
    #[error(
        "brings an `id_token` and no `access_token`: ask for a scope of the API, or describe the reply if it takes ID tokens"
    )]
    IdTokenOnly,
    /// A described reply has nothing usable where a needed value was said to stand.
    #[error("has no {what} at {pointer}: check the description of the reply")]
    NotThere {
        /// What was looked for.
        what: &'static str,
        /// Where the description says that it stands.
        pointer: String,
    },
    /// A member holds characters that may not be sent in a header (RFC 6749 appendix A).
    #[error("has characters in `{0}` that a header must not carry")]
    BadCharacters(&'static str),
    /// A token of a type that hallpass cannot use (RFC 6749 section 7.1).
    #[error("brings a token of type {0:?}, which this login does not send as such")]
    TokenType(String),
    /// A redirect, which a token endpoint must not answer (RFC 9700 section 4.12) and hallpass does not follow.
    #[error("is a redirect{}, which is not followed: secrets go to the configured URL only; correct that URL", to_origin(.0.as_ref()))]
    Redirect(Option<String>),
    /// More bytes than the egress allows.
    #[error("is too long for a token reply")]
    TooLarge,
    /// Compressed, though nobody asked for that.
    #[error("is compressed ({0}), which was not asked for")]
    Encoded(String),
    /// A dialect of the caller's panicked over it: the machines never do, so it is for drivers to say.
    #[error("made the dialect's `read` panic: mend it, the panic's own message says where")]
    Panicked,
    /// A status that has no place here.
    #[error("has a status that means nothing here")]
    Status,
}

fn to_origin(to: Option<&String>) -> String {
    to.map(|to| format!(" to {to}")).unwrap_or_default()
}
