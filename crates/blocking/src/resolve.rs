//! Resolves a name only when a connection is made.
//!
//! ureq resolves before it looks for a pooled connection, and to keep a deadline it does so on a thread of its own: a
//! thread and a lookup for every request on a warm connection. Where a proxy is set this is not used, since then the
//! target's name is the proxy's to resolve.

use core::net::IpAddr;

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::time::Duration;
use ureq::unversioned::transport::{ConnectionDetails, Connector, DefaultConnector, NextTimeout, Transport};

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
        let resolver = DefaultResolver::default();
        let details = ConnectionDetails {
            uri: details.uri,
            addrs: resolver.resolve(details.uri, details.config, patience(details.uri, details.timeout))?,
            config: details.config,
            request_level: details.request_level,
            resolver: &resolver,
            now: details.now,
            timeout: details.timeout,
            current_time: details.current_time.clone(),
            run_connector: details.run_connector.clone(),
            register_shutdown: details.register_shutdown.clone(),
        };
        self.0.connect(&details, chained)
    }
}

/// An address need not be looked up, so without a deadline: with one, it takes a thread.
fn patience(uri: &Uri, timeout: NextTimeout) -> NextTimeout {
    let host = uri.host().unwrap_or_default();
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    if host.parse::<IpAddr>().is_ok() { NextTimeout { after: Duration::NotHappening, ..timeout } } else { timeout }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_is_resolved_without_a_deadline() {
        let timeout = NextTimeout { after: core::time::Duration::from_secs(1).into(), ..NextTimeout::default() };
        let bounded = |url| !patience(&Uri::from_static(url), timeout).after.is_not_happening();
        assert!(!bounded("http://127.0.0.1:8080/token") && !bounded("https://[::1]/token"));
        assert!(
            bounded("https://auth.example/token") && bounded("http://localhost:1/") && bounded("https://1.example/")
        );
    }
}
