//! A server that says exactly what it is told to, byte for byte, however wrong that is.

mod act;
mod builder;
mod playing;
mod reply;
mod wire;

pub use act::{Act, answers};
pub use builder::Builder;
pub use reply::Reply;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::error::StartError;
use crate::listening::Listening;
use crate::nobody::Nobody;
use crate::record::{Recorded, Recorder};

/// A server that plays a script on each connection. Dropping it closes every connection and ends its threads.
///
/// ```
/// use hallpass_testserver::script::{Reply, ScriptServer, answers};
///
/// let server = ScriptServer::start(answers([Reply::json(200, "{}").chunked(1)]))?;
/// let body = ureq::get(server.url("/")).call()?.body_mut().read_to_string()?;
/// assert_eq!(body, "{}");
/// assert_eq!(server.requests().len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ScriptServer {
    listening: Listening,
    secure: bool,
    heard: Arc<Heard>,
}

#[derive(Debug)]
struct Heard {
    recorder: Recorder,
    bytes: AtomicU64,
}

impl ScriptServer {
    /// Starts a plain server on a free port of 127.0.0.1 that plays this script on every connection, each time from
    /// its beginning.
    ///
    /// When a script is over, the server leaves the client a tenth of a second to close, then sends the end of its side
    /// (FIN), and reads and counts what still comes until the client closes. So a request too many gets an orderly end
    /// and no answer. [`Act::Close`] ends at once. A client that says first that it will send no more is taken to be gone.
    pub fn start(script: Vec<Act>) -> Result<Self, StartError> {
        Self::builder().every(script).start()
    }

    /// A server with a script for each connection, or with TLS.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.listening.address()
    }

    /// Scheme, host and port, such as `http://127.0.0.1:49152`.
    pub fn origin(&self) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        format!("{scheme}://{}", self.address())
    }

    /// The URL of a path that begins with `/`.
    pub fn url(&self, path: &str) -> String {
        self.origin() + path
    }

    /// The requests that [`Act::Read`] has read, oldest first; the last 10,000.
    pub fn requests(&self) -> Vec<Recorded> {
        self.heard.recorder.all()
    }

    /// Waits until that many requests were read. False if that took longer than `within`.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use hallpass_testserver::script::{Reply, ScriptServer, answers};
    ///
    /// let server = ScriptServer::start(answers([Reply::json(200, "{}")]))?;
    /// let url = server.url("/");
    /// let client = std::thread::spawn(|| ureq::get(url).call().map(drop));
    /// assert!(server.wait_for(1, Duration::from_secs(10)));
    /// client.join().expect("no panic")?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn wait_for(&self, requests: usize, within: Duration) -> bool {
        self.heard.recorder.wait_for(requests, within)
    }

    /// Ends it, as when it is dropped. Whoever connects afterwards is refused as long as the [`Nobody`] lives: no other
    /// server is given its port meanwhile.
    pub fn stop(self) -> io::Result<Nobody> {
        let address = self.address();
        drop(self);
        Nobody::in_place_of(address)
    }

    /// How many connections were accepted.
    pub fn connections(&self) -> usize {
        self.listening.connections()
    }

    /// How many bytes were read so far, after TLS if there is any: a handshake counts nothing. Call
    /// [`settle`](Self::settle) first where the number has to be final.
    pub fn bytes_received(&self) -> u64 {
        self.heard.bytes.load(Ordering::SeqCst)
    }

    /// Waits until every connection that a client has made so far is over, at most this long. False if one is not.
    ///
    /// ```
    /// use hallpass_testserver::script::{Act, ScriptServer};
    /// use std::net::TcpStream;
    /// use std::time::Duration;
    ///
    /// let server = ScriptServer::start(vec![Act::Stall])?;
    /// drop(TcpStream::connect(server.address())?);
    /// assert!(server.settle(Duration::from_secs(10)));
    /// assert_eq!((server.connections(), server.bytes_received()), (1, 0)); // a proof that nothing arrived
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn settle(&self, within: Duration) -> bool {
        self.listening.settle(within)
    }
}
