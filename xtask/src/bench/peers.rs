//! Other libraries on the same work.

use std::fs;
use std::path::Path;

use super::library::{HOT, HOT_SHARED};
use super::programs::{Programs, number, odd, rows};
use super::report::Section;
use super::table::Table;
use crate::child::Trouble;

/// A feature of `crates/bench` for each, so that one that does not build leaves the others standing.
const PEERS: [&str; 7] = ["aws-identity", "azure", "google", "huskarl", "oauth2", "tame-oauth", "yup-oauth2"];

/// All that is measured beside hallpass.
const LIBRARIES: [&str; 9] = [
    "aws-smithy-runtime",
    "azure_identity",
    "google-cloud-auth",
    "huskarl",
    "oauth2",
    "reqwest",
    "tame-oauth",
    "ureq",
    "yup-oauth2",
];

/// A round of peers calls each 5,000 times.
const FEWER: u32 = 5;

/// Their tables. A peer that does not build is left out and named.
pub(super) fn sections(root: &Path, rounds: u32) -> Result<Vec<Section>, Trouble> {
    let mut left_out = Vec::new();
    let mut built = build(root, &PEERS)?;
    if built.is_none() {
        let mut good = Vec::new();
        for peer in PEERS {
            let list = if build(root, &[peer])?.is_some() { &mut good } else { &mut left_out };
            list.push(peer);
        }
        built = build(root, &good)?;
    }
    let bench = built.ok_or_else(|| odd("cargo build", "not even without peers"))?;
    let printed = bench.output("peers", &[&(rounds / FEWER).max(3).to_string()])?;
    let cold = if left_out.contains(&"oauth2") { None } else { Some(cold(&bench)?) };
    let mut sections: Vec<_> = cold.into_iter().chain([hot(&printed)?, herds(&printed)?]).collect();
    let last = sections.pop().map(|section| said(section, &left_out));
    sections.extend(last);
    Ok(sections)
}

/// The libraries, as the lock file of `crates/bench` has them.
pub(super) fn versions(root: &Path) -> String {
    let lock = fs::read_to_string(root.join("crates/bench/Cargo.lock")).unwrap_or_default();
    let version = |name: &str| {
        let (_, rest) = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?;
        Some(format!("{name} {}", rest.split('"').next()?))
    };
    let found: Vec<_> = LIBRARIES.iter().filter_map(|name| version(name)).collect();
    found.join(", ")
}

/// Of those that take a request and a reply from the caller, the one that is used most.
fn cold(bench: &Programs<'_>) -> Result<Section, Trouble> {
    let mut table = Table::new(&["build the request, read the reply", "instructions"]);
    table.name("oauth2");
    table.figure(bench.cost("peers", "oauth2", "exchange")?, 0, None);
    Ok(Section::new("Cold exchange, beside others", table)
        .note("As hallpass's basic form, above. The others are not measured here: oauth2 alone builds its request and reads the \
               reply in plain calls, without a runtime and a transport around them."))
}

fn build<'a>(root: &'a Path, peers: &[&str]) -> Result<Option<Programs<'a>>, Trouble> {
    let features = format!("--features={}", peers.join(","));
    Programs::build(root, &["--bin", "peers", &features])
}

fn hot(printed: &str) -> Result<Section, Trouble> {
    let mut table =
        Table::new(&["fresh token into a header map", "threads", "token bytes", "ns", "over the floor", "budget"]);
    for fields in rows(printed, "hot") {
        let [threads, length, who, time, ratio] = fields[..] else { return Err(odd("peers", printed)) };
        table.name(who);
        table.text(threads);
        table.text(length);
        table.figure(number("peers", time)?, 0, None);
        let budget = (who == "hallpass").then_some(if threads == "1" { HOT } else { HOT_SHARED });
        table.figure_if(number("peers", ratio)?, 2, budget);
    }
    let why = [(
        "hallpass",
        "on one thread, for the reasons above; on more, where they seldom meet at the floor's reference count",
    )];
    let section = Section::new("Hot path, beside others", table).why(&why);
    Ok(without(section.note("The floor clones a shared header value into a reused map."), printed, FRESH))
}

/// How the rows of the hot path begin, and those of the herds.
const FRESH: &str = "a fresh token";
const HERD: &str = "a herd";

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

fn herds(printed: &str) -> Result<Section, Trouble> {
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
    for fields in rows(printed, "herd") {
        let [event, who, time, requests, errors, unanswered] = fields[..] else { return Err(odd("peers", printed)) };
        let budget = (who == "hallpass").then(|| budget(event));
        table.name(who);
        table.text(event);
        table.figure_if(number("peers", time)?, 0, budget.and_then(|_| longest(event)));
        table.figure_if(number("peers", requests)?, 0, budget.map(|both| both.0));
        table.figure_if(number("peers", errors)?, 0, budget.map(|both| both.1));
        table.text(unanswered);
    }
    let section = Section::new("A herd, beside others", table)
        .note("What expired had a life of 2 s. google-cloud-auth renews a token of so short a life every 10 s, and its callers wait.")
        .note("Three herds of each: the median of the times, the most of what is counted.")
        .note("A caller who has no answer after 20 s is counted as such. yup-oauth2 and tame-oauth sign a JWT for each request.");
    let why = [("hallpass", "a thousand tasks are woken by as many cores as the machine has")];
    Ok(without(section.why(&why), printed, HERD))
}

/// Who cannot do the rows that begin so, and why.
fn without(mut section: Section, printed: &str, rows_of: &str) -> Section {
    for fields in rows(printed, "without") {
        let [who, row, why] = fields[..] else { continue };
        if row.starts_with(rows_of) {
            section = section.note(format!("{who} cannot do this row ({row}): {why}."));
        }
    }
    section
}

/// What is left out of all of it, and why.
fn said(mut section: Section, left_out: &[&str]) -> Section {
    for peer in left_out {
        section = section.note(format!("{peer} is left out: it does not build here."));
    }
    section.note("reqsign is left out: it signs requests, and hands out no token of its own.")
}
