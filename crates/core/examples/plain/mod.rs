//! HTTP/1.1 as far as the examples with plain sockets need it: one request, one reply, one connection, which never blocks.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, ToSocketAddrs as _};

use hallpass_core::lifecycle::{Sending, Slot};
use hallpass_core::{Body, Deadline, Now, Reply, SendError};

/// The most bytes of a reply before its body.
const HEAD: usize = 64 * 1024;

/// A request on its way, or its reply.
pub(crate) struct Exchange<S> {
    socket: S,
    out: Vec<u8>,
    read: Vec<u8>,
    /// Whether a byte has left.
    left: bool,
    pub(crate) until: Deadline,
    pub(crate) slot: Slot<Sending>,
}

/// A socket to the one origin that the request may go to.
pub(crate) fn connect<S>(slot: &Slot<Sending>, open: impl FnOnce(SocketAddr) -> io::Result<S>) -> Result<S, SendError> {
    let origin = slot.egress().origin();
    if origin.is_https() {
        return Err(SendError::NotSent("this example speaks no TLS, and no secret goes out in the clear".into()));
    }
    let addresses = (origin.host(), origin.port()).to_socket_addrs();
    let first = addresses.and_then(|mut all| all.next().ok_or_else(|| ErrorKind::NotFound.into()));
    first.and_then(open).map_err(|error| SendError::NotSent(error.to_string()))
}

impl<S: Read + Write> Exchange<S> {
    /// A socket that is connected, or about to be, and the request that is to go over it.
    pub(crate) fn new(socket: S, slot: Slot<Sending>, now: Now) -> Self {
        let until = Deadline::after(now, slot.egress().timeout());
        Self { socket, out: request(&slot), read: Vec::new(), left: false, until, slot }
    }

    /// Goes on as far as that takes no waiting. What came of it, once the server has closed, has said more than it may, or
    /// the time is over.
    pub(crate) fn go_on(&mut self, now: Now) -> Option<Result<Reply, SendError>> {
        let went = self.write_and_read();
        let failed = if self.left { SendError::MaybeSent } else { SendError::NotSent };
        match went {
            Ok(()) => Some(self.reply(now).ok_or_else(|| SendError::MaybeSent("the reply is no whole HTTP".into()))),
            Err(error) if !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::NotConnected) => {
                Some(Err(failed(error.to_string())))
            }
            Err(_) => self.until.passed(now).then(|| Err(failed("the time for the whole exchange is over".into()))),
        }
    }

    fn write_and_read(&mut self) -> io::Result<()> {
        while !self.out.is_empty() {
            let written = self.socket.write(&self.out)?;
            self.left = true;
            self.out.drain(..written);
        }
        let most = HEAD + self.slot.egress().reply_cap() + 1;
        let room = most.saturating_sub(self.read.len()) as u64;
        (&mut self.socket).take(room).read_to_end(&mut self.read).map(drop)
    }

    /// What was read. `None` also where less of it came than the server had told.
    fn reply(&self, received: Now) -> Option<Reply> {
        let most = self.slot.egress().reply_cap();
        let end = self.read.windows(4).take(HEAD).position(|window| window == b"\r\n\r\n")?;
        let (head, body) = (std::str::from_utf8(&self.read[..end]).ok()?, &self.read[end + 4..]);
        let status = head.split(' ').nth(1)?.parse().ok()?;
        let headers = head.lines().skip(1).filter_map(|line| line.split_once(": "));
        let headers = headers.filter_map(|(name, value)| Some((name.parse().ok()?, value.parse().ok()?)));
        let headers: http::HeaderMap = headers.collect();
        let length = headers.get("content-length").map_or(Some(0), |told| told.to_str().ok()?.parse().ok())?;
        let (cut, body) = (body.len() > most, &body[..body.len().min(most)]);
        (body.len() >= most.min(length)).then(|| Reply {
            status,
            headers,
            body: Body::new(body.to_vec()),
            cut,
            received,
        })
    }
}

fn request(slot: &Slot<Sending>) -> Vec<u8> {
    let (request, origin) = (slot.request(), slot.egress().origin());
    let (method, uri, body) = (&request.method, request.endpoint.uri(), request.body.expose());
    let target = uri.path_and_query().map_or("/", |it| it.as_str());
    let mut out = format!("{method} {target} HTTP/1.1\r\nhost: {}:{}\r\n", origin.host(), origin.port()).into_bytes();
    for (name, value) in &request.headers {
        out.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    out.extend(format!("connection: close\r\ncontent-length: {}\r\n\r\n", body.len()).as_bytes());
    out.extend(body);
    out
}
