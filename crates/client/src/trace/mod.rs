//! Tracing: a span for each flight and each HTTP exchange, an event for the beginning and the end of every effect, without
//! anything that is said in it. All have the target `hallpass`.
//!
//! Spans have the names of OpenTelemetry's
//! [conventions for HTTP](https://opentelemetry.io/docs/specs/semconv/http/http-spans/), and a name of their own where
//! there is none. A fresh token has no span.
//!
//! | span | field | what it tells |
//! |---|---|---|
//! | `hallpass.flight` | `hallpass.dialect` | the dialect's name |
//! | | `hallpass.key` | which login: the beginning of its record's name in a store |
//! | | `hallpass.ahead` | whether the token in hand was still good |
//! | | `hallpass.outcome` | as in [metrics](crate::metrics) |
//! | | `error.type` | the [`kind`](hallpass_core::Error::kind) of the error, if it failed |
//! | `hallpass.exchange` | `hallpass.exchange.kind` | `authenticate`, `refresh` or `register` |
//! | | `http.request.method` | `_OTHER` for one that the conventions do not know; then `http.request.method_original` has it |
//! | | `http.request.resend_count` | if the flight had sent the same before |
//! | | `server.address`, `server.port`, `url.scheme`, `url.path`, `url.full` | where it goes, without the query |
//! | | `http.response.status_code` | if there was a response |
//! | | `error.type` | a status from 400 on, `not_sent`, `untrusted`, `maybe_sent`, or `cancelled` |
//!
//! A flight is a child of the span in which the caller who leads it asked, an exchange of its flight. A renewal behind a
//! caller outlives whatever the caller does, so it is nobody's child: it follows from the caller's span. The span of a caller
//! who waits for a flight of somebody else's follows from that flight.

mod exchange;
mod flight;

pub use exchange::{ExchangeSpan, Resends};
pub(crate) use flight::{Led, landed, outcome};

use std::time::Instant;

use hallpass_core::lifecycle::Todo;
use tracing::Span;

/// The same work, in the current span wherever it is done.
pub fn here<T>(work: impl FnOnce() -> T) -> impl FnOnce() -> T {
    let span = Span::current();
    move || span.in_scope(work)
}

/// An effect being carried out.
#[derive(Debug)]
pub struct Effect {
    name: &'static str,
    flight: u64,
    /// Unset where nobody listens.
    began: Option<Instant>,
}

impl Effect {
    /// Begins now.
    pub fn begin(todo: &Todo) -> Self {
        let (name, flight) = (todo.name(), todo.flight().number());
        tracing::trace!(name: "effect begins", target: "hallpass", effect = name, flight);
        let heard = tracing::enabled!(target: "hallpass", tracing::Level::DEBUG);
        Self { name, flight, began: heard.then(Instant::now) }
    }

    /// Ends now.
    pub(crate) fn done(self) {
        if let Some(took) = self.began.map(|began| began.elapsed()) {
            tracing::debug!(name: "effect", target: "hallpass", effect = self.name, flight = self.flight, ?took);
        }
    }
}
