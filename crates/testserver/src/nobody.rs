//! An address where nobody listens.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::thread;
use std::time::Duration;

use socket2::{Domain, Socket, Type};

/// A process that is being started has a copy of the listener, for as long as it has not become another program.
const TRIES: u32 = 1000;

/// An address where nobody listens: whoever connects is refused. Nobody else is given its port as long as this lives.
///
/// ```
/// use hallpass_testserver::Nobody;
///
/// let nobody = Nobody::bind()?;
/// assert!(ureq::get(nobody.origin()).call().is_err());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Nobody {
    /// Bound, and never listening.
    _socket: Socket,
    address: SocketAddr,
}

impl Nobody {
    /// At any free port of this machine's own address.
    pub fn bind() -> io::Result<Self> {
        Self::at(socket(Domain::IPV4)?, (Ipv4Addr::LOCALHOST, 0).into())
    }

    /// Where a server was that is gone.
    pub(crate) fn in_place_of(address: SocketAddr) -> io::Result<Self> {
        let mut tries = 1..TRIES;
        loop {
            let socket = socket(Domain::for_address(address))?;
            // Connections of the old server may not be over yet. Elsewhere this would share the port with who listens.
            #[cfg(unix)]
            socket.set_reuse_address(true)?;
            match Self::at(socket, address) {
                Err(error) if error.kind() == io::ErrorKind::AddrInUse && tries.next().is_some() => {
                    thread::sleep(Duration::from_millis(1));
                }
                nobody => return nobody,
            }
        }
    }

    /// Where it is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What a URL there begins with, as `http://127.0.0.1:40123`.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    fn at(socket: Socket, address: SocketAddr) -> io::Result<Self> {
        socket.bind(&address.into())?;
        let address = socket.local_addr()?.as_socket().ok_or(io::ErrorKind::AddrNotAvailable)?;
        Ok(Self { _socket: socket, address })
    }
}

fn socket(domain: Domain) -> io::Result<Socket> {
    Socket::new(domain, Type::STREAM, None)
}
