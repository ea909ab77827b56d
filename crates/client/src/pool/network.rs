//! Connections, shared by all whose configurations agree on what a connection is.

use core::time::Duration;
use std::sync::{Arc, Mutex, PoisonError};

use hallpass_core::Misuse;
use rustls_pki_types::CertificateDer;

use crate::config::Proxy;
use crate::tls::Identity;
use crate::{Config, Roots};

/// Ways to connect that are remembered; whoever comes with an older one has new connections.
const KNOWN: usize = 16;

/// What makes connections other connections.
#[derive(PartialEq, Eq)]
pub(crate) struct Network {
    pub(crate) roots: Roots,
    pub(crate) extra_ca: Vec<CertificateDer<'static>>,
    pub(crate) identity: Option<Identity>,
    pub(crate) proxy: Option<Proxy>,
    pub(crate) timeout: Duration,
    pub(crate) call_timeout: Duration,
    pub(crate) connect_timeout: Duration,
}

/// The transports in use.
pub(super) struct Networks<T>(Mutex<Vec<(Network, Arc<T>)>>);

impl<T> Networks<T> {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// The transport for `config`, made if there is none. Others wait meanwhile, since they would make the same.
    pub(super) fn find(
        &self,
        config: &Config,
        make: impl FnOnce(&Config) -> Result<T, Misuse>,
    ) -> Result<Arc<T>, Misuse> {
        let network = config.network();
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, transport)) = known.iter().find(|(other, _)| *other == network) {
            return Ok(transport.clone());
        }
        let transport = Arc::new(make(config)?);
        if known.len() == KNOWN {
            known.remove(0);
        }
        known.push((network, transport.clone()));
        Ok(transport)
    }
}
