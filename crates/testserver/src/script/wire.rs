//! One connection's bytes, with or without TLS, and counted.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use socket2::SockRef;

pub(super) struct Wire<'a> {
    socket: &'a TcpStream,
    tls: Option<Box<StreamOwned<ServerConnection, &'a TcpStream>>>,
    received: &'a AtomicU64,
}

impl<'a> Wire<'a> {
    /// With TLS, shakes hands.
    pub(super) fn new(
        socket: &'a TcpStream,
        config: Option<Arc<ServerConfig>>,
        received: &'a AtomicU64,
    ) -> io::Result<Self> {
        let tls = match config {
            None => None,
            Some(config) => {
                let connection = ServerConnection::new(config).map_err(io::Error::other)?;
                let mut stream = Box::new(StreamOwned::new(connection, socket));
                while stream.conn.is_handshaking() {
                    stream.conn.complete_io(&mut stream.sock)?;
                }
                Some(stream)
            }
        };
        Ok(Self { socket, tls, received })
    }

    /// Makes the close that follows an abort. The caller has to drop the socket next.
    pub(super) fn reset(&self) {
        let _ = SockRef::from(self.socket).set_linger(Some(Duration::ZERO));
    }

    /// Says that nothing more will come.
    pub(super) fn end(&mut self) {
        if let Some(stream) = &mut self.tls {
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
        let _ = self.socket.shutdown(Shutdown::Write);
    }

    /// Reads and counts until the client has closed its side.
    pub(super) fn swallow(&mut self) {
        let mut bytes = [0; 16 * 1024];
        while self.read(&mut bytes).is_ok_and(|count| count > 0) {}
    }

    /// The same for as long as the client never pauses for this time. False if it does.
    pub(super) fn swallow_for(&mut self, pause: Duration) -> bool {
        let _ = self.socket.set_read_timeout(Some(pause));
        let mut bytes = [0; 16 * 1024];
        let over = loop {
            match self.read(&mut bytes) {
                Ok(0) => break true,
                Ok(_) => {}
                Err(error) => break !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
            }
        };
        let _ = self.socket.set_read_timeout(None);
        over
    }
}

impl Read for Wire<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = loop {
            let read = match &mut self.tls {
                Some(stream) => stream.read(bytes),
                None => self.socket.read(bytes),
            };
            match read {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.received.fetch_add(count as u64, Ordering::SeqCst);
        Ok(count)
    }
}

impl Write for Wire<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.tls {
            Some(stream) => stream.write(bytes),
            None => self.socket.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.tls {
            Some(stream) => stream.flush(),
            None => self.socket.flush(),
        }
    }
}
