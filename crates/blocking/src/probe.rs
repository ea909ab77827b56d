//! A connection, made one stage after the other and with nothing said on it: for whoever has to say which stage fails.
//!
//! The async driver has none: a diagnosis is made once, by a program that has the time to wait, such as `hallpass doctor`.
//!
//! ```
//! use hallpass_blocking::probe;
//! use std::time::Duration;
//!
//! let second = Duration::from_secs(1);
//! let addresses = probe::resolve("127.0.0.1", 9, second).expect("an address is its own name");
//! assert_eq!(addresses.len(), 1);
//! assert!(probe::resolve("nobody.invalid", 443, second).is_err());
//! ```

use core::time::Duration;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::Instant;

use hallpass_client::config::Proxy;
use hallpass_client::failure::{Cause, send_error};
use hallpass_client::{Config, tls};
use hallpass_core::{Misuse, Origin, SendError};
use http::{HeaderValue, StatusCode};
use rustls::pki_types::ServerName;
use rustls::{CertificateError as Wrong, ClientConnection};

use hallpass_core::wire::basic::{self, BasicEncoding};

use crate::{lookup, transport};

/// The head of a proxy's answer is not longer than this.
const LONGEST_HEAD: usize = 16 * 1024;

/// Why a stage failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// What is wrong.
    pub flaw: Flaw,
    /// The same error as an exchange would have had.
    pub error: SendError,
}

/// What is wrong with a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Flaw {
    /// The name is not known.
    Name,
    /// Nobody listens there.
    Refused,
    /// No answer in time.
    Timeout,
    /// What answers does not speak TLS.
    NotTls,
    /// The certificate has expired.
    Expired,
    /// The certificate is not valid yet.
    NotYetValid,
    /// The certificate is for another name.
    WrongName,
    /// Nobody known vouches for the certificate, or it is no good in another way.
    Untrusted,
    /// The server does not let the client in: it shows no certificate, or not a good one.
    Client,
    /// The proxy wants other credentials.
    ProxyCredentials,
    /// The proxy refuses, with this status.
    ProxyRefuses(StatusCode),
    /// What should be a proxy is none.
    NoProxy,
    /// Anything else.
    Other,
}

impl Failed {
    fn new(flaw: Flaw, cause: &Cause<'_>) -> Self {
        Self { flaw, error: send_error(cause, false, None) }
    }

    fn said(flaw: Flaw, what: &str) -> Self {
        Self::new(flaw, &Cause::Other(what))
    }

    fn io(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Self::new(Flaw::Refused, &Cause::Io(error)),
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Self::said(Flaw::Timeout, "no answer came in time"),
            _ => Self::new(Flaw::Other, &Cause::Io(error)),
        }
    }

    fn tls(error: &rustls::Error) -> Self {
        let sent = send_error(&Cause::Tls(error), false, None);
        let flaw = match error {
            rustls::Error::InvalidMessage(_) => Flaw::NotTls,
            rustls::Error::InvalidCertificate(Wrong::Expired | Wrong::ExpiredContext { .. }) => Flaw::Expired,
            rustls::Error::InvalidCertificate(Wrong::NotValidYet | Wrong::NotValidYetContext { .. }) => {
                Flaw::NotYetValid
            }
            rustls::Error::InvalidCertificate(Wrong::NotValidForName | Wrong::NotValidForNameContext { .. }) => {
                Flaw::WrongName
            }
            rustls::Error::InvalidCertificate(_) => Flaw::Untrusted,
            rustls::Error::AlertReceived(_) if matches!(sent, SendError::Untrusted(_)) => Flaw::Client,
            _ => Flaw::Other,
        };
        Self { flaw, error: sent }
    }
}

/// The addresses of a host. The lookup itself cannot be broken off: it is left behind when the time is over, or, where no
/// thread can be had for it, waited for.
pub fn resolve(host: &str, port: u16, within: Duration) -> Result<Vec<SocketAddr>, Failed> {
    let unknown = || Failed::new(Flaw::Name, &Cause::Name);
    let asked = host.to_owned();
    match lookup::within(within, move || (asked.as_str(), port).to_socket_addrs().map(Vec::from_iter)) {
        Some(Ok(addresses)) if !addresses.is_empty() => Ok(addresses),
        Some(_) => Err(unknown()),
        None => Err(Failed::new(Flaw::Timeout, &Cause::LookupTimeout)),
    }
}

