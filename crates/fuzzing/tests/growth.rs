//! What grows with what: memory with nothing, and the work on a reply with its length and no faster.

use std::alloc::System;
use std::time::{Duration, Instant};

use hallpass_core::lifecycle::Landed;
use hallpass_testkit::scenario::{Scenario, Stage};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// `HALLPASS_FLIGHTS=1000000` for the long run.
fn flights() -> u32 {
    std::env::var("HALLPASS_FLIGHTS").ok().and_then(|count| count.parse().ok()).unwrap_or(20_000)
}

/// One test, since the allocator counts for all threads.
#[test]
fn nothing_grows_that_should_not() {
    memory_stays();
    work_grows_with_length();
}

/// Each flight leaves what the one before it left, whichever way it goes.
fn memory_stays() {
    let mut one = Scenario::new();
    let warm_up = flights() / 10;
    let begun = Region::new(ALLOCATOR);
    fly(&mut one, warm_up);
    let (first, live) = (begun.change().allocations, live(&begun));
    let rest = Region::new(ALLOCATOR);
    for _ in 1..10 {
        fly(&mut one, warm_up);
    }
    let (each, grown) = (rest.change().allocations / 9, self::live(&rest));
    assert!(grown.abs() < 4096, "{grown} bytes more are live after the last nine tenths, {live} after the first");
    assert!(each <= first + first / 50, "{each} allocations for a tenth of the flights, {first} for the first tenth");
}

fn live(region: &Region<'_, System>) -> isize {
    let change = region.change();
    let signed = |bytes: usize| isize::try_from(bytes).expect("less than there is memory");
    signed(change.bytes_allocated) - signed(change.bytes_deallocated)
}

/// Logins and refreshes: good ones, refused ones, lost ones, and tokens that an API refuses.
fn fly(one: &mut Scenario, count: u32) {
    for number in 0..count {
        one.pass(Duration::from_hours(3)).lead();
        match number % 5 {
            0 => drop(one.until(Stage::Send).refused().finish()),
            1 => drop(one.until(Stage::Send).maybe_sent().finish()),
            2 => drop(one.until(Stage::Send).not_sent().finish()),
            _ => drop(one.finish()),
        }
        if let Landed::Ok(grant) = one.landed()
            && number % 5 == 4
        {
            one.machine.rejected(one.now, grant.id());
        }
        one.hush();
    }
}

/// A head, what is repeated, and an end: whatever a reader might walk through more than once.
const SHAPES: [(&str, &str, &str); 16] = [
    ("200\n\n{\"access_token\":\"", "t", "\",\"expires_in\":60}"),
    ("200\n\n{\"x\":\"", "\\u00e9", "\",\"access_token\":\"t\"}"),
    ("200\n\n{\"access_token\":\"t\",\"x\":[", "[],", "0]}"),
    ("200\n\n{\"access_token\":\"t\",\"expires_in\":", "9", "}"),
    ("200\n\n{\"access_token\":\"t\"}", " ", ""),
    ("200\n\n", "{\"a\":", ""),
    ("200\n\n{", "\"a\":1,", "\"access_token\":\"t\"}"),
    ("200\n\n{\"access_token\":\"", "a.", "\"}"),
    ("400\n\n{\"error\":\"", "\\\\\\\"", "\"}"),
    ("400\n\n{\"error_description\":\"", "%2525", "\"}"),
    ("400\n\n{\"detail\":\"", "canary-Refres", "\"}"),
    ("400\n\n{", "\"access_token\":\"canary\",", "\"error\":\"canary\"}"),
    ("401\n\n", "&amp;", ""),
    ("401\nwww-authenticate: Bearer ", "a=\"b\\\", c\", ", "\n\n"),
    ("503\nretry-after: ", "9", "\n\n"),
    ("400\n\n<html>", "<p>\u{202e}", ""),
];

/// A hundred times the length takes a hundred times as long, and ten thousand times where something is quadratic: a
/// ratio between the two is told apart on any machine.
fn work_grows_with_length() {
    const MOST: u32 = 1000;
    for (head, part, end) in SHAPES {
        let reply = |length: usize| format!("{head}{}{end}", part.repeat(length / part.len())).into_bytes();
        let (short, long) = (reply(500), reply(50_000));
        let ratio = || quickest(&long, 2).as_nanos() / quickest(&short, 20).as_nanos().max(1);
        let ratio = ratio();
        assert!(ratio < u128::from(MOST), "{head}{part}: a hundred times as long takes {ratio} times the time");
    }
}

fn quickest(reply: &[u8], runs: u32) -> Duration {
    let run = |_| {
        let begun = Instant::now();
        hallpass_fuzzing::replies(reply);
        begun.elapsed()
    };
    (0..runs).map(run).min().unwrap_or_default()
}
