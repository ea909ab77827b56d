//! Many logins in one process: one client a key, found fast, bounded in number.

mod network;
mod shard;

use core::fmt;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};

use hallpass_core::dialect::Key;
use hallpass_core::{Error, Misuse};

pub(crate) use self::network::Network;
use self::network::Networks;
use self::shard::Shard;
use crate::Config;
use crate::clock::coarse_seconds;

/// A map with fewer clients a shard would be none the faster.
const SHARD: usize = 256;

/// Enough that threads seldom meet.
const SHARDS: usize = 64;

/// After so long unused a client may go.
const IDLE: Duration = Duration::from_hours(1);

/// The clients of a program that serves many tenants, one for each key.
///
/// Whoever asks for a key gets the same client, so that all who need its token share one flight. Clients whose
/// configurations name the same certificates, proxy and timeouts share their connections: a login more costs memory alone.
///
/// There are never more than so many. To make room, a client that was not used for long is dropped: never one that somebody
/// has in hand, that flies, or whose grant is still to be saved or mark to be taken back. A store that failed leaves such a one
/// behind: its next login sees to it, or `close`; until then it stays, since its refresh token would count as lost without it.
/// What a login gained goes with its client, unless its [store](Config::store) outlives it: give tenants with a refresh token
/// or a `user_key` a store that they share.
///
/// A key says nothing of the secret: the pool does not ask whoever names one to prove that it is theirs.
///
/// Each driver names its own, such as `hallpass_blocking::Pool`, and has an example.
pub struct Pool<C: Pooled> {
    shards: Box<[Shard<C>]>,
    hasher: RandomState,
    networks: Networks<C::Transport>,
    count: AtomicUsize,
    adding: Mutex<()>,
    most: usize,
    idle: Duration,
}

/// A driver's client, as a pool keeps it.
pub trait Pooled: Clone {
    /// Its connections.
    type Transport;

    /// Connections under the rules of `config`.
    fn transport(config: &Config) -> Result<Self::Transport, Misuse>;

    /// A client that has its connections from elsewhere.
    fn over(config: Config, transport: Arc<Self::Transport>) -> Self;

    /// Whether nobody else has it, it does not fly, and it owes its store nothing.
    fn is_idle(&self) -> bool;
}

impl<C: Pooled> Pool<C> {
    /// A pool of this many clients at the most; one at the least.
    pub fn new(most: usize) -> Self {
        let most = most.max(1);
        let shards = (most / SHARD).clamp(1, SHARDS).next_power_of_two();
        Self {
            shards: (0..shards).map(|_| Shard::new()).collect(),
            hasher: RandomState::new(),
            networks: Networks::new(),
            count: AtomicUsize::new(0),
            adding: Mutex::new(()),
            most,
            idle: IDLE,
        }
    }

    /// Drops a client that was not used for this long, to the second, when others come. Default 1 h.
    #[must_use = "the pool is handed back, not changed in place"]
    pub fn idle(mut self, idle: Duration) -> Self {
        self.idle = idle;
        self
    }

    /// The client of this key; where there is none yet, one with the configuration that `make` puts together.
    ///
    /// It is an error if that is for another key, or if the pool is full of clients that cannot be dropped. `make` may
    /// block: nobody else waits for it. It may run for nothing, if another caller was as fast.
    ///
    /// A client certificate is a part of the key. It is to be named with it, such as once for each tenant:
    ///
    /// ```
    /// # use hallpass_client::Config;
    /// # use hallpass_core::dialect::{BasicForm, Dialect, Key};
    /// # use hallpass_core::{Misuse, Secrets};
    /// fn key(dialect: BasicForm, chain_pem: &[u8]) -> Result<Key, Misuse> {
    ///     Ok(Config::new(dialect, Secrets::new()).bound_to(chain_pem)?.dialect().key())
    /// }
    /// ```
    pub fn client(&self, key: &Key, make: impl FnOnce() -> Result<Config, Error>) -> Result<C, Error> {
        let (place, now) = (self.place(key), coarse_seconds());
        if let Some(client) = self.shards[place].get(key, now) {
            return Ok(client);
        }
        let config = make()?;
        if config.dialect().key() != *key {
            let why = "the configuration is for another key than the one that was asked for (where it has a client \
                       certificate, the key is `config.dialect().key()`, not the dialect's own)";
            return Err(misuse(why));
        }
        let transport = self.networks.find(&config, C::transport)?;
        let client = C::over(config, transport);
        // One at a time, or two that add the same key would each make room for it. Dropped without the lock.
        let (stale, _evicted) = {
            let _adding = self.adding.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(client) = self.shards[place].get(key, now) {
                return Ok(client);
            }
            let evicted = self.make_room(place)?;
            (self.shards[place].add(key, client.clone(), now, self.idle.as_secs()), evicted)
        };
        self.count.fetch_sub(stale.len(), Ordering::Relaxed);
        Ok(client)
    }

    /// The client of this key, if there is one.
    pub fn get(&self, key: &Key) -> Option<C> {
        self.shards[self.place(key)].get(key, coarse_seconds())
    }

    /// Every client, such as to close each before the program ends.
    pub fn clients(&self) -> Vec<C> {
        self.shards.iter().flat_map(Shard::all).collect()
    }

    /// Drops every client that was not used for long, and says how many. Without this, they go as others come.
    pub fn evict_idle(&self) -> usize {
        self.sweep(coarse_seconds())
    }

    /// Counts what a shard has lost before it is dropped, which may take long: there is room for others meanwhile.
    fn sweep(&self, now: u64) -> usize {
        let swept = self.shards.iter().map(|shard| {
            let swept = shard.sweep(now, self.idle.as_secs());
            self.count.fetch_sub(swept.len(), Ordering::Relaxed);
            swept.len()
        });
        swept.sum()
    }

    /// How many clients there are.
    pub fn len(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn place(&self, key: &Key) -> usize {
        let hash = self.hasher.hash_one(key) % self.shards.len() as u64;
        usize::try_from(hash).expect("it is less than the number of shards")
    }

    /// Counts one more. Where it has no room, one is taken out: of its own shard, or if that has none to spare, of another.
    fn make_room(&self, place: usize) -> Result<Option<C>, Error> {
        if self.len() < self.most {
            self.count.fetch_add(1, Ordering::Relaxed);
            return Ok(None);
        }
        let mut shards = self.shards[place..].iter().chain(&self.shards[..place]);
        let Some(evicted) = shards.find_map(Shard::evict) else {
            let why = "it is full, and each of its clients is in use, or has a grant still to be saved or a mark to be \
                       taken back, which its next login does: let go of clients, or make it larger";
            return Err(misuse(why));
        };
        Ok(Some(evicted))
    }
}

impl<C: Pooled> fmt::Debug for Pool<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pool({} of {} clients)", self.len(), self.most)
    }
}

fn misuse(why: &str) -> Error {
    Misuse::Value { what: "the pool".into(), why: why.into() }.into()
}

#[cfg(test)]
mod tests;
