//! What the examples with plain sockets owe the machine: nothing in the clear, an end in time, and an honest word of what left.

#[path = "../examples/plain/mod.rs"]
mod plain;

use std::io::{self, ErrorKind, Read, Write};
use std::sync::Arc;
use std::time::Duration;

use hallpass_core::dialect::BasicForm;
use hallpass_core::lifecycle::{Lifecycle, Lock, Sending, Setup, Slot, Ticket, Todo, Want};
use hallpass_core::{EgressRules, Endpoint, Now, Reply, Secrets, SendError, UtcDateTime, secret};
use plain::Exchange;

const START: Now = Now { mono: Duration::ZERO, wall: UtcDateTime::UNIX_EPOCH };

/// A request that is to be sent, at most ten bytes of whose reply are read.
fn sending(url: &str) -> Slot<Sending> {
    let dialect = BasicForm::new(Endpoint::parse(url).expect("a URL"), "me");
    let mut setup = Setup::new(Arc::new(dialect), 1, "");
    setup.rules.reply_cap = 10;
    let mut life = Lifecycle::new(setup);
    let Ticket::Lead(_, Todo::Peek(slot)) = life.get(START, &Want::default()) else { panic!("nothing is held") };
    let Some(Todo::Lock(slot)) = life.peeked(START, slot, Ok(None)) else { panic!("nothing is stored") };
    let Some(Todo::Secret(slot)) = life.locked(START, slot, Ok(Lock::Held(None))) else { panic!("it needs one") };
    let Some(Todo::Send(slot)) = life.secret(START, slot, Ok(Secrets::one(secret::CLIENT_SECRET, "s3cret"))) else {
        panic!("it authenticates");
    };
    slot
}

/// A socket that takes everything, and has this to read before it fails, or ends.
struct Socket(Vec<u8>, Option<ErrorKind>);

impl Read for Socket {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.0.as_slice().read(into)?;
        self.0.drain(..count);
        if count == 0 { self.1.map_or(Ok(0), |kind| Err(kind.into())) } else { Ok(count) }
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.1 == Some(ErrorKind::ConnectionRefused) {
            Err(ErrorKind::ConnectionRefused.into())
        } else {
            Ok(bytes.len())
        }
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn replied(read: &str, then: Option<ErrorKind>, after: Duration) -> Option<Result<Reply, SendError>> {
    let mut exchange = Exchange::new(Socket(read.into(), then), sending("http://127.0.0.1:1/token?a=b"), START);
    exchange.go_on(START.after(after))
}

#[test]
fn no_secret_goes_out_in_the_clear_where_tls_is_wanted() {
    let connected = plain::connect(&sending("https://127.0.0.1:1/token"), |_| -> io::Result<()> { panic!("no") });
    assert!(matches!(connected, Err(SendError::NotSent(_))), "{connected:?}");
}

#[test]
fn a_whole_reply_is_one_and_a_part_is_none() {
    let whole = replied("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", None, Duration::ZERO);
    let Some(Ok(reply)) = whole else { panic!("{whole:?}") };
    assert_eq!((reply.status.as_u16(), reply.body.expose(), reply.cut), (200, &b"{}"[..], false));
    let long = replied("HTTP/1.1 200 OK\r\n\r\n{\"access_token\":1}", None, Duration::ZERO);
    let Some(Ok(reply)) = long else { panic!("{long:?}") };
    assert_eq!((reply.body.expose(), reply.cut), (&b"{\"access_to"[..10], true));
    for part in ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n{}"] {
        let ended = replied(part, None, Duration::ZERO);
        assert!(matches!(ended, Some(Err(SendError::MaybeSent(_)))), "{part}: {ended:?}");
    }
}

#[test]
fn whoever_is_silent_is_waited_for_no_longer_than_the_time_allowed() {
    let (silent, allowed) = (Some(ErrorKind::WouldBlock), EgressRules::default().timeout);
    assert_eq!(replied("HTTP/1.1", silent, allowed.saturating_sub(Duration::from_nanos(1))), None);
    let late = replied("HTTP/1.1", silent, allowed);
    assert!(matches!(late, Some(Err(SendError::MaybeSent(_)))), "{late:?}");
}

#[test]
fn what_never_left_may_be_sent_again() {
    let refused = replied("", Some(ErrorKind::ConnectionRefused), Duration::ZERO);
    assert!(matches!(refused, Some(Err(SendError::NotSent(_)))), "{refused:?}");
    let reset = replied("", Some(ErrorKind::ConnectionReset), Duration::ZERO);
    assert!(matches!(reset, Some(Err(SendError::MaybeSent(_)))), "{reset:?}");
}
