//! A URL's path and query, which every reader has to read alike: what was checked is what is sent.

use http::Uri;

use crate::BadUrl;

/// Refuses what one HTTP library rewrites and another sends as it is: a dot segment, and what is to be percent-encoded
/// (RFC 3986 sections 3.3 and 3.4) and is by some only. A quote in the query and braces pass: servers read them alike,
/// encoded or not.
///
/// ```
/// use hallpass_core::{BadUrl, wire::target};
///
/// let check = |url: &str| target::check(&url.parse().expect("a URI"));
/// assert_eq!(check("https://api.example/v1/things?$filter=name%20eq%20'x'"), Ok(()));
/// assert_eq!(check("https://api.example/v1/\"id\""), Err(BadUrl::Character));
/// assert_eq!(check("https://api.example/v1/../things"), Err(BadUrl::Dots));
/// ```
pub fn check(uri: &Uri) -> Result<(), BadUrl> {
    let fits = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>');
    let fits_a_path = |byte: u8| fits(byte) && !matches!(byte, b'\\' | b'`');
    if !uri.path().bytes().all(fits_a_path) || !uri.query().unwrap_or_default().bytes().all(fits) {
        return Err(BadUrl::Character);
    }
    if uri.path().split('/').any(is_dots) { Err(BadUrl::Dots) } else { Ok(()) }
}

/// `.` or `..`, plain or percent-encoded.
fn is_dots(segment: &str) -> bool {
    matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..")
}
