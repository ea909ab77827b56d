//! What is claimed, and the command that shows it.

/// A claim whose figure a command keeps.
pub(super) struct Claim {
    /// Its table in the results.
    pub(super) key: &'static str,
    /// In words; the part before a comma or colon is its heading.
    pub(super) what: &'static str,
    /// What shows it.
    pub(super) command: &'static str,
    /// It is over in a minute or two.
    pub(super) is_cheap: bool,
}

pub(super) const CLAIMS: &[Claim] = &[
    Claim {
        key: "simulation",
        what: "Simulated worlds under faults: every invariant holds in each",
        command: "cargo xtask sim --seeds 10000000 --record",
        is_cheap: false,
    },
    Claim {
        key: "exploration-2-2",
        what: "Small worlds of two instances, in every order of events, with up to two faults in every place",
        command: "cargo xtask explore --instances 2 --faults 2 --record",
        is_cheap: true,
    },
    Claim {
        key: "exploration-3-1",
        what: "Small worlds of three instances, in every order of events, with up to one fault in every place",
        command: "cargo xtask explore --instances 3 --faults 1 --record",
        is_cheap: false,
    },
    Claim {
        key: "planted-bugs",
        what: "Planted bugs: the simulation finds each",
        command: "cargo xtask plant --record",
        is_cheap: true,
    },
    Claim {
        key: "fleet",
        what: "A fleet on paper: what a shared login spares the provider and the callers",
        command: "cargo xtask fleet --instances 100000 --hours 24 --record",
        is_cheap: false,
    },
];

/// What the page says of the rest.
pub(super) const TESTED: &str = "
Each run of `cargo xtask test` plays 100,000 worlds, explores the small ones of two instances, plants every bug, and compares
the [state graphs](diagrams/lifecycle.md) with what these runs draw. It replays the fuzzers' inputs and the histories that have
broken an invariant once, searches everything that is printed for secrets in every spelling, tries the bad inputs on the core
and on both drivers, and compares the public API and the dependencies with what is written down. `cargo xtask soak` runs
eighty real processes on one login.

A state of an exploration is a history of choices, run by the same machines as everywhere. Histories whose worlds nobody in
them can tell apart count as one state: what each machine was told, what lies in the store, what the server knows and what is
planned, with times to the second, in a hash of 64 bits. Events come in every order if they lie within two seconds of each
other: longer than a flight without a fault, shorter than a lease. What only its own instance can tell the time of comes at
once. A crash, and a slot that is lost, strike before an effect only, since after one is before the next. With one fault in a
history, it is any of twelve kinds; with two, they are two of a crash, a pause, a lease that ends and a lost reply. No lease
ends where files are the locks, and a registration has six kinds in either case.
";

/// What is shown above a table.
pub(super) fn picture(key: &str) -> &'static str {
    match key {
        "fleet" => {
            "![token requests over time](proof/fleet.svg)\n\nhallpass in memory asks more often than a plain cache: it renews \
             in the last fifth of a life, ahead of its end,\nso that no call has to wait for that.\n\nWith one token for all, \
             an outage of the provider meets all processes at once, or none: if the token is due then,\neach of them asks \
             for itself, one after the other. An outage that begins then and lasts longer than the fifth of a life\nthat was \
             left, as the 15 minutes here, leaves all of them without one for its rest: hence the failures with one Redis. \
             An\noutage of Redis itself costs no call.\n\n"
        }
        _ => "",
    }
}
