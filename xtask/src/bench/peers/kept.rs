//! The token that is kept: handed out fresh, and asked for by a herd.

use super::super::library::{HOT, HOT_SHARED};
use super::super::programs::{number, odd, rows};
use super::super::report::Section;
use super::super::table::Table;
use super::without;
use crate::child::Trouble;

/// How the rows of the hot path begin, and those of the herds.
const FRESH: &str = "a fresh token";
const HERD: &str = "a herd";

/// A fresh token, on some threads; its allocations, on one.
pub(super) fn hot(counted: &str, timed: &str) -> Result<Section, Trouble> {
    let heads =
        ["fresh token into a header map", "threads", "token bytes", "ns", "over the floor", "budget", "allocations"];
    let mut table = Table::new(&heads);
    for fields in rows(timed, "hot") {
        let [threads, length, who, time, ratio] = fields[..] else { return Err(odd("peers", timed)) };
        table.name(who);
        table.text(threads);
        table.text(length);
        table.figure(number("peers", time)?, 0, None);
        let budget = if threads == "1" { HOT } else { HOT_SHARED };
        table.figure_if(number("peers", ratio)?, 2, (who == "hallpass").then_some(budget));
        let allocations = rows(counted, "hot").find(|counted| threads == "1" && counted[..2] == [length, who]);
        table.text(allocations.and_then(|counted| counted.get(2).copied()).unwrap_or_default());
    }
    let why = [(
        "hallpass",
        "on one thread, for the reasons above; on more, where they seldom meet at the floor's reference count",
    )];
    let section = Section::new("Hot path, beside others", table)
        .note("The floor clones a shared header value into a reused map. Allocations are counted on one thread.")
        .why(&why);
    Ok(without(section, timed, FRESH))
}

/// What a herd of hallpass's may cost: requests and errors. When all fails, those of one flight.
fn budget(event: &str) -> (f64, f64) {
    match event {
        event if event.starts_with("always") => (4.0, 1_000.0),
        event if event.starts_with("first") => (2.0, 0.0),
        _ => (1.0, 0.0),
    }
}

/// How long it may take: the server's delay and 5 ms. What fails waits between its tries.
fn longest(event: &str) -> Option<f64> {
    let (what, delay) = event.split_once(", ")?;
    let delay: f64 = delay.strip_suffix(" ms")?.parse().ok()?;
    ["empty", "expired"].contains(&what).then_some(delay + 5.0)
}

/// A thousand callers at once.
pub(super) fn herds(timed: &str) -> Result<Section, Trouble> {
    let heads = [
        "1,000 callers at once",
        "what happens",
        "ms to the last",
        "budget",
        "requests",
        "budget",
        "errors",
        "budget",
        "no answer",
    ];
    let mut table = Table::new(&heads);
    for fields in rows(timed, "herd") {
        let [event, who, time, requests, errors, unanswered] = fields[..] else { return Err(odd("peers", timed)) };
        let budget = (who == "hallpass").then(|| budget(event));
        table.name(who);
        table.text(event);
        table.figure_if(number("peers", time)?, 0, budget.and_then(|_| longest(event)));
        table.figure_if(number("peers", requests)?, 0, budget.map(|both| both.0));
        table.figure_if(number("peers", errors)?, 0, budget.map(|both| both.1));
        table.text(unanswered);
    }
    let section = Section::new("A herd, beside others", table)
        .note("What expired had a life of 1 s. google-cloud-auth renews a token of so short a life every 10 s, and its callers wait.")
        .note("Three herds of each, and one where every reply is a 500: the median of the times, the most of what is counted.")
        .note("A caller who has no answer after 10 s is counted as such. yup-oauth2 and tame-oauth sign a JWT for each request.");
    let why = [("hallpass", "a thousand tasks are woken by as many cores as the machine has")];
    Ok(without(section.why(&why), timed, HERD))
}
