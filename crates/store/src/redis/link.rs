//! Connections made once and kept, and calls over them.

use std::io;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use ::redis::{Cmd, Value};
use rustls::ClientConfig;

use super::address::Place;
use super::connection::Connection;
use super::name::Names;
use super::script::Step;
use super::settings::Settings;
use super::tls;
use super::trouble::Trouble;

/// Connections that nobody uses now.
#[derive(Default)]
pub(super) struct Link {
    idle: Mutex<Vec<(Connection, Instant)>>,
    tls: OnceLock<Arc<ClientConfig>>,
}

/// More than a process needs: a flight has one call at a time.
const MOST_IDLE: usize = 8;

/// Longer than a flight; what lies between may forget a silent connection and tell nobody.
const LONGEST_IDLE: Duration = Duration::from_secs(30);

/// For what never waits, but may be slow to run.
const AT_ONCE: Duration = Duration::from_secs(1);

impl Link {
    /// Runs `step` once. A kept connection that is found closed before anything was sent is replaced by a new one.
    pub(super) fn call(
        &self,
        settings: &Settings,
        step: &Step,
        names: &Names,
        arguments: &[&[u8]],
    ) -> Result<Value, Trouble> {
        self.call_or_undo(settings, step, names, arguments, None)
    }

    /// The same; where nobody knows what became of it, `undo` follows.
    pub(super) fn call_or_undo(
        &self,
        settings: &Settings,
        step: &Step,
        names: &Names,
        arguments: &[&[u8]],
        undo: Option<&Cmd>,
    ) -> Result<Value, Trouble> {
        let deadline = Instant::now() + settings.timeout;
        let mut connection = match self.kept(deadline) {
            Some(connection) => connection,
            None => self.open(settings, deadline).map_err(|trouble| trouble.at(&settings.address))?,
        };
        match run(&mut connection, step, names, arguments, deadline) {
            Ok(reply) => {
                self.keep(connection);
                Ok(reply)
            }
            Err(trouble) => {
                if let (Trouble::Unknown(_), Some(undo)) = (&trouble, undo) {
                    self.undo(settings, connection, undo, deadline);
                }
                Err(trouble.at(&settings.address))
            }
        }
    }

    /// Sends `undo` and waits for no answer: the call has had its time. On the same connection if that is there, so that it
    /// cannot come before what it undoes.
    fn undo(&self, settings: &Settings, mut connection: Connection, undo: &Cmd, deadline: Instant) {
        let soon = Instant::now() + AT_ONCE;
        if !connection.is_open(soon) {
            let Ok(other) = self.open(settings, deadline) else { return };
            connection = other;
        }
        // Nobody is left to tell.
        let _ = connection.send(undo, deadline.max(soon));
    }

    fn open(&self, settings: &Settings, deadline: Instant) -> Result<Connection, Trouble> {
        let tls = match settings.address.place {
            Place::Tcp { tls: true, .. } => Some(self.tls(settings)?),
            Place::Tcp { tls: false, .. } | Place::Unix(_) => None,
        };
        Connection::open(settings, tls, deadline)
    }

    fn tls(&self, settings: &Settings) -> Result<Arc<ClientConfig>, Trouble> {
        if let Some(tls) = self.tls.get() {
            return Ok(tls.clone());
        }
        let tls = tls::config(&settings.extra_ca, settings.identity.as_deref());
        let tls = tls.map_err(|error| Trouble::unsent(&io::Error::other(error)))?;
        Ok(self.tls.get_or_init(|| tls).clone())
    }

    fn kept(&self, deadline: Instant) -> Option<Connection> {
        loop {
            let (mut connection, since) = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
            if since.elapsed() < LONGEST_IDLE && connection.is_open(deadline) {
                return Some(connection);
            }
        }
    }

    fn keep(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MOST_IDLE {
            idle.push((connection, Instant::now()));
        }
    }
}

/// A refused connection is not kept: the server that a name leads to may be another one by now.
fn run(
    connection: &mut Connection,
    step: &Step,
    names: &Names,
    arguments: &[&[u8]],
    deadline: Instant,
) -> Result<Value, Trouble> {
    match connection.ask(&step.by_hash(names, arguments), deadline)? {
        Value::ServerError(error) if error.code() == "NOSCRIPT" => {}
        reply => return refusal(reply),
    }
    connection.ask(&step.by_source(names, arguments), deadline).and_then(refusal)
}

fn refusal(reply: Value) -> Result<Value, Trouble> {
    match reply {
        Value::ServerError(error) => Err(Trouble::refused(&error)),
        reply => Ok(reply),
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn no_more_connections_are_kept_than_a_process_needs() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("redis://{}", listener.local_addr().expect("it listens"));
        let (settings, link) = (Settings::new(&url).expect("a URL"), Link::default());
        for _ in 0..=MOST_IDLE {
            let deadline = Instant::now() + Duration::from_mins(1);
            link.keep(link.open(&settings, deadline).expect("it is let in"));
        }
        assert_eq!(link.idle.lock().expect("no panic").len(), MOST_IDLE);
    }
}
