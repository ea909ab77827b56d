//! A herd across processes, on a store that they share.

use super::programs::{Programs, number, odd, rows};
use super::report::Section;
use super::table::Table;
use crate::child::Trouble;

/// What gates it, and repeats it.
const GATES: &str = "The tests hold the requests to one: \
                     `cargo test --locked --package hallpass-conformance --test processes eighty_processes`, and \
                     `cargo test --locked --package hallpass-conformance --test processes a_thousand_clients`. \
                     No other library shares a token among processes.";

/// Its table.
pub(super) fn section(bench: &Programs<'_>) -> Result<Section, Trouble> {
    let printed = bench.output("fleet", &[])?;
    let mut table = Table::new(&["all at once, no token yet, 20 ms", "requests", "budget", "ms to the last"]);
    for fields in rows(&printed, "fleet") {
        let [who, requests, time] = fields[..] else { return Err(odd("fleet", &printed)) };
        table.name(who);
        table.figure(number("fleet", requests)?, 0, Some(1.0));
        table.figure(number("fleet", time)?, 0, None);
    }
    Ok(Section::new("A herd across processes", table).note(GATES))
}
