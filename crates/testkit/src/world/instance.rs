//! An instance: one machine, its callers, and what a driver and a checker remember of it.

use hallpass_core::Now;
use hallpass_core::lifecycle::{Flight, Lifecycle, Revision, TokenId, Want};

use super::clock::At;
use super::digest::Heard;
use super::store::Holding;

pub(super) struct Instance {
    pub(super) host: usize,
    /// Counts its lives; what belongs to an earlier one is void.
    pub(super) life: u32,
    pub(super) machine: Option<Lifecycle>,
    pub(super) paused_until: At,
    pub(super) flights: Vec<Flown>,
    pub(super) waiters: Vec<Waiter>,
    pub(super) seen: Seen,
    /// When something last befell it that may keep its callers waiting.
    pub(super) disturbed: At,
    /// Which version of the secret it is given.
    pub(super) secret: u64,
    /// Whether it has had a token that the API took, after the faults.
    pub(super) healed: bool,
    /// Everything that its machine was told, in one number.
    pub(super) heard: Heard,
    /// Whether what it last failed with may not heal by itself.
    pub(super) stopped: bool,
}

/// What the checkers remember of one life of an instance.
#[derive(Default)]
pub(super) struct Seen {
    /// The access token that was handed out last, and until when on the monotonic clock it may be served.
    pub(super) token: Option<(TokenId, At)>,
    /// The gain of this life that was last seen, and the revision that it was derived from.
    pub(super) gain: Option<(u64, Option<Revision>)>,
    /// Access tokens that the API has rejected here.
    pub(super) rejected: Vec<TokenId>,
    /// The last of them that the machine took at their word, as many as it remembers.
    pub(super) dropped: Vec<TokenId>,
    /// A secret that was refused, and until when on the monotonic clock it is left alone.
    pub(super) refused: Option<(u64, At)>,
    /// The server asked not to be asked before, on the monotonic clock.
    pub(super) not_before: At,
    /// When one of the two was last told, as an [order](super::queue::Queue::order): a request that was handed out before
    /// could not know.
    pub(super) told: u64,
    /// When on the monotonic clock the last requests were sent.
    pub(super) sends: Vec<At>,
    /// How many requests were sent since the API began to refuse everything.
    pub(super) while_refusing: u64,
}

/// A flight, as its driver knows it.
pub(super) struct Flown {
    pub(super) flight: Flight,
    pub(super) holding: Option<Holding>,
    /// The revision that this holding saw last.
    pub(super) base: Option<Revision>,
    /// The refresh token whose mark is known to be in the store.
    pub(super) marked: Option<u64>,
    /// A store operation failed since the flight last began at the peek.
    pub(super) store_failed: bool,
    pub(super) sends: u32,
    /// A request is on its way under a lock that was good.
    pub(super) sending: Option<At>,
    /// When its last effect was handed out.
    pub(super) handed: At,
    /// The same among the events that were planned.
    pub(super) order: u64,
    /// Until when its lock is good, by its own monotonic clock.
    pub(super) lease_until: At,
    /// The secret that the driver gave it.
    pub(super) secret: u64,
}

pub(super) struct Waiter {
    pub(super) id: u64,
    pub(super) flight: Flight,
    pub(super) want: Want,
    pub(super) since: At,
    /// When, by its own clocks, it was seen that its flight has landed.
    pub(super) landed: Option<Now>,
    pub(super) replay: bool,
    pub(super) probe: bool,
}

impl Seen {
    /// A token that may not come back.
    pub(super) fn drop_token(&mut self, id: TokenId) {
        self.dropped.retain(|known| *known != id);
        self.dropped.push(id);
        if self.dropped.len() > 8 {
            self.dropped.remove(0);
        }
    }
}

impl Instance {
    pub(super) fn new(host: usize) -> Self {
        Self {
            host,
            life: 0,
            machine: None,
            paused_until: 0,
            flights: Vec::new(),
            waiters: Vec::new(),
            seen: Seen::default(),
            disturbed: 0,
            secret: 0,
            healed: false,
            heard: Heard::default(),
            stopped: false,
        }
    }

    pub(super) fn flown(&mut self, flight: Flight) -> &mut Flown {
        if let Some(at) = self.flights.iter().rposition(|known| known.flight == flight) {
            return &mut self.flights[at];
        }
        if self.flights.len() >= 16 {
            // Only one that nothing depends on any more.
            if let Some(old) = self.flights.iter().position(|old| old.holding.is_none() && old.sending.is_none()) {
                self.flights.remove(old);
            }
        }
        self.flights.push(Flown {
            flight,
            holding: None,
            base: None,
            marked: None,
            store_failed: false,
            sends: 0,
            sending: None,
            handed: 0,
            order: 0,
            lease_until: 0,
            secret: 0,
        });
        let last = self.flights.len() - 1;
        &mut self.flights[last]
    }
}
