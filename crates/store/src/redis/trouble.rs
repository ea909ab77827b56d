//! Why a call failed, and whether it was applied.

use std::error::Error;
use std::io;
use std::sync::Arc;

use ::redis::{RedisError, ServerError};

use super::address::Address;
use crate::{SaveError, StoreError};

/// What is known of a call that failed.
#[derive(Debug)]
pub(super) enum Trouble {
    /// Nothing was done: it never reached the server whole, or the server said no.
    Undone(String),
    /// It was sent, and nobody knows what became of it.
    Unknown(String),
}

impl Trouble {
    /// Nothing that the server could act on has been sent.
    pub(super) fn unsent(error: &io::Error) -> Self {
        Self::Undone(match error.kind() {
            _ if let Some(why) = unwelcome(error) => why,
            io::ErrorKind::InvalidData => format!("cannot be trusted ({error}): {}", distrusted(error)),
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => format!("cannot be reached in time: {START}"),
            _ => format!("cannot be reached ({error}): {START}"),
        })
    }

    /// The whole request was sent. The library's words are not shown: they may quote a reply.
    pub(super) fn unanswered(error: &RedisError) -> Self {
        // In TLS 1.3 the request follows the client's certificate at once, and is read by nobody who refuses that.
        if let Some(why) = inner(error).and_then(unwelcome) {
            return Self::Undone(why);
        }
        Self::Unknown(match () {
            () if error.is_timeout() => format!("gave no answer in time: {LOOK}"),
            () if error.is_io_error() => format!("closed the connection instead of answering: {LOOK}"),
            () => return Self::odd(),
        })
    }

    /// The answer means nothing.
    pub(super) fn odd() -> Self {
        Self::Unknown("answered in a way that no Redis does: correct the store's URL".into())
    }

    /// The server said no. Its own words are not shown: some quote what they were sent.
    pub(super) fn refused(error: &ServerError) -> Self {
        let said = [error.code(), error.details().unwrap_or_default()].join(" ");
        // It has no code of its own.
        if said.contains("max number of clients") {
            return Self::Undone("refused: its `maxclients` are there already: raise that, or try again later".into());
        }
        let known = ADVICE.iter().find(|(code, _)| {
            // Older servers put the code of an error in a script inside the text of another.
            said.split(|c: char| !c.is_ascii_alphabetic()).any(|word| word == *code)
                || (*code == NOPERM && said.contains("executing the script can't run"))
        });
        match known {
            Some((code, advice)) => Self::Undone(format!("refused ({code}): {advice}")),
            None => Self::Undone("refused: it may be older than version 6, or no Redis; its log may tell more".into()),
        }
    }

    /// The same with the server's address before it.
    pub(super) fn at(self, address: &Address) -> Self {
        match self {
            Self::Undone(what) => Self::Undone(format!("{address} {what}")),
            Self::Unknown(what) => Self::Unknown(format!("{address} {what}")),
        }
    }
}

/// The error of the connection, which the library's has in it.
fn inner(error: &RedisError) -> Option<&io::Error> {
    let source = error.source()?;
    let shared = source.downcast_ref::<Arc<dyn Error + Send + Sync>>();
    source.downcast_ref().or_else(|| shared?.downcast_ref())
}

/// What the server has against the client's certificate, or the want of one.
fn unwelcome(error: &io::Error) -> Option<String> {
    use rustls::AlertDescription as Alert;

    let Some(rustls::Error::AlertReceived(alert)) = error.get_ref()?.downcast_ref() else { return None };
    let give = "give one with `client_certificate` (`Redis::client_certificate`), or let it ask for none";
    match alert {
        Alert::CertificateRequired => Some(format!("wants a client certificate: {give} (`tls-auth-clients no`)")),
        // Before TLS 1.3 there is no alert of its own for that.
        Alert::HandshakeFailure => Some(format!(
            "ended the handshake of TLS ({alert:?}): if it wants a client certificate, {give}; if not, it shares no version or \
             cipher"
        )),
        Alert::BadCertificate
        | Alert::UnsupportedCertificate
        | Alert::CertificateRevoked
        | Alert::CertificateExpired
        | Alert::CertificateUnknown
        | Alert::UnknownCA => Some(format!(
            "does not take the client certificate ({alert:?}): show a client's that is valid, of an authority that it trusts"
        )),
        _ => None,
    }
}

