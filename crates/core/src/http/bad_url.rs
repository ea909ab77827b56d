//! Why a URL is refused.

/// Why a URL is refused. It does not quote the URL, which may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadUrl {
    /// No `https://` in front.
    #[error("the URL is not absolute: write it as https://host/path")]
    NotAbsolute,
    /// Another scheme than http and https.
    #[error("the URL's scheme is neither https nor http")]
    Scheme,
    /// A user or a password before the host (RFC 9110 section 4.2.4).
    #[error("the URL carries a user or password before the host: give credentials as credentials")]
    Userinfo,
    /// A host that two parsers could read differently.
    #[error(
        "the URL's host is not a plain name or address: ASCII letters (punycode for others), no trailing dot, IPv4 as four decimal numbers"
    )]
    Host,
    /// A port that is no plain number from 1 to 65535.
    #[error("the URL's port is not a number from 1 to 65535")]
    Port,
    /// A fragment, which no server ever sees.
    #[error("the URL has a fragment (#…): leave it out")]
    Fragment,
    /// A query where other paths are to be put behind the URL.
    #[error("the base URL has a query (?…): leave it out")]
    Query,
    /// A blank, a control character, a backslash, a quotation mark, or a letter outside ASCII.
    #[error("the URL has a character that must be percent-encoded")]
    Character,
    /// A segment of its path is `.` or `..`, which one HTTP library resolves and another does not.
    #[error("the URL's path has a dot segment (. or ..): write the path that you mean")]
    Dots,
}
