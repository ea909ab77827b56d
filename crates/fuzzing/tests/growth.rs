//! What grows with what: memory with nothing, and the work on a reply with its length and no faster.
#![cfg(unix)]

use std::alloc::System;
use std::time::Duration;

use hallpass_core::lifecycle::Landed;
use hallpass_testkit::scenario::{Scenario, Stage};
use rustix::time::{ClockId, clock_gettime};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// `HALLPASS_FLIGHTS=1000000` for the long run.
fn flights() -> u32 {
    std::env::var("HALLPASS_FLIGHTS").ok().and_then(|count| count.parse().ok()).unwrap_or(5_000)
}

/// One test, since the allocator counts for all threads.
#[test]
fn nothing_grows_that_should_not() {
    memory_stays();
    work_grows_with_length();
}

/// Ten times the flights leave behind as many pieces of memory as the first tenth did.
fn memory_stays() {
    // A few bytes more, since the server's later tokens have longer numbers.
    const DIGITS: isize = 64;
    let tenth = flights() / 10 / WAYS * WAYS;
    assert!(tenth > 0, "too few flights to tell");
    let mut one = Scenario::new();
    let region = Region::new(ALLOCATOR);
    fly(&mut one, tenth);
    let first = live(&region);
    for _ in 1..10 {
        fly(&mut one, tenth);
    }
    let all = live(&region);
    println!("figures: {} | {} in {} | {} in {}", tenth * 10, first.1, first.0, all.1, all.0);
    assert_eq!(all.0, first.0, "pieces are live after all flights, and after a tenth of them");
    assert!(all.1 <= first.1 + DIGITS, "{} bytes are live after all flights, {} after a tenth of them", all.1, first.1);
}

/// Pieces and bytes.
fn live(region: &Region<'_, System>) -> (isize, isize) {
    let change = region.change();
    let pieces = change.allocations.wrapping_sub(change.deallocations).cast_signed();
    // Both count what a buffer grows or shrinks by.
    (pieces, change.bytes_allocated.wrapping_sub(change.bytes_deallocated).cast_signed())
}

/// How many ways a flight goes, one after the other.
const WAYS: u32 = 5;

/// Logins and refreshes: good ones, refused ones, lost ones, and tokens that an API refuses.
fn fly(one: &mut Scenario, count: u32) {
    for number in 0..count {
        one.pass(Duration::from_hours(3)).lead();
        match number % WAYS {
            0 => drop(one.until(Stage::Send).refused().finish()),
            1 => drop(one.until(Stage::Send).maybe_sent().finish()),
            2 => drop(one.until(Stage::Send).not_sent().finish()),
            _ => drop(one.finish()),
        }
        if let Landed::Ok(grant) = one.landed()
            && number % WAYS == 4
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

/// Ten times the length takes ten times the work, and a hundred times where something is quadratic: whatever lies between
/// tells the two apart. Counted in processor time, which other programs do not change, and in bytes asked for.
fn work_grows_with_length() {
    const MOST: u128 = 30;
    for (head, part, end) in SHAPES {
        let reply = |length: usize| format!("{head}{}{end}", part.repeat(length / part.len())).into_bytes();
        let works = [400, 4_000, 40_000].map(|length| (work(&reply(length), 16_000 / length), length));
        for [(shorter, _), (longer, length)] in [[works[0], works[1]], [works[1], works[2]]] {
            // What else the machine does may be in the few long runs, and in none of the many short ones.
            let longer = if longer.0 > MOST * shorter.0 { longer.min(work(&reply(length), 8)) } else { longer };
            for (what, shorter, longer) in [("time", shorter.0, longer.0), ("memory", shorter.1, longer.1)] {
                assert!(
                    longer <= MOST * shorter,
                    "{head}{part}: {what} {shorter} becomes {longer} at ten times the length"
                );
            }
        }
    }
}

/// Nanoseconds and bytes of every login on this reply; the least of some runs.
fn work(reply: &[u8], runs: usize) -> (u128, u128) {
    let run = |_| {
        let region = Region::new(ALLOCATOR);
        let begun = busy();
        hallpass_fuzzing::replies(reply);
        (busy().saturating_sub(begun).as_nanos().max(1), region.change().bytes_allocated as u128)
    };
    (0..runs.max(3)).map(run).min().expect("one run at least")
}

/// What this thread has had of a processor.
fn busy() -> Duration {
    let told = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(told).expect("a clock that begins at zero")
}
