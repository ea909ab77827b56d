//! The ports of servers that are gone, which no other server gets soon.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Mutex;

use crate::Nobody;
use crate::record::lock;

/// As many files are open for it, of the 256 that some systems allow.
const KEPT: usize = 128;

static GONE: Mutex<VecDeque<Nobody>> = Mutex::new(VecDeque::new());

/// Keeps the port of a server that has ended, so that a client which still tries it finds nobody, and not the server of
/// the next test.
pub(crate) fn keep(address: SocketAddr) {
    // Who took it meanwhile may have it.
    let Ok(nobody) = Nobody::in_place_of(address) else { return };
    let mut gone = lock(&GONE);
    if gone.len() == KEPT {
        gone.pop_front();
    }
    gone.push_back(nobody);
}

/// Gives it back to a server that starts there again.
pub(crate) fn give_back(address: SocketAddr) {
    lock(&GONE).retain(|nobody| nobody.address() != address);
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn nobody_is_there_and_nobody_gets_it_by_chance() {
        let address = crate::TestServer::start().expect("a server").address();
        assert_eq!(TcpStream::connect(address).expect_err("it is gone").kind(), ErrorKind::ConnectionRefused);
        assert!(lock(&GONE).iter().any(|nobody| nobody.address() == address));
        #[cfg(target_os = "linux")]
        TcpListener::bind(address).expect("who asks for this very port gets it");
        let any = || TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
        assert!((0..KEPT).all(|_| any() != address));
    }
}
