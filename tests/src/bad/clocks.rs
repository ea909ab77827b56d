//! A token, and clocks that are suspended, drift and jump: usable while both clocks agree that it is, and from a store by
//! the store's own clock or the wall's.

use std::time::Duration;

use hallpass_core::lifecycle::Ticket;
use hallpass_testkit::scenario::Scenario;

/// What becomes of a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Has {
    /// The token, and nothing is done.
    Token,
    /// The token, perhaps while another is on its way: the last fifth of its life has begun.
    Usable,
    /// None: a login begins.
    None,
}

use Has::{None, Token, Usable};

const YEAR: i64 = 365 * 86_400;
const TEN_YEARS: i64 = 10 * YEAR;

/// The token's life; what passes on the monotonic clock and on the wall clock; what the caller has.
const MEMORY: [(u64, u64, i64, Has); 32] = [
    (3600, 0, 0, Token),
    (3600, 10, 10, Token),
    (3600, 2000, 2000, Token),
    (3600, 3500, 3500, Usable),
    // Thirty seconds, or a tenth of a short life, is kept for the way.
    (3600, 3571, 3571, None),
    (3600, 3600, 3600, None),
    (3600, 100_000_000, 100_000_000, None),
    (60, 53, 53, Usable),
    (60, 55, 55, None),
    (10, 8, 8, Usable),
    (10, 10, 10, None),
    (0, 0, 0, None),
    (86_400, 86_360, 86_360, Usable),
    (86_400, 86_371, 86_371, None),
    (u64::MAX, 100_000_000, 100_000_000, Token),
    (u64::MAX, TEN_YEARS.unsigned_abs(), TEN_YEARS, None),
    // Suspended: the monotonic clock stood still.
    (3600, 0, 2000, Token),
    (3600, 10, 3500, Usable),
    (3600, 10, 3571, None),
    (3600, 0, YEAR, None),
    // The wall clock was set back, or stands still.
    (3600, 10, -3600, Token),
    (3600, 2000, -10, Token),
    (3600, 10, -YEAR, Token),
    (3600, 3571, -3600, None),
    (3600, 3600, 0, None),
    (3600, 3600, -YEAR, None),
    (60, 55, 0, None),
    // Set ahead.
    (3600, 10, 3600, None),
    (60, 0, 54, None),
    // A drift of 5 %.
    (3600, 2000, 2100, Token),
    (3600, 2000, 1900, Token),
    (3600, 3420, 3591, None),
];

/// What the store's own clock says of the record's age; how far another host's wall clock is ahead; what it has.
const STORE: [(Option<u64>, i64, Has); 14] = [
    (Option::None, 0, Token),
    (Option::None, 2000, Token),
    (Option::None, 3571, None),
    (Option::None, 3600, None),
    (Option::None, YEAR, None),
    // Issued in the future: two minutes of it are forgiven.
    (Option::None, -60, Token),
    (Option::None, -119, Token),
    (Option::None, -121, None),
    (Option::None, -3600, None),
    (Option::None, -YEAR, None),
    (Some(10), YEAR, Token),
    (Some(10), -YEAR, Token),
    (Some(3571), 0, None),
    (Some(u64::MAX), 0, None),
];

/// How many there are.
pub fn count() -> usize {
    MEMORY.len() + STORE.len()
}

/// Every line that the core makes something else of.
pub fn differences() -> Vec<String> {
    let memory = MEMORY.iter().map(|line| (format!("{line:?}"), line.3, in_memory(line)));
    let store = STORE.iter().map(|line| (format!("{line:?}"), line.2, from_store(line)));
    let differs = |(line, expected, got): (String, Has, Has)| {
        let fine = got == expected || (expected == Usable && got == Token);
        (!fine).then(|| format!("{line}: got {got:?}"))
    };
    memory.chain(store).filter_map(differs).collect()
}

fn in_memory(&(life, mono, wall, _): &(u64, u64, i64, Has)) -> Has {
    let mut one = Scenario::new();
    one.expires_in = life;
    one.lead().finish();
    one.now.mono += Duration::from_secs(mono);
    one.now.wall = one.now.wall.saturating_add(time::SignedDuration::seconds(wall));
    match one.get() {
        Ticket::Ready(_) => Token,
        Ticket::Refresh(..) => Usable,
        _ => None,
    }
}

/// Another process, on a host whose wall clock is elsewhere.
fn from_store(&(age, ahead, _): &(Option<u64>, i64, Has)) -> Has {
    let mut one = Scenario::new();
    one.lead().finish();
    let mut two = one.peer();
    two.age = age.map(Duration::from_secs);
    two.now.wall = two.now.wall.saturating_add(time::SignedDuration::seconds(ahead));
    two.lead().finish();
    if two.trace().contains("send") { None } else { Token }
}
