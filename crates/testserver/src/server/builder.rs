//! The settings of a server.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};

use hallpass_testkit::provider::{Provider, ProviderConfig};
use tokio::net::TcpListener;
use tokio::runtime;
use tokio::sync::oneshot;

use super::serving::accept;
use super::{Shared, TestServer};
use crate::error::StartError;
use crate::record::{KEPT, Recorder};
use crate::tls::Certificate;

/// The settings of a [`TestServer`], from [`TestServer::builder`].
///
/// ```
/// use hallpass_testserver::provider::ProviderConfig;
/// use hallpass_testserver::{TestServer, tls::{Authority, Leaf}};
///
/// let authority = Authority::new();
/// let server = TestServer::builder()
///     .provider(ProviderConfig { seed: 7, ..ProviderConfig::default() })
///     .tls(authority.issue(Leaf::Good))
///     .start()?;
/// assert!(server.origin().starts_with("https://127.0.0.1:"));
/// # Ok::<(), hallpass_testserver::StartError>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "a builder starts nothing until `start`"]
pub struct Builder {
    provider: ProviderConfig,
    tls: Option<Certificate>,
    address: SocketAddr,
    kept: usize,
}

impl Default for Builder {
    fn default() -> Self {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self { provider: ProviderConfig::default(), tls: None, address, kept: KEPT }
    }
}

impl Builder {
    /// What the provider knows and allows.
    pub fn provider(self, provider: ProviderConfig) -> Self {
        Self { provider, ..self }
    }

    /// Serves https with this certificate. A plain server otherwise.
    pub fn tls(self, certificate: Certificate) -> Self {
        Self { tls: Some(certificate), ..self }
    }

    /// Where to listen: 127.0.0.1 with any free port otherwise.
    pub fn listen(self, address: SocketAddr) -> Self {
        Self { address, ..self }
    }

    /// How many requests [`TestServer::requests`] remembers: 10,000 otherwise. 0 records nothing, for a server that
    /// runs on.
    pub fn keep_requests(self, kept: usize) -> Self {
        Self { kept, ..self }
    }

    /// Starts the server. It accepts connections when this returns.
    pub fn start(self) -> Result<TestServer, StartError> {
        let failed = |source| StartError::Listen { address: self.address, source };
        let socket = std::net::TcpListener::bind(self.address).map_err(failed)?;
        let address = socket.local_addr().map_err(failed)?;
        socket.set_nonblocking(true).map_err(failed)?;

        let runtime = runtime::Builder::new_current_thread().enable_all().build().map_err(StartError::Thread)?;
        let listener = {
            let _context = runtime.enter();
            TcpListener::from_std(socket).map_err(failed)?
        };
        let shared = Arc::new(Shared {
            provider: Provider::new(self.provider).into(),
            ahead: Mutex::default(),
            recorder: Recorder::new(self.kept),
            connections: AtomicUsize::default(),
        });
        let secure = self.tls.is_some();
        runtime.spawn(accept(listener, self.tls.map(|certificate| certificate.server_config()), Arc::clone(&shared)));
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name(format!("testserver {address}"))
            .spawn(move || {
                // Dropping the runtime afterwards drops every connection with it.
                let _ = runtime.block_on(stopped);
            })
            .map_err(StartError::Thread)?;
        Ok(TestServer { address, secure, shared, stop: Some(stop), thread: Some(thread) })
    }
}
