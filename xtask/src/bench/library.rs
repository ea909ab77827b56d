//! The core, the hot path and the drivers, beside their budgets.

use super::programs::{Programs, number, odd, rows};
use super::report::Section;
use super::table::Table;
use crate::child::Trouble;

/// A warm fetch over the bare HTTP library doing the same.
pub(super) const RATIO: f64 = 1.1;

/// A fresh token into a reused map over a clone of a shared value into it: one thread, and several. Where the system has
/// coarse clocks, they are used.
pub(super) const HOT: f64 = if cfg!(target_os = "linux") { 1.7 } else { STANDARD };
pub(super) const HOT_SHARED: f64 = if cfg!(target_os = "linux") { 0.8 } else { STANDARD_SHARED };

/// The same with both standard clocks.
const STANDARD: f64 = 2.8;
const STANDARD_SHARED: f64 = 1.4;

/// Building the request and parsing the reply.
pub(super) const INSTRUCTIONS: f64 = 16_000.0;
pub(super) const ALLOCATIONS: f64 = 15.0;

/// Why a figure misses its budget, by the name of its row.
const WHY: &[(&str, &str)] = &[
    (
        "basic-form, JWT",
        "a token that is a JWT is decoded and its claims are read, since they may shorten `expires_in`: base64 and the \
         claims' JSON take about as much each",
    ),
    (
        "1",
        "what two clocks cost beside the floor depends on the machine, and a grant is copied with its dates, not only \
         its header",
    ),
    (
        "2",
        "the ratio is to a floor whose reference count two threads share, which costs by how far apart their cores are",
    ),
    ("8", "with more threads than cores, threads seldom meet at the floor's reference count"),
    ("hallpass-async, one thread", ASYNC),
    ("hallpass-async, two workers", ASYNC),
];

/// Why a fetch of hallpass-async's is no closer to bare reqwest's.
pub(super) const ASYNC: &str = "the core's request, judging the reply, the lifecycle, the clocks and the store are \
                                more than a tenth of what bare reqwest does on loopback; over a network it vanishes";

const SAME_TIMEOUTS: &str = "`same timeouts`: with the deadlines that hallpass sets. ureq starts a thread for each request \
                             then, to resolve the name in time: that is what its row measures.";

/// Also of the other table of fetches.
pub(super) const WAKING: &str = "The server is a thread beside the client. Where the system runs both on one core, a fetch \
                                 takes what it costs; where it has to wake another core twice for each, that can take \
                                 longer than all else, and brings every ratio closer to 1.";

/// The tables of what is timed.
pub(super) fn timed(bench: &Programs<'_>, rounds: u32) -> Result<Vec<Section>, Trouble> {
    let [hot, fetch] = [hot(bench, rounds)?, fetch(bench, rounds)?];
    let fetch = fetch
        .note(
            "The ratio is the median of as many rounds; its quartiles are beside it. Other libraries have a table of \
             their own, below.",
        )
        .note(SAME_TIMEOUTS)
        .note(WAKING);
    Ok(vec![hot.why(WHY), fetch.why(WHY)])
}

/// The table of the core.
pub(super) fn core(bench: &Programs<'_>) -> Result<Section, Trouble> {
    let counted = bench.output("allocations", &[])?;
    let mut table = Table::new(&[
        "core: build the request, read the reply",
        "instructions",
        "budget",
        "allocations",
        "budget",
        "whole login: instructions",
        "allocations",
    ]);
    for fields in rows(&counted, "core") {
        let [case, allocations, in_login] = fields[..] else { return Err(odd("allocations", &counted)) };
        let (exchange, login) = (bench.cost("exchange", case, "exchange")?, bench.cost("exchange", case, "login")?);
        table.name(case);
        table.figure(exchange, 0, Some(INSTRUCTIONS));
        table.figure(number("allocations", allocations)?, 0, Some(ALLOCATIONS));
        table.figure(login, 0, None);
        table.figure(number("allocations", in_login)?, 0, None);
    }
    Ok(Section::new("Cold exchange", table)
        .note("By callgrind, on a processor without AVX. A whole login is driven step by step, as the drivers do.")
        .why(WHY))
}

/// The table of the hot path.
fn hot(bench: &Programs<'_>, rounds: u32) -> Result<Section, Trouble> {
    let heads = [
        "fresh token into a header map: threads",
        "token bytes",
        "ns",
        "floor",
        "ratio",
        "budget",
        "with standard clocks, ns",
        "ratio",
        "budget",
        "allocations",
        "budget",
    ];
    let mut table = Table::new(&heads);
    let measured = bench.output("hot", &[&rounds.to_string()])?;
    for line in measured.lines() {
        let [threads, length, ours, floor, ratio, standard, standard_ratio, allocations] =
            line.split('\t').collect::<Vec<_>>()[..]
        else {
            return Err(odd("hot", &measured));
        };
        table.name(threads);
        table.text(length);
        table.figure(number("hot", ours)?, 1, None);
        table.figure(number("hot", floor)?, 1, None);
        let [coarse, both] = if threads == "1" { [HOT, STANDARD] } else { [HOT_SHARED, STANDARD_SHARED] };
        table.figure(number("hot", ratio)?, 2, Some(coarse));
        table.figure(number("hot", standard)?, 1, None);
        table.figure(number("hot", standard_ratio)?, 2, Some(both));
        table.figure(number("hot", allocations)?, 0, Some(0.0));
    }
    Ok(Section::new("Hot path", table).note(
        "On Linux, coarse clocks are read; elsewhere, the standard ones. With standard clocks is a sum: what was \
         measured, and two readings of those, timed alone in the same rounds, without two of the coarse ones.",
    ))
}

/// The table of warm fetches.
fn fetch(bench: &Programs<'_>, rounds: u32) -> Result<Section, Trouble> {
    let mut table = Table::new(&[
        "token over a warm connection",
        "us",
        "bare library",
        "us",
        "ratio",
        "budget",
        "quartiles",
        "allocations",
        "bare",
    ]);
    let measured = bench.output("fetch", &[&rounds.to_string()])?;
    for line in measured.lines() {
        let [ours, bare, our_time, bare_time, ratio, first, third, our_count, bare_count] =
            line.split('\t').collect::<Vec<_>>()[..]
        else {
            return Err(odd("fetch", &measured));
        };
        table.name(ours);
        table.figure(number("fetch", our_time)?, 1, None);
        table.text(bare);
        table.figure(number("fetch", bare_time)?, 1, None);
        table.figure(number("fetch", ratio)?, 2, Some(RATIO));
        table.text(&format!("{:.2}-{:.2}", number("fetch", first)?, number("fetch", third)?));
        table.figure(number("fetch", our_count)?, 0, None);
        table.figure(number("fetch", bare_count)?, 0, None);
    }
    Ok(Section::new("Sequential fetch", table))
}
