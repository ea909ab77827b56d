//! Everything that hallpass traces in this process, down to the last level.

use std::collections::BTreeMap;
use std::fmt::{Debug, Write};
use std::sync::{Condvar, Mutex, MutexGuard};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Span, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::{LookupSpan, Registry};

use crate::suite::PATIENCE;

static HEARD: Mutex<Heard> = Mutex::new(Heard { text: String::new(), spans: Vec::new() });
static CHANGED: Condvar = Condvar::new();

struct Heard {
    text: String,
    spans: Vec<Seen>,
}

/// A span, as far as it was seen.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    id: Id,
    pub(crate) name: &'static str,
    parent: Option<Id>,
    follows: Option<Id>,
    pub(crate) fields: BTreeMap<&'static str, String>,
    closed: bool,
}

impl Seen {
    /// What a field says; nothing if it was not recorded.
    pub(crate) fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }
}

/// Listens from now on. Any number of calls are one.
pub(crate) fn listen() {
    // Fails if it listens already.
    let _ = tracing::subscriber::set_global_default(Registry::default().with(Ear));
}

/// What was traced so far.
pub(crate) fn heard() -> String {
    lock().text.clone()
}

/// A span of a caller's, to tell what is traced for it from what other tests do meanwhile.
pub(crate) struct Caller {
    span: Span,
    id: Id,
}

impl Caller {
    /// In no other span.
    pub(crate) fn new() -> Self {
        listen();
        let span = tracing::info_span!(parent: None, "caller");
        let id = span.id().expect("somebody listens");
        Self { span, id }
    }

    /// Does the work in this span.
    pub(crate) fn does<T>(&self, work: impl FnOnce() -> T) -> T {
        self.span.in_scope(work)
    }

    /// Its own spans, once they are so many and all are closed.
    pub(crate) fn children(&self, count: usize) -> Vec<Seen> {
        until(count, |span| span.parent.as_ref() == Some(&self.id))
    }

    /// Waits until it follows from something, and tells whether that is this.
    pub(crate) fn waits_for(&self, span: &Seen) -> bool {
        self.follows() == Some(span.id.clone())
    }

    /// What it follows from, once it does.
    pub(crate) fn follows(&self) -> Option<Id> {
        let follows = |heard: &mut Heard| heard.span(&self.id).and_then(|span| span.follows.clone());
        let heard = CHANGED.wait_timeout_while(lock(), PATIENCE, |heard| follows(heard).is_none());
        follows(&mut heard.expect("nobody panics under it").0)
    }

    /// The spans that follow from it, likewise.
    pub(crate) fn followers(&self, count: usize) -> Vec<Seen> {
        until(count, |span| span.follows.as_ref() == Some(&self.id))
    }
}

/// The spans in this one, once they are so many and all are closed.
pub(crate) fn children(of: &Seen, count: usize) -> Vec<Seen> {
    until(count, |span| span.parent.as_ref() == Some(&of.id))
}

fn until(count: usize, wanted: impl Fn(&Seen) -> bool) -> Vec<Seen> {
    let is_open = |heard: &mut Heard| {
        let mut spans = heard.spans.iter().filter(|span| wanted(span));
        spans.clone().count() < count || spans.any(|span| !span.closed)
    };
    let (heard, wait) = CHANGED.wait_timeout_while(lock(), PATIENCE, is_open).expect("nobody panics under it");
    let found: Vec<_> = heard.spans.iter().filter(|span| wanted(span)).cloned().collect();
    drop(heard);
    assert!(!wait.timed_out(), "{count} spans should be closed by now: {found:#?}");
    assert_eq!(found.len(), count, "{found:#?}");
    found
}

fn lock() -> MutexGuard<'static, Heard> {
    HEARD.lock().expect("nobody panics under it")
}

struct Ear;

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Ear {
    /// What other libraries trace is theirs to answer for.
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        metadata.target().starts_with("hallpass")
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let metadata = attributes.metadata();
        let mut line = Line::new(metadata);
        line.text.push_str(metadata.name());
        attributes.record(&mut line);
        let parent = context.span(id).and_then(|span| span.parent()).map(|parent| parent.id());
        let Line { text, fields } = line;
        let mut heard = lock();
        heard.note(&text);
        heard.spans.push(Seen { id: id.clone(), name: metadata.name(), parent, follows: None, fields, closed: false });
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        let mut line = Line { text: String::new(), fields: BTreeMap::new() };
        values.record(&mut line);
        let mut heard = lock();
        heard.note(&line.text);
        if let Some(span) = heard.span(id) {
            span.fields.append(&mut line.fields);
        }
    }

    fn on_follows_from(&self, id: &Id, follows: &Id, _: Context<'_, S>) {
        if let Some(span) = lock().span(id) {
            span.follows = Some(follows.clone());
        }
        CHANGED.notify_all();
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = Line::new(event.metadata());
        event.record(&mut line);
        lock().note(&line.text);
    }

    fn on_close(&self, id: Id, _: Context<'_, S>) {
        if let Some(span) = lock().span(&id) {
            span.closed = true;
        }
        CHANGED.notify_all();
    }
}

impl Heard {
    fn note(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// The newest of that id.
    fn span(&mut self, id: &Id) -> Option<&mut Seen> {
        self.spans.iter_mut().rev().find(|span| span.id == *id)
    }
}

/// What an event or a span says.
struct Line {
    text: String,
    fields: BTreeMap<&'static str, String>,
}

impl Line {
    fn new(metadata: &Metadata<'_>) -> Self {
        Self { text: format!("{} {} ", metadata.level(), metadata.target()), fields: BTreeMap::new() }
    }
}

impl Visit for Line {
    /// Told apart from signed ones, since OpenTelemetry's layer hands these on as text.
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.record_debug(field, &format_args!("{value}_u64"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let value = format!("{value:?}");
        // A string takes whatever is written to it.
        let _ = write!(self.text, " {field}={value}");
        self.fields.insert(field.name(), value);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;
    use std::time::Duration;

    use hallpass_client::pilot::Pilot;
    use hallpass_core::lifecycle::{Policy, Ticket, Want};

    use super::*;
    use crate::suite::basic_form;

    /// Asked for by a thread that was then held up for longer than a flight may take.
    #[test]
    fn who_leads_late_takes_no_span_from_whoever_took_over() {
        let config = basic_form::<crate::Blocking>("http://127.0.0.1:1/token");
        let pilot =
            Arc::new(Pilot::new(config.policy(Policy { flight: Duration::from_millis(1), ..Policy::default() })));
        let ask = || match pilot.ask(&Want::default()) {
            Ticket::Lead(flight, todo) => (flight, todo),
            _ => panic!("nobody leads"),
        };
        let (late, _todo) = ask();
        thread::sleep(Duration::from_millis(5));
        let (flight, _todo) = ask();
        let (first, second) = (Caller::new(), Caller::new());
        let leads = second.does(|| pilot.lead(flight));
        drop(first.does(|| pilot.lead(late)));
        drop(leads);
        assert_eq!(second.children(1)[0].field("hallpass.outcome"), "abandoned");
        assert_eq!(first.children(1)[0].field("hallpass.outcome"), "");
    }
}