/// A connection, and the time until which everything on it has to be done: one that answers a byte at a time is given up too.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    /// None where it is beyond what the clock can tell.
    until: Option<Instant>,
}

impl Connection {
    /// What is left; an error if that is nothing.
    fn left(&self) -> io::Result<Option<Duration>> {
        let left = self.until.map(|until| until.saturating_duration_since(Instant::now()));
        if left == Some(Duration::ZERO) { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
    }
}

impl Read for Connection {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(self.left()?)?;
        self.stream.read(bytes)
    }
}

impl Write for Connection {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(self.left()?)?;
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// A connection to the first address that takes one. The time is that of all stages from here on.
pub fn connect(addresses: &[SocketAddr], within: Duration) -> Result<Connection, Failed> {
    let until = Instant::now().checked_add(within);
    let each = within / u32::try_from(addresses.len().max(1)).unwrap_or(u32::MAX);
    let mut failed = Failed::new(Flaw::Name, &Cause::Name);
    for address in addresses {
        match TcpStream::connect_timeout(address, each.max(Duration::from_millis(1))) {
            Ok(stream) => return Ok(Connection { stream, until }),
            Err(error) => failed = Failed::io(&error),
        }
    }
    Err(failed)
}

/// Asks a proxy for a tunnel (RFC 9110 section 9.3.6).
pub fn tunnel(mut stream: Connection, proxy: &Proxy, to: &Origin) -> Result<Connection, Failed> {
    let target = format!("{}:{}", transport::host(to), to.port());
    let mut head = format!("CONNECT {target} HTTP/1.1\r\nhost: {target}\r\n").into_bytes();
    if let Some(authorization) =
        proxy_authorization(proxy).map_err(|why| Failed::said(Flaw::Other, &why.to_string()))?
    {
        head.extend_from_slice(b"proxy-authorization: ");
        head.extend_from_slice(authorization.as_bytes());
        head.extend_from_slice(b"\r\n");
    }
    head.extend_from_slice(b"\r\n");
    stream.write_all(&head).map_err(|error| Failed::io(&error))?;
    match status(&mut stream).map_err(|error| Failed::io(&error))? {
        Some(status) if status.is_success() => Ok(stream),
        Some(StatusCode::PROXY_AUTHENTICATION_REQUIRED) => {
            Err(Failed::new(Flaw::ProxyCredentials, &Cause::Proxy(Some(407))))
        }
        Some(status) => Err(Failed::new(Flaw::ProxyRefuses(status), &Cause::Proxy(Some(status.as_u16())))),
        None => Err(Failed::said(Flaw::NoProxy, "what listens there is no HTTP proxy")),
    }
}

fn proxy_authorization(proxy: &Proxy) -> Result<Option<HeaderValue>, Misuse> {
    let credentials = proxy.credentials();
    credentials.map(|(user, password)| basic::authorization(user, password, BasicEncoding::Raw)).transpose()
}

/// The status of the answer whose head comes next; `None` if it is no HTTP.
fn status(stream: &mut Connection) -> io::Result<Option<StatusCode>> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && head.len() < LONGEST_HEAD && stream.read(&mut byte)? == 1 {
        head.extend_from_slice(&byte);
    }
    let line = head.strip_prefix(b"HTTP/1.").filter(|_| head.ends_with(b"\r\n\r\n"));
    Ok(line.and_then(|line| line.get(2..5)).and_then(|digits| StatusCode::from_bytes(digits).ok()))
}

/// A TLS handshake as the client would make it. The version that was agreed upon, such as `TLSv1_3`.
pub fn handshake(config: &Config, to: &Origin, mut stream: Connection) -> Result<String, Failed> {
    let other = |what: &str| Failed::said(Flaw::Other, what);
    let settings = config.trusted().and_then(|trusted| tls::settings(&trusted, config.get_client_certificate()));
    let settings = settings.map_err(|why| other(&why.to_string()))?;
    let name = ServerName::try_from(to.host()).map_err(|_| other("the host is no name that TLS knows"))?;
    let mut session = ClientConnection::new(Arc::new(settings), name).map_err(|error| Failed::tls(&error))?;
    while session.is_handshaking() {
        session.complete_io(&mut stream).map_err(|error| {
            let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
            inner.map_or_else(|| Failed::io(&error), Failed::tls)
        })?;
    }
    session.send_close_notify();
    // It has served; how it ends is nobody's trouble.
    let _ = session.write_tls(&mut stream);
    Ok(session.protocol_version().map_or_else(|| "TLS".to_owned(), |version| format!("{version:?}")))
}
