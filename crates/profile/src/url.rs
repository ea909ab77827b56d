//! URLs as profiles write them.

use hallpass_core::Endpoint;

use crate::ProfileError;
use crate::reader::not_a_url;

/// Reads a URL as a profile has it: a whole one, in which nothing is left to be filled in.
///
/// ```
/// let url = hallpass_profile::parse_url("https://login.example/contoso/oauth2/v2.0/token")?;
/// assert_eq!(url.origin().host(), "login.example");
/// let copied = hallpass_profile::parse_url("https://login.example/{tenant}/oauth2/v2.0/token");
/// assert!(copied.is_err_and(|error| error.to_string().contains("`{tenant}`")));
/// # Ok::<(), hallpass_profile::ProfileError>(())
/// ```
pub fn parse_url(text: &str) -> Result<Endpoint, ProfileError> {
    read(text).map_err(|why| ProfileError::Value { why })
}

pub(crate) fn read(text: &str) -> Result<Endpoint, String> {
    let url = Endpoint::parse(text);
    match placeholder(text) {
        // What stands before an `@` may be a password.
        Some(found) if url.is_ok() || !text.contains('@') => Err(found),
        _ => url.map_err(not_a_url),
    }
}

/// What is to be said of something in brackets, as manuals write what everybody has to fill in. No URL has any (RFC 3986
/// section 2).
fn placeholder(url: &str) -> Option<String> {
    const MOST: usize = 40;
    let (path, _) = url.split_once('?').unwrap_or((url, ""));
    let (from, to) = bracketed(url, '{', '}').or_else(|| bracketed(url, '<', '>'))?;
    let inner = &url[from + 1..to];
    let is_name = !inner.is_empty()
        && inner.len() <= MOST
        && inner.chars().all(|c| c.is_ascii_alphanumeric() || "-_. ".contains(c));
    // A query may hold a key.
    let name = if is_name && to < path.len() { format!(" `{}`", &url[from..=to]) } else { String::new() };
    Some(format!("still holds a placeholder{name}: write what stands for it, {WITHOUT}"))
}

const WITHOUT: &str = "without brackets (those that belong there are %7B and %7D)";

/// Where the first such pair stands, with nothing of its kind within.
fn bracketed(url: &str, open: char, close: char) -> Option<(usize, usize)> {
    let from = url.find(open)?;
    let to = from + url[from..].find(close)?;
    Some((url[..to].rfind(open)?, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_to_be_filled_in_is_named_unless_it_may_be_a_secret() {
        for (url, named) in [
            ("https://login.example/{tenant}/token", " `{tenant}`"),
            ("https://{your-domain}.example/token", " `{your-domain}`"),
            ("https://auth.example/<realm name>/token", " `<realm name>`"),
            ("https://auth.example/{{ base }}/token", " `{ base }`"),
            ("https://auth.example/${TENANT}", " `{TENANT}`"),
            ("https://auth.example/{}/token", ""),
            ("https://auth.example/token?key={8a6f-canary}", ""),
            ("https://auth.example/token?key=<canary>", ""),
        ] {
            let why = read(url).expect_err(url);
            assert_eq!(why, format!("still holds a placeholder{named}: write what stands for it, {WITHOUT}"));
        }
        for url in ["https://user:{canary}@auth.example/", "https://user:<canary>@auth.example/"] {
            let why = read(url).expect_err(url);
            assert!(why.starts_with("is refused: ") && !why.contains("canary"), "{why}");
        }
    }

    #[test]
    fn one_bracket_is_no_placeholder() {
        for url in ["https://auth.example/a}b{c", "https://auth.example/%7Btenant%7D", "https://auth.example/@me"] {
            assert_eq!(read(url).map(|url| url.to_url()).as_deref(), Ok(url));
        }
    }
}
