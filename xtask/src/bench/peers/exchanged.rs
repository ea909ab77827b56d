//! Exchanges: in memory, and over a warm connection.

use super::super::library::{ALLOCATIONS, ASYNC, INSTRUCTIONS, RATIO, WAKING};
use super::super::programs::{Programs, number, odd, rows};
use super::super::report::Section;
use super::super::table::Table;
use super::without;
use crate::child::Trouble;

/// How the rows begin that not everybody can do.
const AT_WILL: &str = "an exchange";

/// Instructions and allocations of those that take the caller's transport, or leave it to the caller to send.
pub(super) fn cold(bench: &Programs<'_>, counted: &str, timed: &str) -> Result<Section, Trouble> {
    let heads = ["build the request, read the reply", "instructions", "budget", "allocations", "budget"];
    let mut table = Table::new(&heads);
    for fields in rows(counted, "cold") {
        let [who, allocations] = fields[..] else { return Err(odd("counted", counted)) };
        let ours = who.starts_with("hallpass");
        table.name(who);
        table.figure_if(bench.cost("peers", who, "exchange")?, 0, ours.then_some(INSTRUCTIONS));
        table.figure_if(number("counted", allocations)?, 0, ours.then_some(ALLOCATIONS));
    }
    let section = Section::new("Cold exchange, beside others", table)
        .note(
            "In memory, from the same reply; by client credentials, where no other grant is named. The reply is there at \
             once: to poll is all the runtime that anybody needs. What a transport's trait asks for is counted, such as \
             a boxed future. What an exchange is handed is not: its copy of the reply, and for azure_identity a \
             credential of its own, since one that has a token asks for no other.",
        )
        .note(
            "The floor is prepared by hand: all of the request but its map of headers is made ahead, and the reply is \
             read into borrowed fields. reqsign reads the user's credentials from JSON each time.",
        );
    Ok(without(section, timed, AT_WILL))
}

/// Times of the same, over a network.
pub(super) fn fetches(timed: &str) -> Result<Section, Trouble> {
    let mut table = Table::new(&["token over a warm connection", "us", "over the floor", "budget"]);
    for fields in rows(timed, "fetch") {
        let [who, time, ratio] = fields[..] else { return Err(odd("peers", timed)) };
        table.name(who);
        table.figure(number("peers", time)?, 1, None);
        table.figure_if(number("peers", ratio)?, 2, who.starts_with("hallpass").then_some(RATIO));
    }
    let section = Section::new("Sequential fetch, beside others", table)
        .note("All over reqwest, in a runtime of one thread; the floor is prepared by hand.")
        .note(WAKING)
        .why(&[("hallpass-async, one thread", ASYNC)]);
    Ok(without(section, timed, AT_WILL))
}
