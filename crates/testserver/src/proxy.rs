//! An HTTP proxy that tunnels (RFC 9110 9.3.6).

use std::io::{self, Write};
use std::net::{Shutdown, SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Method;

use crate::error::StartError;
use crate::listening::{Listening, Tracked};
use crate::reading::Requests;
use crate::record::{Recorded, lock};

/// A proxy on a free port of 127.0.0.1 that knows `CONNECT` and nothing else. Dropping it cuts every tunnel and ends
/// its threads.
///
/// ```
/// use hallpass_testserver::proxy::ConnectProxy;
/// use hallpass_testserver::script::{Reply, ScriptServer, answers};
///
/// let server = ScriptServer::start(answers([Reply::json(200, "{}")]))?;
/// let proxy = ConnectProxy::builder().credentials("alice", "secret").route_to(server.address()).start()?;
///
/// let via = ureq::Proxy::new(&format!("http://alice:secret@{}", proxy.address()))?;
/// let agent = ureq::Agent::config_builder().proxy(Some(via)).build().new_agent();
/// assert_eq!(agent.get("http://api.example.test/").call()?.status(), 200);
/// assert_eq!(proxy.targets(), ["api.example.test:80"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ConnectProxy {
    listening: Listening,
    targets: Arc<Mutex<Vec<String>>>,
}

/// The settings of a [`ConnectProxy`], from [`ConnectProxy::builder`].
#[derive(Debug, Clone, Default)]
#[must_use = "a builder starts nothing until `start`"]
pub struct Builder {
    authorization: Option<String>,
    route: Option<SocketAddr>,
}

impl ConnectProxy {
    /// Starts a proxy that asks for no credentials and tunnels to wherever it is asked to.
    pub fn start() -> Result<Self, StartError> {
        Self::builder().start()
    }

    /// A proxy with other settings.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.listening.address()
    }

    /// Its URL, without credentials.
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// The targets that tunnels were asked for, refused ones included, oldest first: `api.example.test:443`.
    pub fn targets(&self) -> Vec<String> {
        lock(&self.targets).clone()
    }

    /// How many connections were accepted.
    pub fn connections(&self) -> usize {
        self.listening.connections()
    }
}

impl Builder {
    /// Demands `Proxy-Authorization: Basic` with these, and answers 407 otherwise.
    pub fn credentials(self, username: &str, password: &str) -> Self {
        let encoded = STANDARD.encode(format!("{username}:{password}"));
        Self { authorization: Some(format!("Basic {encoded}")), ..self }
    }

    /// Leads every tunnel to this address, whatever its target. So a made-up host name can be served, and nothing
    /// leaves the machine.
    pub fn route_to(self, address: SocketAddr) -> Self {
        Self { route: Some(address), ..self }
    }

    /// Starts the proxy. It accepts connections when this returns.
    pub fn start(self) -> Result<ConnectProxy, StartError> {
        let targets = Arc::new(Mutex::default());
        let shared = Arc::clone(&targets);
        let listening = Listening::start(move |number, client| {
            // An error is the end of one side; the other is told by the close that follows.
            let _ = self.serve(number, &client, &shared);
        })?;
        Ok(ConnectProxy { listening, targets })
    }

    fn serve(&self, number: usize, client: &Tracked, targets: &Mutex<Vec<String>>) -> io::Result<()> {
        let mut requests = Requests::default();
        let mut stream: &TcpStream = client;
        loop {
            let request = requests.next(&mut stream, number)?;
            if request.method != Method::CONNECT {
                stream.write_all(b"HTTP/1.1 405 Method Not Allowed\r\nallow: CONNECT\r\ncontent-length: 0\r\n\r\n")?;
                continue;
            }
            lock(targets).push(request.target.clone());
            if !self.admits(&request) {
                stream.write_all(
                    b"HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic realm=\"proxy\"\r\n\
                    content-length: 0\r\n\r\n",
                )?;
                continue;
            }
            let Some(server) = self.connect(&request.target).and_then(|server| client.sockets().track(server)) else {
                return stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n");
            };
            stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
            let mut onward: &TcpStream = &server;
            onward.write_all(&requests.into_rest())?;
            tunnel(client, &server);
            return Ok(());
        }
    }

    fn admits(&self, request: &Recorded) -> bool {
        match &self.authorization {
            Some(expected) => request.header("proxy-authorization") == Some(expected),
            None => true,
        }
    }

    fn connect(&self, target: &str) -> Option<TcpStream> {
        match self.route {
            Some(address) => connect(address),
            None => target.to_socket_addrs().ok()?.find_map(connect),
        }
    }
}

/// Bounded, since dropping the proxy waits for it.
fn connect(address: SocketAddr) -> Option<TcpStream> {
    TcpStream::connect_timeout(&address, Duration::from_secs(5)).ok()
}

fn tunnel(client: &TcpStream, server: &TcpStream) {
    let copy = |mut from: &TcpStream, mut to: &TcpStream| {
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    };
    thread::scope(|scope| {
        scope.spawn(|| copy(server, client));
        copy(client, server);
    });
}
