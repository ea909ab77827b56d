//! hallpass for programs that block: the core, run over ureq.
//!
//! ```no_run
//! use hallpass_blocking::{Client, Config, Payload};
//! use hallpass_core::dialect::Auth0Json;
//! use hallpass_core::{Endpoint, Secrets, secret};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let url = Endpoint::parse("https://ducky-prod.eu.auth0.com/oauth/token")?;
//! let dialect = Auth0Json::new(url, "client-id", "ducky-api-prod");
//! let secrets = Secrets::one(secret::CLIENT_SECRET, std::env::var("DUCKY_CLIENT_SECRET")?);
//! let client = Client::new(Config::new(dialect, secrets).api_url("https://api.ducky.eco/v3/")?)?;
//!
//! let request = http::Request::get("https://api.ducky.eco/v3/ping/protected").body(())?;
//! let mut response = client.send(request)?;
//! println!("{} {}", response.status(), response.body_mut().text(64 * 1024)?);
//! # Ok(())
//! # }
//! ```
//!
//! ureq logs requests and replies through the `log` crate, whole at its trace level. Where that level is on, leave it out
//! (`ureq=off,ureq_proto=off`). If anything in the build turns on ureq's feature `cookies`, ureq keeps the cookies of APIs
//! and sends them again, and has no setting against it. The clients of a [`Pool`] share them: have that feature off where
//! they are for different tenants. Where its default feature `gzip` is on, ureq unpacks whatever came packed, asked for or
//! not, and takes the header away that says so; hallpass still counts what comes out.
//!
//! # Features
//!
//! | feature | what it brings |
//! |---|---|
//! | `metrics` | counters and histograms, through the `metrics` facade: see `hallpass_client::metrics` |
//! | `platform-roots` | the operating system's certificate authorities, for [`Roots::Platform`] |
//!
//! # Modules
//!
//! | module | what it holds |
//! |---|---|
//! | `client` | [`Client`]: have a token, authorize, send; [`Call`]: what another client sends |
//! | `flight` | the lifecycle's effects, carried out on one thread |
//! | `park` | waiting for a flight to land |
//! | `pool` | [`Pool`]: a client for each of many keys |
//! | `transport` | one request out, one reply in, under its egress rules |
//! | `gauge` | tells a request that never left from one that may have, keeps the total deadline, spares system calls |
//! | `lookup` | a lookup with a deadline |
//! | `resolve` | names are resolved only when a connection is made |
//! | [`probe`] | a connection made one stage after the other, to find the one that fails |
//! | `body` | [`Body`]: the body of an API's response |

mod body;
mod client;
mod flight;
mod gauge;
mod lookup;
mod park;
mod pool;
pub mod probe;
mod resolve;
mod transport;

pub use body::Body;
pub use client::{Call, Client};
pub use hallpass_client::record::{Replace, Revoked};
pub use hallpass_client::{Ahead, Change, Config, Payload, Repeat, Roots, SecretSource};
pub use hallpass_core::lifecycle::{Policy, TokenId, Want};
pub use hallpass_core::{Error, Grant};
pub use pool::Pool;
pub use transport::Transport;
