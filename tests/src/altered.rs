//! A dialect that is chosen at run time, with its requests or its gains changed where a test says how.

use std::sync::Arc;

use hallpass_core::dialect::{Dialect, Exchange, Gain, Goal, Held, Key, Refusal};
use hallpass_core::{Misuse, Now, Reply, Request, Secrets, SendAs};
use http::StatusCode;

/// Hands every method on, those with a default too.
#[derive(Clone)]
pub(crate) struct Altered {
    dialect: Arc<dyn Dialect>,
    request: fn(Request) -> Request,
    gain: fn(Gain) -> Gain,
}

impl Altered {
    /// This dialect as it is.
    pub(crate) fn of(dialect: Box<dyn Dialect>) -> Self {
        Self { dialect: dialect.into(), request: |request| request, gain: |gain| gain }
    }

    pub(crate) fn requests(self, request: fn(Request) -> Request) -> Self {
        Self { request, ..self }
    }

    pub(crate) fn gains(self, gain: fn(Gain) -> Gain) -> Self {
        Self { gain, ..self }
    }
}

impl Dialect for Altered {
    fn key(&self) -> Key {
        self.dialect.key()
    }

    fn identity(&self) -> Option<Key> {
        self.dialect.identity()
    }

    fn next(&self, held: &Held, goal: Goal) -> Result<Exchange, Misuse> {
        self.dialect.next(held, goal)
    }

    fn needs(&self, exchange: Exchange) -> &[&'static str] {
        self.dialect.needs(exchange)
    }

    fn request(&self, exchange: Exchange, held: &Held, secrets: &Secrets, now: Now) -> Result<Request, Misuse> {
        self.dialect.request(exchange, held, secrets, now).map(self.request)
    }

    fn read(&self, exchange: Exchange, reply: &Reply) -> Result<Gain, Refusal> {
        self.dialect.read(exchange, reply).map(self.gain)
    }

    fn send_as(&self) -> SendAs {
        self.dialect.send_as()
    }

    fn advice(&self, exchange: Exchange, status: StatusCode, secrets: &Secrets) -> Option<String> {
        self.dialect.advice(exchange, status, secrets)
    }
}
