//! The settings of a script server.

use std::sync::Arc;

use super::{Act, Heard, ScriptServer, playing};
use crate::error::StartError;
use crate::listening::Listening;
use crate::record::{KEPT, Recorder};
use crate::tls::Certificate;

/// The settings of a [`ScriptServer`], from [`ScriptServer::builder`].
///
/// ```
/// use hallpass_testserver::script::{Act, Reply, ScriptServer, answers};
///
/// // The first connection is reset before an answer, every later one is answered.
/// let server = ScriptServer::builder()
///     .connection(vec![Act::Read, Act::Reset])
///     .every(answers([Reply::json(200, "{}")]))
///     .start()?;
/// assert!(ureq::get(server.url("/")).call().is_err());
/// assert!(ureq::get(server.url("/")).call().is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
#[must_use = "a builder starts nothing until `start`"]
pub struct Builder {
    scripts: Vec<Vec<Act>>,
    every: Vec<Act>,
    tls: Option<Certificate>,
}

impl Builder {
    /// The script of the next connection that has none yet: the first call is for the first connection.
    pub fn connection(mut self, script: Vec<Act>) -> Self {
        self.scripts.push(script);
        self
    }

    /// The script of every connection without one of its own. An empty one otherwise: the connection is accepted and
    /// counted, is told the end at once, and gets no answer.
    pub fn every(self, script: Vec<Act>) -> Self {
        Self { every: script, ..self }
    }

    /// Plays the scripts inside TLS with this certificate.
    pub fn tls(self, certificate: Certificate) -> Self {
        Self { tls: Some(certificate), ..self }
    }

    /// Starts the server on a free port of 127.0.0.1. It accepts connections when this returns.
    pub fn start(self) -> Result<ScriptServer, StartError> {
        let Self { scripts, every, tls } = self;
        let heard = Arc::new(Heard { recorder: Recorder::new(KEPT), bytes: 0.into() });
        let secure = tls.is_some();
        let shared = Arc::clone(&heard);
        let listening = Listening::start(move |number, socket| {
            let script = scripts.get(number).unwrap_or(&every);
            playing::play(script, number, &socket, tls.as_ref(), &shared);
        })?;
        Ok(ScriptServer { listening, secure, heard })
    }
}
