//! Resolves a name only when a connection is made.
//!
//! ureq resolves before it looks for a pooled connection, and to keep a deadline it does so on a thread of its own: a
//! thread and a lookup for every request on a warm connection, and a panic where no thread can be had. Where a proxy is set
//! it is left to ureq when to resolve, since then the target's name is the proxy's.

use core::net::IpAddr;

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::time::Duration;
use ureq::unversioned::transport::{ConnectionDetails, Connector, DefaultConnector, NextTimeout, Transport};

use crate::lookup;

/// As ureq does it, on a thread of ours.
#[derive(Debug)]
pub(crate) struct Lookup;

impl Resolver for Lookup {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let unbounded = NextTimeout { after: Duration::NotHappening, ..timeout };
        if timeout.after.is_not_happening() || is_address(uri) {
            return DefaultResolver::default().resolve(uri, config, unbounded);
        }
        let (uri, config) = (uri.clone(), config.clone());
        let ask = move || DefaultResolver::default().resolve(&uri, &config, unbounded);
        lookup::within(*timeout.after, ask).unwrap_or(Err(Error::Timeout(timeout.reason)))
    }
}

/// Leaves it for later.
#[derive(Debug)]
pub(crate) struct Later;

impl Resolver for Later {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        Ok(self.empty())
    }
}

/// The connectors of ureq, with a resolved name in front.
#[derive(Debug)]
pub(crate) struct Resolving(pub(crate) DefaultConnector);

impl Connector<()> for Resolving {
    type Out = Box<dyn Transport>;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<()>) -> Result<Option<Self::Out>, Error> {
        let details = ConnectionDetails {
            uri: details.uri,
            addrs: Lookup.resolve(details.uri, details.config, details.timeout)?,
            config: details.config,
            request_level: details.request_level,
            resolver: &Lookup,
            now: details.now,
            timeout: details.timeout,
            current_time: details.current_time.clone(),
            run_connector: details.run_connector.clone(),
            register_shutdown: details.register_shutdown.clone(),
        };
        self.0.connect(&details, chained)
    }
}

/// An address need not be looked up, so it needs no thread.
fn is_address(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default();
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_is_resolved_without_a_thread() {
        let is_address = |url| is_address(&Uri::from_static(url));
        assert!(is_address("http://127.0.0.1:8080/token") && is_address("https://[::1]/token"));
        for name in ["https://auth.example/token", "http://localhost:1/", "https://1.example/"] {
            assert!(!is_address(name), "{name}");
        }
    }
}
