//! What `-v` shows of a login: each effect, as it happens, with its duration; and when the spinner turns.

use core::fmt::{self, Write as _};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::args::Globals;
use crate::failure::ErrorStyle;
use crate::{output, spinner};

/// Listens from now on, if there is anybody to tell.
pub(crate) fn listen(globals: &Globals) {
    let verbose = if globals.errors == ErrorStyle::Json { 0 } else { globals.verbose };
    let spins = globals.errors == ErrorStyle::Text && spinner::is_wanted();
    if verbose > 0 || spins {
        let listener = Listener { began: Instant::now(), verbose, spins, exchange: Mutex::default() };
        // Nobody else sets one in this process.
        let _ = tracing::subscriber::set_global_default(listener);
    }
}

struct Listener {
    began: Instant,
    verbose: u8,
    spins: bool,
    /// The last one, which the next send's line tells of.
    exchange: Mutex<Exchange>,
}

impl Listener {
    fn level(&self) -> LevelFilter {
        if self.spins || self.verbose > 1 { LevelFilter::TRACE } else { LevelFilter::DEBUG }
    }

    fn tell(&self, said: &Said) {
        let begins = said.took.is_none() && said.effect.is_some();
        let line = match self.verbose {
            0 => None,
            1 => (!begins).then(|| format!("hallpass: {said}")),
            _ => Some(format!("hallpass: {:9.3} s  {said}", self.began.elapsed().as_secs_f64())),
        };
        if self.spins && (line.is_some() || said.effect.is_some()) {
            spinner::stop();
        }
        if let Some(line) = line {
            output::line(&line);
        }
        match said.effect.as_deref().filter(|_| self.spins && begins) {
            Some("send") => spinner::begin("waiting for the server"),
            Some("sleep") => spinner::begin("waiting to try again"),
            // A password command may ask at the terminal, and the rest is over at once.
            _ => {}
        }
    }
}

impl Subscriber for Listener {
    fn enabled(&self, about: &Metadata<'_>) -> bool {
        let told = !about.is_span() || about.name() == "hallpass.exchange";
        told && about.target() == "hallpass" && *about.level() <= self.level()
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level())
    }

    fn event(&self, event: &Event<'_>) {
        let mut said = Said { warns: *event.metadata().level() == Level::WARN, ..Said::default() };
        event.record(&mut said);
        if said.effect.as_deref() == Some("send") && said.took.is_some() {
            said.exchange = self.exchange.lock().unwrap_or_else(PoisonError::into_inner).to_string();
        }
        if self.verbose < 2 && said.fails.is_some() {
            // The command ends with the whole error, if it has no token.
            said.more = said.fails.take().map(|kind| format!(": {kind}")).unwrap_or_default();
        }
        self.tell(&said);
    }

    // One exchange is under way at a time, so one id is enough.
    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let mut exchange = Exchange::default();
        attributes.record(&mut exchange);
        *self.exchange.lock().unwrap_or_else(PoisonError::into_inner) = exchange;
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut *self.exchange.lock().unwrap_or_else(PoisonError::into_inner));
    }
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// What a span says of an HTTP exchange.
#[derive(Default)]
struct Exchange {
    kind: String,
    url: String,
    status: Option<i64>,
    error: String,
}

impl Visit for Exchange {
    fn record_i64(&mut self, field: &Field, value: i64) {
        if field.name() == "http.response.status_code" {
            self.status = Some(value);
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "hallpass.exchange.kind" => value.clone_into(&mut self.kind),
            "error.type" => value.clone_into(&mut self.error),
            _ => {}
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "url.full" {
            self.url = format!("{value:?}");
        }
    }
}

impl fmt::Display for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, url, status, error } = self;
        match status {
            Some(status) => write!(f, ", {kind} at {url} answered {status}"),
            None => write!(f, ", {kind} at {url}: {}", error.replace('_', " ")),
        }
    }
}

/// What an event says.
#[derive(Default)]
struct Said {
    effect: Option<String>,
    flight: Option<u64>,
    took: Option<String>,
    /// What was sent, if it is a send that ended.
    exchange: String,
    /// The kind of an error.
    fails: Option<String>,
    message: String,
    /// Any other field.
    more: String,
    warns: bool,
}

impl Said {
    fn more(&mut self, name: &str, value: &str) {
        // A string takes whatever is written to it.
        let _ = match (name, value) {
            ("unsaved", "false") => Ok(()),
            ("error.type", kind) => {
                self.fails = Some(kind.to_owned());
                Ok(())
            }
            ("expires_at", at) => write!(self.more, ", until {at}"),
            ("unsaved", _) => write!(self.more, ", not kept"),
            ("error", error) => write!(self.more, ": {error}"),
            (name, value) => write!(self.more, ", {name} {value}"),
        };
    }
}

impl Visit for Said {
    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "flight" => self.flight = Some(value),
            _ => self.record_debug(field, &value),
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "effect" => self.effect = Some(value.to_owned()),
            _ => self.record_debug(field, &format_args!("{value}")),
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "message" => self.message = format!("{value:?}"),
            "took" => self.took = Some(format!("{value:.1?}")),
            name => self.more(name, &format!("{value:?}")),
        }
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flight = |f: &mut fmt::Formatter<'_>| self.flight.map_or(Ok(()), |flight| write!(f, "flight {flight}: "));
        match (&self.effect, &self.took) {
            (Some(effect), Some(took)) => flight(f).and_then(|()| write!(f, "{effect}{}, {took}", self.exchange)),
            (Some(effect), None) => flight(f).and_then(|()| write!(f, "{effect} begins")),
            _ => write!(f, "{}{}{}", if self.warns { "warning: " } else { "" }, self.message, self.more),
        }
    }
}
