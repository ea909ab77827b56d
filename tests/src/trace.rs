//! Everything that hallpass traces in this process, down to the last level.

use std::fmt::{Debug, Write};
use std::sync::Mutex;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

static HEARD: Mutex<String> = Mutex::new(String::new());

/// Listens from now on. Any number of calls are one.
pub(crate) fn listen() {
    // Fails if it listens already.
    let _ = tracing::subscriber::set_global_default(Ear);
}

/// What was traced so far.
pub(crate) fn heard() -> String {
    HEARD.lock().map(|heard| heard.clone()).unwrap_or_default()
}

struct Ear;

impl Subscriber for Ear {
    /// What other libraries trace is theirs to answer for.
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("hallpass")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut Line::new(span.metadata()));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut Line(String::new()));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut Line::new(event.metadata()));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// One event, heard when it is dropped.
struct Line(String);

impl Line {
    fn new(metadata: &Metadata<'_>) -> Self {
        Self(format!("{} {}", metadata.level(), metadata.target()))
    }
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, " {field}={value:?}");
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if let Ok(mut heard) = HEARD.lock() {
            heard.push_str(&self.0);
            heard.push('\n');
        }
    }
}
