//! Where a request goes: a strict origin, compared and never guessed, and an endpoint of it.

use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr};

use http::Uri;

use super::BadUrl;
use crate::wire::target;

/// Scheme, host and port (RFC 6454 section 4), in one spelling only.
///
/// `http::Uri` normalises nothing, so hallpass compares this type. Host and scheme lose their case, which every
/// standard allows, and a default port equals an absent one. Anything that two parsers could read differently is
/// refused instead: userinfo, non-ASCII or percent-encoded hosts, a trailing dot, `0x7f.1`, a leading zero.
///
/// ```
/// use hallpass_core::Origin;
///
/// let origin = Origin::parse("https://API.example:443/v3/ping")?;
/// assert_eq!(origin, Origin::parse("https://api.example")?);
/// assert_eq!(origin.to_string(), "https://api.example");
/// assert!(Origin::parse("http://0x7f.1/").is_err());
/// # Ok::<(), hallpass_core::BadUrl>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin {
    secure: bool,
    host: Host,
    port: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Host {
    Name(String),
    V4(Ipv4Addr),
    V6(Ipv6Addr),
}

impl Origin {
    /// The origin of an absolute URL; path and query are ignored.
    pub fn parse(url: &str) -> Result<Self, BadUrl> {
        let (origin, _) = split(url)?;
        Ok(origin)
    }

    /// The origin of a request that a caller built.
    pub fn of(uri: &Uri) -> Result<Self, BadUrl> {
        match (uri.scheme_str(), uri.authority()) {
            (Some(scheme), Some(authority)) => Self::from_parts(scheme, authority.as_str()),
            _ => Err(BadUrl::NotAbsolute),
        }
    }

    /// Whether the scheme is https.
    pub fn is_https(&self) -> bool {
        self.secure
    }

    /// Whether the host is a loopback IP *literal*. A name, `localhost` too, is whatever a resolver says it is.
    pub fn is_loopback(&self) -> bool {
        match &self.host {
            Host::Name(_) => false,
            Host::V4(ip) => ip.is_loopback(),
            Host::V6(ip) => ip.is_loopback(),
        }
    }

    /// The host: a name in lower case, or an address without brackets.
    pub fn host(&self) -> String {
        match &self.host {
            Host::Name(name) => name.clone(),
            Host::V4(ip) => ip.to_string(),
            Host::V6(ip) => ip.to_string(),
        }
    }

    /// The port, also where the URL left it out.
    pub fn port(&self) -> u16 {
        self.port
    }

    fn from_parts(scheme: &str, authority: &str) -> Result<Self, BadUrl> {
        let secure = scheme.eq_ignore_ascii_case("https");
        if !secure && !scheme.eq_ignore_ascii_case("http") {
            return Err(BadUrl::Scheme);
        }
        if authority.contains('@') {
            return Err(BadUrl::Userinfo);
        }
        let (host, port) = split_port(authority)?;
        let port = port.unwrap_or(if secure { 443 } else { 80 });
        Ok(Self { secure, host: Host::parse(host)?, port })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.secure { "https://" } else { "http://" })?;
        match &self.host {
            Host::Name(name) => f.write_str(name)?,
            Host::V4(ip) => write!(f, "{ip}")?,
            Host::V6(ip) => write!(f, "[{ip}]")?,
        }
        match (self.secure, self.port) {
            (true, 443) | (false, 80) => Ok(()),
            (_, port) => write!(f, ":{port}"),
        }
    }
}

impl Host {
    fn parse(host: &str) -> Result<Self, BadUrl> {
        if let Some(inner) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            return inner.parse().map(Self::V6).map_err(|_| BadUrl::Host);
        }
        let name = host.to_ascii_lowercase();
        let last = name.rsplit('.').next().unwrap_or_default();
        let labels_fine = name.len() <= 253
            && name.split('.').all(|label| {
                (1..=63).contains(&label.len())
                    && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
            });
        if !labels_fine {
            return Err(BadUrl::Host);
        }
        // A last label that is a number makes it an IPv4 address to a resolver, whatever the rest looks like.
        if last.bytes().all(|b| b.is_ascii_digit()) || is_hex_number(last) {
            return name.parse().map(Self::V4).map_err(|_| BadUrl::Host);
        }
        Ok(Self::Name(name))
    }
}

fn is_hex_number(label: &str) -> bool {
    label.strip_prefix("0x").is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn split_port(authority: &str) -> Result<(&str, Option<u16>), BadUrl> {
    let bracket = authority.rfind(']').unwrap_or(0);
    let Some(colon) = authority[bracket..].find(':') else {
        return Ok((authority, None));
    };
    let (host, port) = authority.split_at(bracket + colon);
    let digits = &port[1..];
    let plain = !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit());
    let port = digits.parse().ok().filter(|_| plain).ok_or(BadUrl::Port)?;
    Ok((host, Some(port)))
}

/// A URL's origin, and what follows it. It looks at bytes: a profile's URLs are read at each start of a command.
fn split(url: &str) -> Result<(Origin, &str), BadUrl> {
    plain(url)?;
    let colon = url.as_bytes().windows(3).position(|three| three == b"://").ok_or(BadUrl::NotAbsolute)?;
    let (scheme, rest) = (&url[..colon], &url[colon + 3..]);
    let end = rest.bytes().position(|b| matches!(b, b'/' | b'?' | b'#')).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    without_fragment(tail)?;
    Ok((Origin::from_parts(scheme, authority)?, tail))
}

fn plain(text: &str) -> Result<(), BadUrl> {
    let plain = text.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    if plain { Ok(()) } else { Err(BadUrl::Character) }
}

fn without_fragment(tail: &str) -> Result<(), BadUrl> {
    if tail.bytes().any(|b| b == b'#') { Err(BadUrl::Fragment) } else { Ok(()) }
}

/// The full URL of a token endpoint (RFC 6749 section 3.2): absolute, no fragment, no userinfo.
///
/// Its `Display` leaves the query out, since some servers put keys there.
///
/// ```
/// use hallpass_core::Endpoint;
///
/// let base = Endpoint::parse("https://sensors.example.com/v1")?;
/// assert_eq!(base.join("authenticate")?.to_url(), "https://sensors.example.com/v1/authenticate");
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
        Self::at(origin, tail)
    }

    fn at(origin: Origin, tail: &str) -> Result<Self, BadUrl> {
        let slash = if tail.starts_with('/') { "" } else { "/" };
        let uri = format!("{origin}{slash}{tail}").try_into().map_err(|_| BadUrl::Character)?;
        target::check(&uri)?;
        Ok(Self { origin, uri })
    }

    /// The URL of `path` below this one, which is taken as a folder whether or not it ends in a slash.
    pub fn join(&self, path: &str) -> Result<Self, BadUrl> {
        if self.uri.query().is_some() {
            return Err(BadUrl::Query);
        }
        let base = self.uri.path().trim_end_matches('/');
        let tail = format!("{base}/{}", path.trim_start_matches('/'));
        plain(&tail)?;
        without_fragment(&tail)?;
        Self::at(self.origin.clone(), &tail)
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
    pub fn to_url(&self) -> String {
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
