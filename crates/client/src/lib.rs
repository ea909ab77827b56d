//! What both hallpass drivers share and neither should own.
//!
//! | module | what it holds |
//! |---|---|
//! | [`config`] | [`Config`]: a login and everything a client is built from, the same for both drivers |
//! | [`call`] | calls to an API: where the token may go, and how a call fails |
//! | [`failure`] | what a failed connection means, in words |
//! | [`secrets`] | where secrets come from, asked only when a request needs them |
//! | [`tls`] | which certificates are trusted |
//! | [`clock`] | both clocks, read together |
//! | [`record`] | a login's records under a store's lock |

pub mod call;
pub mod clock;
pub mod config;
pub mod failure;
mod payload;
pub mod record;
pub mod secrets;
pub mod tls;

pub use config::Config;
pub use payload::Payload;
pub use secrets::SecretSource;
pub use tls::Roots;

/// How both drivers name themselves to servers.
pub const USER_AGENT: &str = concat!("hallpass/", env!("CARGO_PKG_VERSION"));
