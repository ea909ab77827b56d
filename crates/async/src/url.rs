//! URLs as reqwest takes them.

use std::sync::{Mutex, PoisonError};

use hallpass_core::SendError;
use http::Uri;
use reqwest::Url;

/// The same URL for reqwest, whose parser rewrites what it could read in two ways: then it is refused, since a path that
/// was checked must be the path that is sent. A quote in the query goes as `%27`, and braces in the path as `%7B`
/// and `%7D`, which servers read alike: browsers send the quote so.
pub(crate) fn url(uri: &Uri) -> Result<Url, SendError> {
    let refused = || SendError::NotSent("the URL's path or query is not in its plain form: percent-encode it".into());
    let url: Url = uri.to_string().parse().map_err(|_| refused())?;
    let same_query = || match (url.query(), uri.query()) {
        (Some(sent), Some(query)) => sent == query || sent == query.replace('\'', "%27"),
        (sent, query) => sent == query,
    };
    let same_path = || {
        let (sent, path) = (url.path(), uri.path());
        sent == path || sent == path.replace('{', "%7B").replace('}', "%7D")
    };
    (same_path() && same_query()).then_some(url).ok_or_else(refused)
}

/// The URL that was asked for last: a login's endpoint hardly ever changes, and reading it costs a tenth of the login.
#[derive(Default)]
pub(crate) struct Known(Mutex<Option<(Uri, Url)>>);

impl Known {
    /// As [`url`].
    pub(crate) fn url(&self, uri: &Uri) -> Result<Url, SendError> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, url)) = known.as_ref().filter(|(known, _)| known == uri) {
            return Ok(url.clone());
        }
        let url = url(uri)?;
        *known = Some((uri.clone(), url.clone()));
        Ok(url)
    }
}

#[cfg(test)]
mod tests {
    use hallpass_core::wire::target;

    use super::*;

    /// What is refused here is the caller's mistake, and was told as that before anything was begun.
    #[test]
    fn what_is_checked_before_is_not_refused() {
        for char in '\u{21}'..'\u{180}' {
            for text in [format!("https://a.example/x{char}y"), format!("https://a.example/x?q={char}y")] {
                let Ok(uri) = text.parse::<Uri>() else { continue };
                assert_eq!(url(&uri).is_ok(), target::check(&uri).is_ok(), "{text}");
            }
        }
    }

    #[test]
    fn another_uri_has_another_url_and_what_is_refused_is_refused_again() {
        let known = Known::default();
        for text in ["https://a.example/token?x=1", "https://a.example/token?x=2", "https://a.example/Token?x=2"] {
            for _ in 0..2 {
                assert_eq!(known.url(&text.parse().expect("a URI")).expect("plain").as_str(), text);
            }
        }
        for _ in 0..2 {
            assert!(known.url(&Uri::from_static("https://a.example/b/../c")).is_err());
        }
    }
}
