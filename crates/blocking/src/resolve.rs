//! Resolves a name only when a connection is made.
//!
//! ureq resolves before it looks for a pooled connection, and to keep a deadline it does so on a thread of its own: a
//! thread and a lookup for every request on a warm connection. Where a proxy is set this is not used, since then the
//! target's name is the proxy's to resolve.

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
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
            addrs: resolver.resolve(details.uri, details.config, details.timeout)?,
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
