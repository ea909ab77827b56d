//! What `-v` shows of a login: each effect, as it happens, with its duration; and when the spinner turns.

use core::fmt::{self, Write as _};
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
        let listener = Listener { began: Instant::now(), verbose, spins };
        // Nobody else sets one in this process.
        let _ = tracing::subscriber::set_global_default(listener);
    }
}

struct Listener {
    began: Instant,
    verbose: u8,
    spins: bool,
}

impl Listener {
    fn level(&self) -> LevelFilter {
        if self.spins || self.verbose > 1 { LevelFilter::TRACE } else { LevelFilter::DEBUG }
    }

    fn tell(&self, said: &Said) {
        let begins = said.took.is_none() && said.effect.is_some();
        if self.verbose > 1 {
            output::line(&format!("hallpass: {:9.3} s  {said}", self.began.elapsed().as_secs_f64()));
        } else if self.verbose == 1 && !begins {
            output::line(&format!("hallpass: {said}"));
        }
        if self.spins && said.effect.is_some() {
            match said.effect.as_deref().filter(|_| begins) {
                Some("send") => spinner::begin("waiting for the server"),
                Some("sleep") => spinner::begin("waiting to try again"),
                // A password command may ask at the terminal, and the rest is over at once.
                _ => spinner::stop(),
            }
        }
    }
}

impl Subscriber for Listener {
    fn enabled(&self, about: &Metadata<'_>) -> bool {
        !about.is_span() && about.target() == "hallpass" && *about.level() <= self.level()
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level())
    }

    fn event(&self, event: &Event<'_>) {
        let mut said = Said { warns: *event.metadata().level() == Level::WARN, ..Said::default() };
        event.record(&mut said);
        self.tell(&said);
    }

    // No span is enabled.
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// What an event says.
#[derive(Default)]
struct Said {
    effect: Option<String>,
    flight: Option<u64>,
    took: Option<String>,
    message: String,
    /// Any other field.
    more: String,
    warns: bool,
}

impl Said {
    fn more(&mut self, name: &str, value: &str) {
        let some = value.strip_prefix("Some(").and_then(|value| value.strip_suffix(')'));
        // A string takes whatever is written to it.
        let _ = match (name, some.unwrap_or(value)) {
            ("expires_at", "None") | ("unsaved", "false") | ("error.type", _) => Ok(()),
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
            (Some(effect), Some(took)) => flight(f).and_then(|()| write!(f, "{effect}, {took}")),
            (Some(effect), None) => flight(f).and_then(|()| write!(f, "{effect} begins")),
            _ => write!(f, "{}{}{}", if self.warns { "warning: " } else { "" }, self.message, self.more),
        }
    }
}
