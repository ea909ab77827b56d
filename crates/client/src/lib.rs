//! What both hallpass drivers share and neither should own.
//!
//! | module | what it holds |
//! |---|---|
//! | [`config`] | [`Config`]: a login and everything a client is built from, the same for both drivers |
//! | [`pilot`] | one login's lifecycle, shared: who leads a flight, who waits, who is woken |
//! | [`pool`] | [`Pool`]: one client for each of many keys |
//! | `cell` | the fresh token, had without a lock |
//! | [`call`] | calls to an API: where the token may go, the 401 rule, and how a call fails |
//! | `payload` | [`Payload`]: the body of an API call |
//! | [`record`] | a record under a store's lock: importing what the user has, forgetting |
//! | [`registration`] | a registration's record: what is saved of it, and when nothing is sent |
//! | [`exchange`] | what an exchange keeps to: its origin, and for how long a connection is kept |
//! | [`failure`] | what a failed connection means, in words |
//! | [`guarded`] | a store and a source of secrets, called so that one that fails or panics takes nobody with it |
//! | `caught` | code of the caller's that panics: it fails, and takes nobody with it |
//! | `assertion` | a private key in the place of a shared secret; feature `assertion` |
//! | [`secrets`] | where secrets come from, asked only when a request needs them |
//! | [`tls`] | which certificates are trusted and shown |
//! | [`clock`] | both clocks, read together |
//! | [`tries`] | waiting for a record's lock |
//! | [`trace`], [`observe`] | what can be watched: a span for each flight and exchange, an event for every effect and every change |
//! | [`metrics`](mod@metrics) | what can be counted; feature `metrics` |
//!
//! # Features
//!
//! | feature | what it brings |
//! |---|---|
//! | `bundled-roots` (default) | Mozilla's certificate authorities, built in |
//! | `platform-roots` | the operating system's, for `Roots::Platform` |
//! | `metrics` | counters and histograms, through the `metrics` facade |
//! | `assertion` | [RFC 7523](https://www.rfc-editor.org/rfc/rfc7523): clients that prove themselves with a private key |

#[cfg(feature = "assertion")]
pub mod assertion;
pub mod call;
mod caught;
mod cell;
pub mod clock;
pub mod config;
pub mod exchange;
pub mod failure;
pub mod guarded;
pub mod metrics;
pub mod observe;
mod payload;
pub mod pilot;
pub mod pool;
pub mod record;
pub mod registration;
pub mod secrets;
pub mod tls;
pub mod trace;
pub mod tries;

#[cfg(feature = "assertion")]
pub use assertion::{Algorithm, Assertion, SigningKey};
pub use call::Repeat;
pub use config::{Ahead, Config};
pub use observe::Change;
pub use payload::Payload;
pub use pool::Pool;
pub use secrets::SecretSource;
pub use tls::Roots;

/// What the threads around a pilot share; in this crate's own tests, under the eyes of a schedule explorer.
mod sync {
    #[cfg(test)]
    pub(crate) use shuttle::sync::{Mutex, MutexGuard, atomic};
    #[cfg(not(test))]
    pub(crate) use std::sync::{Mutex, MutexGuard, atomic};
}

/// How both drivers name themselves to servers.
pub const USER_AGENT: &str = concat!("hallpass/", env!("CARGO_PKG_VERSION"));
