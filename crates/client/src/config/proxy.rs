//! The proxy for https.

use core::fmt;

use hallpass_core::{BadUrl, Misuse, Origin, Secret};

/// An HTTP proxy, and the credentials for it.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    origin: Origin,
    credentials: Option<(String, Secret)>,
}

impl Proxy {
    /// Reads `http://[user:password@]host[:port]`.
    pub(super) fn parse(url: &str) -> Result<Self, Misuse> {
        let refuse = |why| Misuse::Url { what: "proxy".into(), why };
        let (scheme, rest) = url.split_once("://").ok_or(refuse(BadUrl::NotAbsolute))?;
        if !scheme.eq_ignore_ascii_case("http") {
            let why = "only HTTP proxies (http://host:port) are supported";
            return Err(Misuse::Value { what: "proxy".into(), why: why.into() });
        }
        let authority = rest.split('/').next().unwrap_or_default();
        let (credentials, host) = match authority.rsplit_once('@') {
            Some((credentials, host)) => (Some(credentials), host),
            None => (None, authority),
        };
        let credentials = credentials.map(|pair| {
            let (user, password) = pair.split_once(':').unwrap_or((pair, ""));
            (decoded(user), Secret::new(decoded(password)))
        });
        let origin = Origin::parse(&format!("http://{host}")).map_err(refuse)?;
        Ok(Self { origin, credentials })
    }

    /// Where it listens.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// User and password, percent-decoded.
    pub fn credentials(&self) -> Option<(&str, &Secret)> {
        self.credentials.as_ref().map(|(user, password)| (user.as_str(), password))
    }
}

/// Percent-decoded, as far as it is percent-encoded UTF-8.
fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8().map_or_else(|_| text.to_owned(), Into::into)
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({}{})", self.origin, if self.credentials.is_some() { " with credentials" } else { "" })
    }
}
