//! A loopback listener with a thread for each connection, all of which end when it is dropped.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::ops::Deref;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use socket2::{Domain, SockRef, Socket, Type};

use crate::error::StartError;
use crate::record::lock;

pub(crate) struct Listening {
    address: SocketAddr,
    sockets: Arc<Sockets>,
    accepting: Option<JoinHandle<()>>,
}

/// Every open socket of one listener.
#[derive(Debug, Default)]
pub(crate) struct Sockets {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    stopped: bool,
    accepted: usize,
    tracked: u64,
    open: BTreeMap<u64, Arc<TcpStream>>,
    busy: BTreeSet<usize>,
    probes: BTreeMap<SocketAddr, Option<usize>>,
    threads: Vec<JoinHandle<()>>,
}

/// A socket that is shut down when the listener is dropped, and closed when this is.
#[derive(Debug)]
pub(crate) struct Tracked {
    id: u64,
    stream: Arc<TcpStream>,
    sockets: Arc<Sockets>,
}

impl Listening {
    /// `handle` is given each connection with its number, counted from 0, on a thread of its own.
    pub(crate) fn start(handle: impl Fn(usize, Tracked) + Send + Sync + 'static) -> Result<Self, StartError> {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let failed = |source| StartError::Listen { address: any, source };
        let listener = TcpListener::bind(any).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let sockets = Arc::new(Sockets::default());
        let shared = Arc::clone(&sockets);
        let accepting = thread::Builder::new()
            .name(format!("listener {address}"))
            .spawn(move || accept(&listener, &shared, &Arc::new(handle)))
            .map_err(StartError::Thread)?;
        Ok(Self { address, sockets, accepting: Some(accepting) })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn connections(&self) -> usize {
        lock(&self.sockets.state).accepted
    }

    /// Waits until every connection made before this call has ended. False if that took longer than `within`.
    pub(crate) fn settle(&self, within: Duration) -> bool {
        // A connection of our own waits its turn in the queue behind all others: when it has been accepted, so have
        // they. Its address has to be known before it connects, hence the bind.
        let Some(probe) = self.sockets.probe(self.address) else { return false };
        let state = lock(&self.sockets.state);
        let unsettled = |state: &mut State| match state.probes.get(&probe) {
            Some(Some(before)) => state.busy.range(..before).next().is_some(),
            _ => true,
        };
        let waited = self.sockets.changed.wait_timeout_while(state, within, unsettled);
        let (mut state, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        state.probes.remove(&probe);
        !timeout.timed_out()
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.sockets.stop();
        // Wakes the accepting thread, which then sees that it is to stop.
        let woken = TcpStream::connect(self.address).inspect(leave_no_trace).is_ok();
        if let Some(accepting) = self.accepting.take().filter(|_| woken) {
            let _ = accepting.join();
        }
        let threads = std::mem::take(&mut lock(&self.sockets.state).threads);
        for thread in threads {
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Listening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listening").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Sockets {
    /// `None` once the listener is being dropped.
    pub(crate) fn track(self: &Arc<Self>, stream: TcpStream) -> Option<Tracked> {
        let mut state = lock(&self.state);
        if state.stopped {
            return None;
        }
        let _ = stream.set_nodelay(true);
        let (id, stream) = (state.tracked, Arc::new(stream));
        state.tracked += 1;
        state.open.insert(id, Arc::clone(&stream));
        Some(Tracked { id, stream, sockets: Arc::clone(self) })
    }

    /// Waits, or returns early and true because the listener is being dropped.
    pub(crate) fn wait(&self, time: Duration) -> bool {
        let waited = self.changed.wait_timeout_while(lock(&self.state), time, |state| !state.stopped);
        waited.unwrap_or_else(PoisonError::into_inner).0.stopped
    }

    fn stop(&self) {
        let mut state = lock(&self.state);
        state.stopped = true;
        for stream in state.open.values() {
            leave_no_trace(stream);
            let _ = stream.shutdown(Shutdown::Both);
        }
        self.changed.notify_all();
    }

    fn probe(&self, target: SocketAddr) -> Option<SocketAddr> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).ok()?;
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).ok()?;
        let own = socket.local_addr().ok()?.as_socket()?;
        lock(&self.state).probes.insert(own, None);
        socket.connect(&target.into()).ok()?;
        Some(own)
    }

    fn ended(&self, connection: usize) {
        lock(&self.state).busy.remove(&connection);
        self.changed.notify_all();
    }
}

impl Tracked {
    pub(crate) fn sockets(&self) -> &Arc<Sockets> {
        &self.sockets
    }
}

impl Deref for Tracked {
    type Target = TcpStream;

    fn deref(&self) -> &TcpStream {
        &self.stream
    }
}

impl Drop for Tracked {
    fn drop(&mut self) {
        lock(&self.sockets.state).open.remove(&self.id);
    }
}

/// Resets the connection as it is closed. One that ends in order keeps its port for a minute, and a suite that makes tens
/// of thousands would be left without any.
fn leave_no_trace(stream: &TcpStream) {
    let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
}

fn accept(
    listener: &TcpListener,
    sockets: &Arc<Sockets>,
    handle: &Arc<impl Fn(usize, Tracked) + Send + Sync + 'static>,
) {
    loop {
        let accepted = listener.accept();
        let mut state = lock(&sockets.state);
        if state.stopped {
            return;
        }
        let Ok((stream, peer)) = accepted else {
            drop(state);
            // Such as too many open files: it passes when connections end.
            sockets.wait(Duration::from_millis(50));
            continue;
        };
        let number = state.accepted;
        if let Some(turn) = state.probes.get_mut(&peer) {
            *turn = Some(number);
            sockets.changed.notify_all();
            continue;
        }
        state.accepted += 1;
        state.busy.insert(number);
        state.threads.retain(|thread| !thread.is_finished());
        drop(state);
        let (sockets, handle) = (Arc::clone(sockets), Arc::clone(handle));
        let Some(tracked) = sockets.track(stream) else { return };
        let shared = Arc::clone(&sockets);
        let spawned = thread::Builder::new().name(format!("connection {number}")).spawn(move || {
            handle(number, tracked);
            shared.ended(number);
        });
        match spawned {
            Ok(thread) => lock(&sockets.state).threads.push(thread),
            Err(_) => sockets.ended(number),
        }
    }
}