/// What helps where TLS failed.
fn distrusted(error: &io::Error) -> &'static str {
    use rustls::CertificateError::{Other, UnknownIssuer};
    use rustls::Error::InvalidCertificate;

    match error.get_ref().and_then(|error| error.downcast_ref()) {
        Some(InvalidCertificate(UnknownIssuer | Other(_))) => "trust its authority with `ca_file` (`Redis::ca_pem`)",
        Some(InvalidCertificate(_)) => "it needs another certificate, unless a clock or the URL's host is wrong",
        _ => "check that it speaks TLS, or correct the store's URL",
    }
}

const START: &str = "start it, or correct the store's URL";
const LOOK: &str = "look at the server and the way to it";
const CLUSTER: &str = "it is a node of a cluster that does not serve this key: give a proxy's address, or no cluster";
const NOPERM: &str = "NOPERM";
const WAIT: &str = "it cannot serve for now: try again later";

const ADVICE: &[(&str, &str)] = &[
    ("READONLY", "it is a read-only replica: give the primary's address"),
    ("NOAUTH", "it wants a password: give one in the URL or with `password`"),
    ("DENIED", "it is in protected mode and has no password: set one there, with `requirepass` or for its users"),
    ("WRONGPASS", "the user or the password is wrong"),
    (
        NOPERM,
        "the user may not do what a store needs: allow EVAL, EVALSHA, TIME, TYPE, GET, SET, DEL and RENAME on its keys, and SELECT for any database but 0",
    ),
    ("OOM", "it is out of memory: raise its `maxmemory`"),
    ("MISCONF", "it takes no writes since it cannot save to its disk: make room there"),
    ("MOVED", CLUSTER),
    ("ASK", CLUSTER),
    ("CROSSSLOT", "leave braces out of the store's prefix"),
    ("CLUSTERDOWN", WAIT),
    ("MASTERDOWN", WAIT),
    ("NOREPLICAS", WAIT),
    ("TRYAGAIN", WAIT),
    ("LOADING", WAIT),
    ("BUSY", WAIT),
];

impl From<Trouble> for StoreError {
    fn from(trouble: Trouble) -> Self {
        let (Trouble::Undone(what) | Trouble::Unknown(what)) = trouble;
        Self::new(what)
    }
}

impl From<Trouble> for SaveError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Undone(what) => Self::NotApplied(what),
            Trouble::Unknown(what) => Self::Unknown(what),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use super::*;

    #[test]
    fn what_was_not_sent_is_undone_and_says_why() {
        for (kind, why) in [
            (ErrorKind::WouldBlock, "cannot be reached in time: start it"),
            (ErrorKind::TimedOut, "cannot be reached in time: start it"),
            (ErrorKind::InvalidData, "cannot be trusted"),
            (ErrorKind::ConnectionRefused, "cannot be reached (connection refused): start it"),
        ] {
            let Trouble::Undone(told) = Trouble::unsent(&kind.into()) else { panic!("{kind}: nothing was sent") };
            assert!(told.starts_with(why), "{told}");
        }
    }

    #[test]
    fn a_certificate_that_is_not_trusted_says_what_helps() {
        use rustls::CertificateError::{Expired, NotValidForName, UnknownIssuer};

        for (flaw, advice) in [
            (UnknownIssuer, "trust its authority"),
            (Expired, "it needs another certificate"),
            (NotValidForName, "it needs another certificate"),
        ] {
            let error = io::Error::new(ErrorKind::InvalidData, rustls::Error::InvalidCertificate(flaw));
            let Trouble::Undone(told) = Trouble::unsent(&error) else { panic!("nothing was sent") };
            assert!(told.contains(advice), "{told}");
        }
    }

    #[test]
    fn what_was_not_answered_is_unknown_and_says_why() {
        for (error, why) in [
            (RedisError::from(io::Error::from(ErrorKind::TimedOut)), "gave no answer in time"),
            (io::Error::from(ErrorKind::WouldBlock).into(), "gave no answer in time"),
            (io::Error::from(ErrorKind::ConnectionReset).into(), "closed the connection instead of answering"),
            (io::Error::from(ErrorKind::UnexpectedEof).into(), "closed the connection instead of answering"),
            ((::redis::ErrorKind::Parse, "canary").into(), "answered in a way that no Redis does"),
        ] {
            let Trouble::Unknown(told) = Trouble::unanswered(&error) else { panic!("{error}: it was sent") };
            assert!(told.starts_with(why) && !told.contains("canary"), "{told}");
        }
    }
}
