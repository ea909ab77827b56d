//! Where a request may go and what a reply may cost: rules that travel with each send.

use core::time::Duration;

use super::{Endpoint, Origin};
use crate::error::Misuse;

/// The limits of one send, handed to the driver together with the request so that none can be forgotten.
///
/// A driver connects to [`origin`](Self::origin) and nowhere else, follows no redirect, repeats nothing on its own,
/// stops reading after [`reply_cap`](Self::reply_cap) bytes, and gives up when [`timeout`](Self::timeout) has passed
/// since it began, however steadily bytes arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Egress {
    origin: Origin,
    rules: EgressRules,
}

impl Egress {
    /// The one origin that may be connected to.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The total time for resolving, connecting, writing and reading.
    pub fn timeout(&self) -> Duration {
        self.rules.timeout
    }

    /// The part of it that resolving and connecting may take.
    pub fn connect_timeout(&self) -> Duration {
        self.rules.connect_timeout.min(self.rules.timeout)
    }

    /// The most bytes of a body that are read, counted after decoding.
    pub fn reply_cap(&self) -> usize {
        self.rules.reply_cap
    }
}

/// What [`Egress`] is made from; a profile or a builder sets it once.
///
/// ```
/// use hallpass_core::{EgressRules, Endpoint};
///
/// let rules = EgressRules::default();
/// assert!(rules.egress(&Endpoint::parse("https://auth.example/token")?).is_ok());
/// assert!(rules.egress(&Endpoint::parse("http://127.0.0.1:8080/token")?).is_ok());
/// assert!(rules.egress(&Endpoint::parse("http://localhost:8080/token")?).is_err());
/// # Ok::<(), hallpass_core::BadUrl>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EgressRules {
    /// Hosts that may be reached without TLS, beside loopback addresses.
    pub allow_http: Vec<String>,
    /// The total time for one send. Default 30 s.
    pub timeout: Duration,
    /// The time for resolving and connecting. Default 10 s.
    pub connect_timeout: Duration,
    /// The most bytes of a reply. Default 256 KiB.
    pub reply_cap: usize,
}

impl Default for EgressRules {
    fn default() -> Self {
        Self {
            allow_http: Vec::new(),
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(10),
            reply_cap: 256 * 1024,
        }
    }
}

impl EgressRules {
    /// The limits for a send to `endpoint`, or why it may not be sent to.
    pub fn egress(&self, endpoint: &Endpoint) -> Result<Egress, Misuse> {
        self.admit(endpoint.origin())?;
        Ok(Egress { origin: endpoint.origin().clone(), rules: self.clone() })
    }

    /// Whether secrets may travel to `origin` at all: https, a loopback address, or a host named in `allow_http`.
    pub fn admit(&self, origin: &Origin) -> Result<(), Misuse> {
        let named = || self.allow_http.iter().any(|host| host.eq_ignore_ascii_case(&origin.host()));
        if origin.is_https() || origin.is_loopback() || named() {
            return Ok(());
        }
        Err(Misuse::PlainHttp { origin: origin.to_string(), host: origin.host() })
    }
}
