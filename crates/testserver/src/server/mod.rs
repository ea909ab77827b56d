//! The provider behind a listening socket.

mod builder;
mod serving;

pub use builder::Builder;

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use hallpass_testkit::provider::Provider;
use http::{HeaderMap, StatusCode};
use time::{SignedDuration, UtcDateTime};
use tokio::sync::oneshot;

use crate::error::StartError;
use crate::nobody::Nobody;
use crate::record::{Recorded, Recorder, lock};

/// An authorization server and its API on a socket. Dropping it closes every connection and ends its thread.
///
/// ```
/// use hallpass_testserver::TestServer;
///
/// let server = TestServer::start()?;
/// let reply = ureq::get(server.url("/v3/ping")).call()?;
/// assert_eq!(reply.status(), 200);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct TestServer {
    address: SocketAddr,
    secure: bool,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    provider: Mutex<Provider>,
    ahead: Mutex<Duration>,
    recorder: Recorder,
    connections: AtomicUsize,
}

impl TestServer {
    /// Starts a server on a free port of 127.0.0.1, without TLS, with the default provider.
    pub fn start() -> Result<Self, StartError> {
        Self::builder().start()
    }

    /// A server with other settings.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Scheme, host and port, such as `http://127.0.0.1:49152`.
    pub fn origin(&self) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// The URL of a path that begins with `/`.
    pub fn url(&self, path: &str) -> String {
        self.origin() + path
    }

    /// The requests that arrived, oldest first, as many as [`Builder::keep_requests`] allows. A request is here
    /// before its answer leaves.
    pub fn requests(&self) -> Vec<Recorded> {
        self.shared.recorder.all()
    }

    /// Those of them that were for this path, whatever their query.
    ///
    /// ```
    /// let server = hallpass_testserver::TestServer::start()?;
    /// ureq::get(server.url("/v3/ping?from=here")).call()?;
    /// assert_eq!(server.requests_to("/v3/ping").len(), 1);
    /// assert_eq!(server.requests_to("/oauth/token").len(), 0, "nobody has logged in");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn requests_to(&self, path: &str) -> Vec<Recorded> {
        let mut requests = self.requests();
        requests.retain(|request| request.target.split('?').next() == Some(path));
        requests
    }

    /// How many connections were accepted.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Looks into the provider, or changes it. No request is answered meanwhile.
    ///
    /// ```
    /// use hallpass_testserver::TestServer;
    ///
    /// let server = TestServer::start()?;
    /// server.with_provider(|provider| provider.config_mut().clients.clear()); // nobody's secret is good any more
    /// assert_eq!(server.with_provider(|provider| provider.revoked_families()), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_provider<T>(&self, look: impl FnOnce(&mut Provider) -> T) -> T {
        look(&mut lock(&self.shared.provider))
    }

    /// Answers the next `times` requests, whatever they ask for, with this instead. [`Provider::fail_next`] takes headers
    /// too.
    ///
    /// ```
    /// let server = hallpass_testserver::TestServer::start()?;
    /// server.fail_next(1, http::StatusCode::SERVICE_UNAVAILABLE, "busy");
    /// assert!(ureq::get(server.url("/v3/ping")).call().is_err());
    /// assert!(ureq::get(server.url("/v3/ping")).call().is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn fail_next(&self, times: usize, status: StatusCode, body: &str) {
        self.with_provider(|provider| provider.fail_next(times, status, HeaderMap::new(), body));
    }

    /// Revokes every access token issued so far, as an administrator would. Refresh tokens stay good.
    pub fn revoke_all(&self) {
        self.with_provider(Provider::revoke_all);
    }

    /// Moves the server's clock ahead of the machine's by this much more, so that tokens expire without a wait.
    pub fn advance(&self, by: Duration) {
        let mut ahead = lock(&self.shared.ahead);
        *ahead = ahead.saturating_add(by);
    }

    /// What time the server thinks it is.
    pub fn now(&self) -> UtcDateTime {
        self.shared.now()
    }

    /// Ends it, as when it is dropped. Whoever connects afterwards is refused as long as the [`Nobody`] lives: no other
    /// server is given its port meanwhile.
    ///
    /// ```
    /// let server = hallpass_testserver::TestServer::start()?;
    /// let ping = server.url("/v3/ping");
    /// assert!(ureq::get(&ping).call().is_ok());
    /// let _nobody = server.stop()?;
    /// assert!(ureq::get(&ping).call().is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stop(self) -> io::Result<Nobody> {
        let address = self.address;
        drop(self);
        Nobody::in_place_of(address)
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // It ends by itself now; if it panicked, its own message has been printed.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn now(&self) -> UtcDateTime {
        let ahead = SignedDuration::try_from(*lock(&self.ahead)).unwrap_or(SignedDuration::MAX);
        UtcDateTime::now().saturating_add(ahead)
    }
}
