//! One connection: a request, a reply.
//!
//! The library's own connection has no total deadline, does not tell a request that was not sent from one that was not
//! answered, and takes the process-wide TLS provider, which may be none.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::time::Instant;

use ::redis::{Cmd, Parser, Value};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use super::address::Place;
use super::settings::Settings;
use super::socket::Timed;
use super::trouble::Trouble;

/// A reply is a record and a few words.
pub(super) const LONGEST_REPLY: usize = 1024 * 1024;

const PASSWORD: &str = "give one in the URL or with `password`, or leave the user out";

pub(super) struct Connection {
    stream: Stream,
    parser: Parser,
}

enum Stream {
    Plain(Timed),
    Tls(Box<StreamOwned<ClientConnection, Timed>>),
}

impl Connection {
    /// Connects, authenticates, and selects the database.
    pub(super) fn open(
        settings: &Settings,
        tls: Option<Arc<ClientConfig>>,
        deadline: Instant,
    ) -> Result<Self, Trouble> {
        let stream = Stream::open(&settings.address.place, tls, deadline).map_err(|error| Trouble::unsent(&error))?;
        let mut connection = Self { stream, parser: Parser::new() };
        connection.log_in(settings, deadline)?;
        Ok(connection)
    }

    fn log_in(&mut self, settings: &Settings, deadline: Instant) -> Result<(), Trouble> {
        match (&settings.user, &settings.password) {
            (user, Some(password)) => {
                let mut auth = ::redis::cmd("AUTH");
                auth.arg(user).arg(password.expose());
                let refused = match user {
                    None => "it has no password for its default user: leave the password out, or name the user",
                    Some(_) => "it knows no users, and may be older than version 6",
                };
                self.set_up(&auth, deadline, refused)?;
            }
            // Whoever says nothing acts as the default user.
            (Some(_), None) => return Err(Trouble::Undone(format!("is given a user and no password: {PASSWORD}"))),
            (None, None) => {}
        }
        if settings.address.database != 0 {
            let mut select = ::redis::cmd("SELECT");
            select.arg(settings.address.database);
            self.set_up(&select, deadline, "it has no such database")?;
        }
        Ok(())
    }

    /// Whatever goes wrong here, no script has been sent.
    fn set_up(&mut self, command: &Cmd, deadline: Instant, refused: &str) -> Result<(), Trouble> {
        match self.ask(command, deadline) {
            Ok(Value::ServerError(error)) if error.code() == "ERR" => {
                Err(Trouble::Undone(format!("refused: {refused}")))
            }
            Ok(Value::ServerError(error)) => Err(Trouble::refused(&error)),
            Ok(_) => Ok(()),
            Err(Trouble::Undone(what) | Trouble::Unknown(what)) => Err(Trouble::Undone(what)),
        }
    }

    /// Sends `command` once, and waits for its reply.
    pub(super) fn ask(&mut self, command: &Cmd, deadline: Instant) -> Result<Value, Trouble> {
        // The server acts on whole requests only.
        self.send(command, deadline).map_err(|error| Trouble::unsent(&error))?;
        let reply = self.parser.parse_value((&mut self.stream).take(LONGEST_REPLY as u64));
        reply.map_err(|error| Trouble::unanswered(&error))
    }

    /// Sends `command`, whose reply nobody reads.
    pub(super) fn send(&mut self, command: &Cmd, deadline: Instant) -> io::Result<()> {
        self.stream.timed().until(deadline);
        self.stream.send(&command.get_packed_command())
    }

    /// Whether the server has kept it open: nothing to read, and no end.
    pub(super) fn is_open(&mut self, deadline: Instant) -> bool {
        self.stream.timed().until(deadline);
        let at_once = |stream: &mut Stream, at_once| stream.timed().at_once(at_once).is_ok();
        let quiet = at_once(&mut self.stream, true)
            && self.stream.read(&mut [0]).is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock);
        quiet && at_once(&mut self.stream, false)
    }
}

impl Stream {
    fn open(place: &Place, tls: Option<Arc<ClientConfig>>, deadline: Instant) -> io::Result<Self> {
        let (host, port) = match place {
            Place::Unix(path) => return Timed::unix(path, deadline).map(Self::Plain),
            Place::Tcp { host, port, .. } => (host, *port),
        };
        let Some(tls) = tls else { return Timed::tcp(host, port, deadline).map(Self::Plain) };
        let name = ServerName::try_from(host.clone()).map_err(io::Error::other)?;
        let session = ClientConnection::new(tls, name).map_err(io::Error::other)?;
        let mut stream = StreamOwned::new(session, Timed::tcp(host, port, deadline)?);
        // Now, since later its failure would look like one of the first request.
        match stream.conn.complete_io(&mut stream.sock) {
            Ok(_) => Ok(Self::Tls(Box::new(stream))),
            Err(error) => Err(last_words(&mut stream, error)),
        }
    }

    fn timed(&mut self) -> &mut Timed {
        match self {
            Self::Plain(timed) => timed,
            Self::Tls(stream) => &mut stream.sock,
        }
    }

    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(timed) => timed.write_all(bytes),
            Self::Tls(stream) => {
                stream.write_all(bytes).and_then(|()| stream.flush()).map_err(|error| last_words(stream, error))
            }
        }
    }
}

/// What the server has said before it closed a connection that was still written to.
fn last_words(stream: &mut StreamOwned<ClientConnection, Timed>, error: io::Error) -> io::Error {
    let closed = matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset);
    if closed
        && stream.conn.read_tls(&mut stream.sock).is_ok()
        && let Err(said) = stream.conn.process_new_packets()
    {
        return io::Error::new(io::ErrorKind::InvalidData, said);
    }
    error
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(timed) => timed.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}
