//! Which URL a request goes to.

use core::fmt;

use http::Uri;

use super::origin::split;
use super::{BadUrl, Origin};

/// The full URL of a token endpoint (RFC 6749 section 3.2): absolute, no fragment, no userinfo.
///
/// Its `Display` leaves the query out, since some servers put keys there.
///
/// ```
/// use hallpass_core::Endpoint;
///
/// let base = Endpoint::parse("https://sensors.example.com/v1")?;
/// assert_eq!(base.join("authenticate")?.as_url(), "https://sensors.example.com/v1/authenticate");
/// # Ok::<(), hallpass_core::BadUrl>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    origin: Origin,
    uri: Uri,
}

impl Endpoint {
    /// Reads an absolute http or https URL.
    pub fn parse(url: &str) -> Result<Self, BadUrl> {
        let (origin, tail) = split(url)?;
        let slash = if tail.starts_with('/') { "" } else { "/" };
        let uri = format!("{origin}{slash}{tail}").parse().map_err(|_| BadUrl::Character)?;
        Ok(Self { origin, uri })
    }

    /// The URL of `path` below this one, which is taken as a folder whether or not it ends in a slash.
    pub fn join(&self, path: &str) -> Result<Self, BadUrl> {
        if self.uri.query().is_some() {
            return Err(BadUrl::Query);
        }
        let base = self.uri.path().trim_end_matches('/');
        Self::parse(&format!("{}{base}/{}", self.origin, path.trim_start_matches('/')))
    }

    /// The same with more in its query, which is written already.
    pub(crate) fn with_query(&self, more: &[u8]) -> Result<Self, BadUrl> {
        let more = core::str::from_utf8(more).map_err(|_| BadUrl::Character)?;
        let joint = if self.uri.query().is_some() { '&' } else { '?' };
        Self::parse(&format!("{}{joint}{more}", self.uri))
    }

    /// Where it lies.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The whole URL, query included, as HTTP libraries take it.
    pub fn uri(&self) -> &Uri {
        &self.uri
    }

    /// The whole URL, query included.
    pub fn as_url(&self) -> String {
        self.uri.to_string()
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.origin, self.uri.path(), if self.uri.query().is_some() { "?…" } else { "" })
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({self})")
    }
}
