//! Resolves a name only when a connection is made, and has one deadline for both.
//!
//! ureq resolves before it looks for a pooled connection, and to keep a deadline it does so on a thread of its own: a
//! thread and a lookup for every request on a warm connection, and a panic where no thread can be had. Whatever that took, it
//! gives connecting the whole time again.

use core::net::IpAddr;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::time::{Duration, Instant};
use ureq::unversioned::transport::{ConnectionDetails, Connector, NextTimeout};
use ureq::{Error, Timeout};

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

/// Connectors, with a resolver in front.
#[derive(Debug)]
pub(crate) struct Resolving<R, C>(pub(crate) R, pub(crate) C);

impl<R: Resolver, C: Connector> Connector for Resolving<R, C> {
    type Out = C::Out;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<()>) -> Result<Option<C::Out>, Error> {
        let Self(names, then) = self;
        if details.config.proxy().is_some() {
            // The name is the proxy's to resolve. For the connection to the proxy all connectors are run again, without one.
            return then.connect(details, chained);
        }
        let addrs = names.resolve(details.uri, details.config, of_the_lookup(details.timeout))?;
        let now = (details.current_time)();
        let details = ConnectionDetails {
            uri: details.uri,
            addrs,
            config: details.config,
            request_level: details.request_level,
            resolver: details.resolver,
            now,
            timeout: left(details.timeout, details.now, now)?,
            current_time: details.current_time.clone(),
            run_connector: details.run_connector.clone(),
            register_shutdown: details.register_shutdown.clone(),
        };
        then.connect(&details, chained)
    }
}

/// A lookup that takes all the time to connect is to be told as what it is.
fn of_the_lookup(timeout: NextTimeout) -> NextTimeout {
    let reason = if timeout.reason == Timeout::Connect { Timeout::Resolve } else { timeout.reason };
    NextTimeout { reason, ..timeout }
}

/// What is left at `now` of a timeout that began at `then`; an error if that is nothing.
fn left(timeout: NextTimeout, then: Instant, now: Instant) -> Result<NextTimeout, Error> {
    let (Duration::Exact(whole), Instant::Exact(then), Instant::Exact(now)) = (timeout.after, then, now) else {
        return Ok(timeout);
    };
    let left = whole.saturating_sub(now.saturating_duration_since(then));
    if left.is_zero() { Err(Error::Timeout(timeout.reason)) } else { Ok(NextTimeout { after: left.into(), ..timeout }) }
}

/// An address need not be looked up, so it needs no thread.
fn is_address(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default();
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use core::net::SocketAddr;
    use core::time::Duration as Std;
    use std::sync::{Arc, Mutex};

    use ureq::unversioned::transport::Transport;

    use super::*;

    #[test]
    fn only_an_address_is_resolved_without_a_thread() {
        let is_address = |url| is_address(&Uri::from_static(url));
        assert!(is_address("http://127.0.0.1:8080/token") && is_address("https://[::1]/token"));
        for name in ["https://auth.example/token", "http://localhost:1/", "https://1.example/"] {
            assert!(!is_address(name), "{name}");
        }
    }

    #[test]
    fn what_a_lookup_took_is_not_there_for_connecting() {
        for (took, left) in [(0, Some(5_000)), (4_900, Some(100)), (5_000, None), (60_000, None)] {
            let world = World::default();
            let resolving = Resolving(Slow(world.clone(), Std::from_millis(took)), Noting(world.clone()));
            let result = world.connect(&resolving, Std::from_secs(5));
            assert_eq!(world.0.lock().expect("no panic").noted, left.map(Std::from_millis), "{took}");
            assert_eq!(matches!(result, Err(Error::Timeout(Timeout::Connect))), left.is_none(), "{took}");
        }
    }

    #[test]
    fn a_lookup_that_takes_too_long_is_told_as_one() {
        for (asked, told) in [(Timeout::Connect, Timeout::Resolve), (Timeout::Global, Timeout::Global)] {
            let world = World::default();
            let result = world.connect_for(&Resolving(Silent, Noting(world.clone())), Std::from_secs(5), asked);
            assert!(matches!(result, Err(Error::Timeout(reason)) if reason == told), "{asked:?}: {result:?}");
        }
    }

    /// A clock, and what was left of the timeout when connecting began.
    #[derive(Debug, Clone, Default)]
    struct World(Arc<Mutex<State>>);

    #[derive(Debug, Default)]
    struct State {
        passed: Std,
        noted: Option<Std>,
    }

    impl World {
        fn connect(&self, connector: &impl Connector, timeout: Std) -> Result<(), Error> {
            self.connect_for(connector, timeout, Timeout::Connect)
        }

        fn connect_for(&self, connector: &impl Connector, timeout: Std, reason: Timeout) -> Result<(), Error> {
            let (began, clock) = (std::time::Instant::now(), self.clone());
            let details = ConnectionDetails {
                uri: &Uri::from_static("https://auth.example/token"),
                addrs: Later.empty(),
                config: &ureq::Agent::config_builder().proxy(None).build(),
                request_level: false,
                resolver: &Later,
                now: Instant::Exact(began),
                timeout: NextTimeout { after: timeout.into(), reason, ..NextTimeout::default() },
                current_time: Arc::new(move || Instant::Exact(began + clock.0.lock().expect("no panic").passed)),
                run_connector: Arc::new(|_| Err(Error::ConnectionFailed)),
                register_shutdown: Arc::new(|_| Ok(())),
            };
            connector.connect(&details, None).map(drop)
        }
    }

    #[derive(Debug)]
    struct Slow(World, Std);

    impl Resolver for Slow {
        fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
            self.0.0.lock().expect("no panic").passed += self.1;
            let mut addrs = self.empty();
            addrs.push(SocketAddr::from(([127, 0, 0, 1], 9)));
            Ok(addrs)
        }
    }

    /// A name server that never answers, as [`Lookup`] has it.
    #[derive(Debug)]
    struct Silent;

    impl Resolver for Silent {
        fn resolve(&self, _: &Uri, _: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
            Err(Error::Timeout(timeout.reason))
        }
    }

    #[derive(Debug)]
    struct Noting(World);

    impl Connector for Noting {
        type Out = Box<dyn Transport>;

        fn connect(&self, details: &ConnectionDetails<'_>, _: Option<()>) -> Result<Option<Self::Out>, Error> {
            assert_eq!(details.now, (details.current_time)());
            self.0.0.lock().expect("no panic").noted = Some(*details.timeout.after);
            Ok(None)
        }
    }
}
