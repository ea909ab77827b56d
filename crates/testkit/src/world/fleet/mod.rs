//! A fleet on paper: many instances with one login, for hours, against a provider with a rate limit and outages.
//!
//! The machine is the one that the drivers run; two usual clients do the same work beside it. Processes are deployed
//! anew and crash, hosts have one clock. It is a model of load and waiting, not of faults: those are for the worlds.

mod clients;
mod machines;
mod plain;
mod provider;
mod timeline;
mod waits;

pub use clients::Client;
pub use waits::Waits;

use super::clock::{At, SECOND};
use provider::Provider;
use timeline::Timeline;

/// How large the fleet is, and for how long it is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fleet {
    /// Processes, each with callers of its own.
    pub instances: usize,
    /// How long it is watched.
    pub hours: u64,
    /// The source of all chance.
    pub seed: u64,
}

impl Fleet {
    /// How many processes run on one host.
    pub const PER_HOST: usize = 20;

    /// How often the API is called in an hour, in each process.
    pub const CALLS: u64 = 6;

    /// How long a token lives.
    pub(super) const LIFE: At = 3600 * SECOND;

    /// How many requests the provider serves in a second: a fifth more than a login for each call needs on average.
    pub fn limit(&self) -> u64 {
        (self.instances as u64 / 500).max(1)
    }

    fn end(&self) -> At {
        self.hours * 3600 * SECOND
    }
}

/// What became of a fleet with one kind of client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Calls that got a token.
    pub served: u64,
    /// Calls that did not.
    pub failed: u64,
    /// Token requests that reached the provider.
    pub requests: u64,
    /// Of them, those it refused with 429.
    pub too_many: u64,
    /// The most in one second.
    pub peak: u64,
    /// Token requests in each tenth minute.
    pub over_time: Vec<u64>,
    /// How long callers waited for a token.
    pub waits: Waits,
}

/// Watches a fleet whose processes all have this client.
///
/// ```
/// use hallpass_testkit::world::fleet::{Client, Fleet, watch};
///
/// let fleet = Fleet { instances: 200, hours: 3, seed: 1 };
/// let (naive, shared) = (watch(&fleet, Client::Naive), watch(&fleet, Client::Redis));
/// assert!(shared.requests * 50 < naive.requests);
/// assert_eq!(shared, watch(&fleet, Client::Redis));
/// ```
pub fn watch(fleet: &Fleet, client: Client) -> Seen {
    let (provider, timeline) = (Provider::new(fleet), Timeline::new(fleet));
    match client {
        Client::Naive | Client::PerProcess => plain::watch(fleet, client, provider, timeline),
        Client::Memory | Client::File | Client::Redis => machines::watch(fleet, client, provider, timeline),
    }
}
