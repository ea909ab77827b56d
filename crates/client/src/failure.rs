//! What a failed connection means, in words, the same for both drivers.

use std::io;

use hallpass_core::{Misuse, Origin, SendError};
use rustls::AlertDescription;

/// Why no process and no thread can be started, and what helps.
pub const NO_PROCESS: &str =
    "a limit on processes and threads is reached (`ulimit -u`, or a container's): raise it, or end some";

/// The mistake of a proxy that the HTTP library does not take.
pub fn bad_proxy() -> Misuse {
    Misuse::Value { what: "proxy".into(), why: "it is not of the form http://host:port".into() }
}

/// Why an exchange failed, as far as the HTTP library's errors tell.
#[derive(Debug)]
pub enum Cause<'a> {
    /// The handshake failed.
    Tls(&'a rustls::Error),
    /// A socket failed.
    Io(&'a io::Error),
    /// The name is not known.
    Name,
    /// The name was not looked up in time.
    LookupTimeout,
    /// No connection could be made.
    Connect,
    /// No connection was made in time.
    ConnectTimeout,
    /// The time for the whole exchange is over.
    Timeout,
    /// The server closed the connection instead of answering, or in the middle of it.
    Closed,
    /// The proxy refused the tunnel, with this status if that is known.
    Proxy(Option<u16>),
    /// What answered does not speak HTTP, or breaks its rules.
    NotHttp,
    /// Nobody says.
    Unclear,
    /// Something else, in words.
    Other(&'a str),
}

/// The error of an exchange: what happened, and whether any byte of the request may have left. `proxy` is the one that
/// the exchange went through.
pub fn send_error(cause: &Cause<'_>, wrote: bool, proxy: Option<&Origin>) -> SendError {
    let what = match (proxy, wrote) {
        (Some(proxy), false) => format!("through the proxy {proxy}: {}", words(cause)),
        _ => words(cause),
    };
    match cause {
        Cause::Tls(rustls::Error::InvalidCertificate(_)) => SendError::Untrusted(what),
        // TLS 1.3 lets a client write before the server has looked at its certificate; what was written is not read then.
        Cause::Tls(rustls::Error::AlertReceived(alert)) if is_about_the_client(*alert) => SendError::Untrusted(what),
        // A proxy may lock an account after a few tries.
        Cause::Proxy(Some(UNAUTHENTICATED)) if !wrote => SendError::Untrusted(what),
        _ if wrote => SendError::MaybeSent(what),
        _ => SendError::NotSent(what),
    }
}

/// The error of a response whose body came to no end, since its time was over or since it broke off.
pub fn no_end(out_of_time: bool) -> io::Error {
    if out_of_time {
        return io::Error::new(io::ErrorKind::TimedOut, OUT_OF_TIME);
    }
    io::Error::other("the response broke off")
}

/// The error of a response whose body has more bytes than the caller wants.
pub fn too_long(limit: usize) -> io::Error {
    io::Error::other(format!("the response is longer than {limit} bytes"))
}

/// The error of a response that was to be text.
pub fn not_text() -> io::Error {
    io::Error::other("the response is not UTF-8")
}

/// What a proxy answers that takes no one without credentials, or not these (RFC 9110 section 15.5.8).
const UNAUTHENTICATED: u16 = 407;

const OUT_OF_TIME: &str = "the time for the whole exchange is over";

fn words(cause: &Cause<'_>) -> String {
    match cause {
        Cause::Tls(rustls::Error::InvalidCertificate(why)) => {
            let (flaw, advice) = flaw(why);
            format!("the server's certificate is not trusted ({flaw}): {advice}")
        }
        Cause::Tls(rustls::Error::InvalidMessage(_)) => {
            "what answered does not speak TLS: check the port, and whether the URL should begin with http".into()
        }
        Cause::Tls(rustls::Error::AlertReceived(AlertDescription::CertificateRequired)) => {
            "the server wants a client certificate, and none was shown: set client_certificate".into()
        }
        Cause::Tls(rustls::Error::AlertReceived(alert)) if is_about_the_client(*alert) => {
            format!("the server does not take the client certificate ({alert:?}): check which one it expects")
        }
        Cause::Tls(rustls::Error::AlertReceived(AlertDescription::HandshakeFailure)) => {
            "the server broke the TLS handshake off: it may want a client certificate (client_certificate)".into()
        }
        Cause::Tls(error) => format!("TLS failed: {error}"),
        Cause::Io(error) => match error.kind() {
            io::ErrorKind::ConnectionRefused => "nobody listens there: check host and port".into(),
            io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe => {
                "the server broke the connection off".into()
            }
            io::ErrorKind::UnexpectedEof => words(&Cause::Closed),
            io::ErrorKind::TimedOut => words(&Cause::Timeout),
            _ if error.to_string().contains("lookup address") => words(&Cause::Name),
            _ => error.to_string(),
        },
        Cause::Name => "the host name is not known: check its spelling, and the network's name service".into(),
        Cause::LookupTimeout => "the name was not resolved in time".into(),
        Cause::Connect => "no connection could be made".into(),
        Cause::ConnectTimeout => "no connection was made in time".into(),
        Cause::Timeout => OUT_OF_TIME.into(),
        Cause::Closed => "the server closed the connection before its reply was whole".into(),
        Cause::Proxy(Some(UNAUTHENTICATED)) => {
            "the proxy wants credentials, or other ones (407): check the user and the password in its URL".into()
        }
        Cause::Proxy(Some(status)) => format!("the proxy does not let this through ({status})"),
        Cause::Proxy(None) => "the proxy does not let this through, or is no HTTP proxy".into(),
        Cause::NotHttp => {
            "the reply is not proper HTTP: check the port, and whether the URL should begin with https".into()
        }
        Cause::Unclear => "the HTTP exchange failed".into(),
        Cause::Other(what) => (*what).into(),
    }
}

/// Whether a server's alert (RFC 8446 section 6.2) says that it does not let this client in: nothing else about a client
/// has a certificate.
fn is_about_the_client(alert: AlertDescription) -> bool {
    use AlertDescription as Alert;
    matches!(
        alert,
        Alert::CertificateRequired
            | Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateExpired
            | Alert::CertificateUnknown
            | Alert::UnknownCA
            | Alert::AccessDenied
            | Alert::DecryptError
    )
}

/// What is wrong with a certificate, and what helps; never what it says, which is the server's choice and may be long.
fn flaw(error: &rustls::CertificateError) -> (&'static str, &'static str) {
    use rustls::CertificateError as Flaw;
    let clock = "check this machine's clock; if it is right, the server needs another certificate";
    match error {
        Flaw::Expired | Flaw::ExpiredContext { .. } => ("it has expired", clock),
        Flaw::NotValidYet | Flaw::NotValidYetContext { .. } => ("it is not valid yet", clock),
        Flaw::NotValidForName | Flaw::NotValidForNameContext { .. } => (
            "it is for another name",
            "check the host in the URL; if it is right, the server needs another certificate",
        ),
        Flaw::UnknownIssuer => ("nobody known vouches for it", "if it is right, add its authority with ca_file"),
        Flaw::Revoked => ("it was revoked", "the server needs another certificate"),
        Flaw::BadSignature | Flaw::UnsupportedSignatureAlgorithmContext { .. } => {
            ("its signature is no good", "check what is between here and the server")
        }
        Flaw::InvalidPurpose | Flaw::InvalidPurposeContext { .. } => {
            ("it is not meant for servers", "the server needs another certificate")
        }
        _ => ("it is not well made", "if it is right, add its authority with ca_file"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::CertificateError as Flaw;

    /// No authority helps one that has expired.
    #[test]
    fn an_authority_is_asked_for_only_where_one_would_help() {
        let told = |flaw| words(&Cause::Tls(&rustls::Error::InvalidCertificate(flaw)));
        assert!(told(Flaw::UnknownIssuer).contains("ca_file"));
        for flaw in [Flaw::Expired, Flaw::NotValidYet, Flaw::NotValidForName, Flaw::Revoked] {
            let told = told(flaw);
            assert!(told.contains("certificate is not trusted (") && !told.contains("ca_file"), "{told}");
        }
    }
}
