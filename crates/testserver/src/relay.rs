//! A relay between a client and a server, which can lose what passes through it.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::error::StartError;
use crate::listening::{Listening, Tracked};
use crate::record::lock;

/// A free port of 127.0.0.1 that leads to another address. Dropping it cuts every connection.
///
/// ```
/// use hallpass_testserver::TestServer;
/// use hallpass_testserver::relay::{Passing, Relay};
///
/// let server = TestServer::start()?;
/// let relay = Relay::to(server.address())?;
/// let url = format!("http://{}/v3/ping", relay.address());
/// assert_eq!(ureq::get(&url).call()?.status(), 200);
///
/// relay.let_through(Passing::RequestsThenCut);
/// assert!(ureq::get(&url).call().is_err());
/// assert_eq!(server.requests().len(), 2, "it has arrived all the same");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Relay {
    listening: Listening,
    passing: Arc<Mutex<Passing>>,
}

/// What a [`Relay`] lets through. What it does not is lost for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Passing {
    /// Everything.
    All,
    /// What the client says; where the server answers, nothing comes.
    Requests,
    /// What the client says; where the server answers, the connection ends.
    RequestsThenCut,
    /// Nothing, while every connection stays open.
    Nothing,
    /// Nothing: where the client says something, the connection ends.
    Cut,
}

impl Relay {
    /// Starts a relay to `target` that lets everything through.
    pub fn to(target: SocketAddr) -> Result<Self, StartError> {
        let passing = Arc::new(Mutex::new(Passing::All));
        let shared = Arc::clone(&passing);
        let listening = Listening::start(move |_, client| {
            // An error is the end of one side; the other is told by the close that follows.
            let _ = serve(&client, target, &shared);
        })?;
        Ok(Self { listening, passing })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.listening.address()
    }

    /// How many connections were accepted.
    pub fn connections(&self) -> usize {
        self.listening.connections()
    }

    /// Lets this through from now on, on connections that there are and on new ones.
    pub fn let_through(&self, passing: Passing) {
        *lock(&self.passing) = passing;
    }
}

fn serve(client: &Tracked, target: SocketAddr, passing: &Mutex<Passing>) -> io::Result<()> {
    // Bounded, since dropping the relay waits for it.
    let server = TcpStream::connect_timeout(&target, Duration::from_secs(5))?;
    let Some(server) = client.sockets().track(server) else { return Ok(()) };
    let end = || {
        let _ = client.shutdown(Shutdown::Both);
        let _ = server.shutdown(Shutdown::Both);
    };
    thread::scope(|scope| {
        scope.spawn(|| {
            let _ = copy(
                &server,
                client,
                |passing| match passing {
                    Passing::All => Some(true),
                    Passing::Requests | Passing::Nothing => Some(false),
                    Passing::RequestsThenCut | Passing::Cut => None,
                },
                passing,
            );
            end();
        });
        let _ = copy(
            client,
            &server,
            |passing| match passing {
                Passing::All | Passing::Requests | Passing::RequestsThenCut => Some(true),
                Passing::Nothing => Some(false),
                Passing::Cut => None,
            },
            passing,
        );
        end();
    });
    Ok(())
}

/// Copies what `passes`, loses what does not, and ends where that is nothing.
fn copy(
    mut from: &TcpStream,
    mut to: &TcpStream,
    passes: impl Fn(Passing) -> Option<bool>,
    passing: &Mutex<Passing>,
) -> io::Result<()> {
    let mut buffer = [0; 16 * 1024];
    loop {
        let length = from.read(&mut buffer)?;
        let now = *lock(passing);
        match passes(now) {
            Some(true) if length > 0 => to.write_all(&buffer[..length])?,
            Some(false) if length > 0 => {}
            _ => return Ok(()),
        }
    }
}
