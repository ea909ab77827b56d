//! A socket whose every call ends at a deadline.

use core::time::Duration;
use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use socket2::{Domain, SockAddr, Socket, Type};

/// TCP or Unix.
pub(super) struct Timed {
    /// Of either kind: unlike socket2's, the calls of this type raise no SIGPIPE in a program that has not set it aside.
    socket: TcpStream,
    deadline: Instant,
}

impl Timed {
    pub(super) fn tcp(host: &str, port: u16, deadline: Instant) -> io::Result<Self> {
        Self::first(&resolve(host, port, deadline)?, deadline)
    }

    /// To the first address that takes a connection. Each has its share of what is left: one that says nothing leaves the
    /// others theirs.
    fn first(addresses: &[SocketAddr], deadline: Instant) -> io::Result<Self> {
        let mut last = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
        let remaining = (1..=u32::try_from(addresses.len()).unwrap_or(u32::MAX)).rev();
        for (&address, remaining) in addresses.iter().zip(remaining) {
            let domain = if address.is_ipv4() { Domain::IPV4 } else { Domain::IPV6 };
            match Self::connect(domain, &address.into(), left(deadline)? / remaining, deadline) {
                Ok(timed) => {
                    timed.socket.set_nodelay(true)?;
                    return Ok(timed);
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    pub(super) fn unix(path: &Path, deadline: Instant) -> io::Result<Self> {
        Self::connect(Domain::UNIX, &SockAddr::unix(path)?, left(deadline)?, deadline)
    }

    fn connect(domain: Domain, address: &SockAddr, within: Duration, deadline: Instant) -> io::Result<Self> {
        let socket = Socket::new(domain, Type::STREAM, None)?;
        socket.connect_timeout(address, within)?;
        Ok(Self { socket: socket.into(), deadline })
    }

    /// Allows the next call until then.
    pub(super) fn until(&mut self, deadline: Instant) {
        self.deadline = deadline;
    }

    /// Whether calls answer at once that there is nothing, instead of waiting.
    pub(super) fn at_once(&self, at_once: bool) -> io::Result<()> {
        self.socket.set_nonblocking(at_once)
    }
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        uninterrupted(|| {
            self.socket.set_read_timeout(Some(left(self.deadline)?))?;
            self.socket.read(buffer)
        })
    }
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        uninterrupted(|| {
            self.socket.set_write_timeout(Some(left(self.deadline)?))?;
            self.socket.write(bytes)
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A process that was stopped and goes on finds its call interrupted.
fn uninterrupted(mut call: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}

fn left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(late()) } else { Ok(left) }
}

fn late() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "the time for a call is over")
}

/// The system's resolver knows no deadline, so it is asked on a thread of its own.
fn resolve(host: &str, port: u16, deadline: Instant) -> io::Result<Vec<SocketAddr>> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let (answer, answered) = mpsc::channel();
    let asked = host.to_owned();
    // Nobody listens once the deadline is over.
    let asking = move || drop(answer.send((asked.as_str(), port).to_socket_addrs().map(Iterator::collect)));
    match thread::Builder::new().name("hallpass-resolve".into()).spawn(asking) {
        Ok(_) => answered.recv_timeout(left(deadline)?).map_err(|_| late())?,
        // Where no thread can be had it is asked here: whoever connects then still keeps the deadline.
        Err(_) => (host, port).to_socket_addrs().map(Iterator::collect),
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn each_call_has_the_deadline_it_was_given_last() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("it listens").port();
        let later = Instant::now() + Duration::from_mins(1);
        let mut timed = Timed::tcp("127.0.0.1", port, later).expect("it is let in");
        timed.until(Instant::now());
        let error = timed.write(b"x").expect_err("the time is over");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(timed.read(&mut [0]).expect_err("the time is over").kind(), io::ErrorKind::TimedOut);
        timed.until(later);
        assert_eq!(timed.write(b"x").expect("there is time again"), 1);
    }

    /// As behind a firewall that drops what comes.
    #[cfg(target_os = "linux")]
    #[test]
    fn an_address_that_says_nothing_leaves_time_for_the_next() {
        let deaf = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        deaf.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).expect("a free port");
        deaf.listen(0).expect("it listens");
        let silent = deaf.local_addr().expect("it listens").as_socket().expect("an address");
        let let_in = || std::net::TcpStream::connect_timeout(&silent, Duration::from_millis(200));
        // Once its queue is full, the system answers nobody any more.
        let queue: Vec<_> = core::iter::from_fn(|| let_in().ok()).collect();

        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let good = listener.local_addr().expect("it listens");
        let timed = Timed::first(&[silent, good], Instant::now() + Duration::from_secs(2)).expect("there is time");
        assert_eq!(timed.socket.peer_addr().expect("it is connected"), good);
        drop(queue);
    }

    #[test]
    fn a_call_that_a_signal_interrupts_is_made_again() {
        let mut calls = [Err(io::ErrorKind::Interrupted.into()), Ok(7), Ok(8)].into_iter();
        assert_eq!(uninterrupted(|| calls.next().expect("no fourth call")).expect("it went on"), 7);
    }
}
