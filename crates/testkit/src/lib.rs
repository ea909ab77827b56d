//! The world hallpass is tested in, without a socket, a clock or a random number in it.
//!
//! [`provider`] is an authorization server with the API behind it. It speaks all four dialects, is handed the time
//! with every request, and answers the same requests with the same bytes each time. A test drives it directly, a
//! simulator drives it under a virtual clock, and `hallpass-testserver` puts real sockets around it.
//!
//! ```
//! use hallpass_testkit::provider::{Provider, ProviderConfig};
//! use time::UtcDateTime;
//!
//! let mut provider = Provider::new(ProviderConfig::default());
//! let request = http::Request::post("/oauth/v2/token")
//!     .header("content-type", "application/x-www-form-urlencoded")
//!     .header("authorization", "Basic ZGVtby1jbGllbnQ6ZGVtby1zZWNyZXQ=") // demo-client:demo-secret
//!     .body(b"grant_type=client_credentials".to_vec())?;
//!
//! let reply = provider.handle(UtcDateTime::UNIX_EPOCH, &request);
//!
//! assert_eq!(reply.status(), 200);
//! let grant: serde_json::Value = serde_json::from_slice(reply.body())?;
//! assert_eq!(grant["expires_in"], 3600);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | [`provider`] | the authorization server and its API |
//! | [`scenario`] | one lifecycle, walked to any state in a line or two |
//! | [`world`] | many instances, hosts and logins under faults that a seed draws, with every invariant checked |
//! | [`play`](mod@play) | a lifecycle under any sequence of calls and answers, for fuzzing |
//! | [`picture`] | state graphs, drawn from runs |
//! | [`canary`] | secrets planted to be looked for wherever anything is printed |
//! | [`dialects`] | logins that only tests have |
//! | `mix` | [`SplitMix64`]: numbers that look like chance, and are the same for the same seed |
//!
//! # Time travel, faults, and what was asked
//!
//! Time is an argument, so it travels by itself. A failure is scripted, and everything is counted:
//!
//! ```
//! use hallpass_testkit::provider::{Endpoint, Provider, ProviderConfig};
//! use std::time::Duration;
//! use time::UtcDateTime;
//!
//! let mut provider = Provider::new(ProviderConfig::default());
//! let ping = http::Request::get("/v3/ping").body(Vec::new())?;
//! provider.fail_next(1, http::StatusCode::BAD_GATEWAY, http::HeaderMap::new(), "");
//!
//! let now = UtcDateTime::UNIX_EPOCH;
//! assert_eq!(provider.handle(now, &ping).status(), 502);
//! assert_eq!(provider.handle(now + Duration::from_hours(24), &ping).status(), 200);
//! assert_eq!(provider.token_requests(Endpoint::Auth0Json), 0, "nobody has logged in");
//! # Ok::<(), http::Error>(())
//! ```
//!
//! # Features
//!
//! `plant` builds bugs into the core, to be switched on at run time, that prove the checkers. There is no other.

pub mod canary;
pub mod dialects;
mod mix;
pub mod picture;
pub mod play;
pub mod provider;
pub mod scenario;
pub mod world;

pub use mix::SplitMix64;
