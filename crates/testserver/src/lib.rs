//! Sockets around the provider of `hallpass-testkit`: what a client meets, on a loopback port.
//!
//! - [`TestServer`] is a real authorization server with an API behind it, over http or https.
//! - [`script::ScriptServer`] says exactly the bytes that a test scripts, however wrong they are.
//! - [`proxy::ConnectProxy`] is an HTTP proxy that tunnels.
//! - [`relay::Relay`] leads to another server, and loses what passes when told to.
//! - `keyring::Keyring` (feature `keyring`) runs a real Secret Service.
//! - `redis::RedisServer` (feature `redis`) runs a real Redis.
//! - [`tls`] makes the certificates, good and bad.
//!
//! Everything here is synchronous for its user, lives on threads of its own, and is gone when it is dropped.
//!
//! ```
//! use hallpass_testserver::TestServer;
//! use std::time::Duration;
//!
//! let server = TestServer::start()?;
//! let grant = ureq::post(server.url("/authorization"))
//!     .send_form([("username", "alice"), ("password", "correct horse 9")])?
//!     .body_mut()
//!     .read_to_string()?;
//! assert!(grant.contains("access_token"));
//!
//! server.advance(Duration::from_secs(3600)); // the token has expired now, and nobody slept
//! assert_eq!(server.requests()[0].target, "/authorization");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
#[cfg(all(target_os = "linux", feature = "keyring"))]
pub mod keyring;
mod listening;
pub mod proxy;
mod reading;
mod record;
#[cfg(all(unix, feature = "redis"))]
pub mod redis;
pub mod relay;
pub mod script;
mod server;
pub mod tls;

pub use error::StartError;
pub use record::Recorded;
pub use server::{Builder, TestServer};
