//! Bad inputs by the hundred, made of tables that a reader can scan. The vectors say what is right of single replies; the
//! tables here say it of whole classes, from the rules of the wire.
//!
//! | class | what it holds | its rule |
//! |---|---|---|
//! | `bad-status-type` | every status with every content type | 9, 14, 16, 18 |
//! | `bad-retry-after` | waits in every spelling | 18 |
//! | `bad-challenge` | challenges at a token endpoint: none starts anything | 15 |
//! | `bad-token-byte` | each byte in front of, in, and behind a token | 10 |
//! | `bad-coding` | codings that nobody asked for, small and as bombs | 16, and the cap |
//!
//! [`urls`] holds pairs of URLs (rule 7, invariant 7), [`clocks`] lives on clocks that jump, and [`volume`] counts all.

mod bytes;
mod challenges;
pub mod clocks;
mod codings;
mod statuses;
pub mod urls;
pub mod volume;
mod waits;

use crate::case::{Case, Template};
use crate::login::Login;
use crate::reply::Wire;
use crate::settings::{Exchange, Kind, Name};

/// Every case: class by class, each on one exchange, the dialects taking turns.
///
/// ```
/// let cases = hallpass_conformance::bad::cases();
/// assert!(cases.iter().any(|case| case.class == "bad-status-type"));
/// ```
pub fn cases() -> Vec<Case> {
    [statuses::cases(), waits::cases(), challenges::cases(), bytes::cases(), codings::cases()].concat()
}

const DIALECTS: [Name; 4] = [Name::BasicForm, Name::Auth0Json, Name::PasswordForm, Name::UserKey];

/// A reply in a table: status, headers, body, and what must come of it.
struct Row<'t> {
    name: String,
    status: u16,
    headers: Vec<(&'t str, &'t str)>,
    body: String,
    expect: &'t str,
}

fn table<'t>(class: &str, rows: impl IntoIterator<Item = Row<'t>>) -> Vec<Case> {
    let rows = rows.into_iter().zip(DIALECTS.into_iter().cycle());
    rows.map(|(row, dialect)| row.case(class, Exchange { dialect, kind: Kind::Authenticate })).collect()
}

impl Row<'_> {
    fn case(self, class: &str, exchange: Exchange) -> Case {
        let headers = self.headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Case {
            class: class.into(),
            exchange,
            login: Login::standard(exchange, None),
            reply: Template {
                status: self.status,
                headers: headers.collect(),
                body: self.body,
                wire: Wire::Plain,
                again: false,
            },
            expect: self.expect.parse().unwrap_or_else(|why| panic!("{}: {why}", self.name)),
            vector: self.name,
            request: None,
            hides: Vec::new(),
            shows: Vec::new(),
            disputed: None,
        }
    }
}
