//! The span of a flight.

use hallpass_core::dialect::Key;
use hallpass_core::lifecycle::{Flight, Landed};
use tracing::Span;
use tracing::field::Empty;

use crate::Ahead;

/// A flight that somebody leads, and its span.
#[derive(Clone)]
pub(crate) struct Led {
    pub(crate) flight: Flight,
    pub(crate) span: Span,
}

impl Led {
    /// From here: the current span is that of the caller who asked.
    pub(crate) fn new(flight: Flight, key: &Key, ahead: bool, renewal: Ahead) -> Self {
        let behind = ahead && renewal == Ahead::Background;
        let span = tracing::info_span!(
            target: "hallpass",
            parent: if behind { Span::none() } else { Span::current() },
            "hallpass.flight",
            hallpass.dialect = key.dialect(),
            hallpass.key = %format_args!("{:016x}", beginning(key)),
            hallpass.ahead = ahead,
            hallpass.outcome = Empty,
            "error.type" = Empty,
            otel.status_code = Empty,
        );
        if behind {
            span.follows_from(Span::current());
        }
        Self { flight, span }
    }
}

/// What came of a flight, in one word: `ok`, `abandoned`, or the kind of its error.
pub(crate) fn outcome(landed: &Landed) -> &'static str {
    match landed {
        Landed::Ok(_) => "ok",
        Landed::Failed(error) => error.kind(),
        Landed::Flying | Landed::Again => "abandoned",
    }
}

/// Tells a flight's span what came of it.
pub(crate) fn landed(span: &Span, landed: &Landed) {
    span.record("hallpass.outcome", outcome(landed));
    if let Landed::Failed(error) = landed {
        span.record("error.type", error.kind()).record("otel.status_code", "ERROR");
    }
}

/// Enough of a key's digest to find its record.
fn beginning(key: &Key) -> u64 {
    u64::from_be_bytes(*key.digest().first_chunk().expect("a digest has 32 bytes"))
}
