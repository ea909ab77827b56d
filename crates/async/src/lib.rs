//! hallpass for programs that await: the core, run over reqwest on tokio.
//!
//! ```no_run
//! use hallpass_async::{Client, Config};
//! use hallpass_core::dialect::Auth0Json;
//! use hallpass_core::{Endpoint, Secrets, secret};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let url = Endpoint::parse("https://ducky-prod.eu.auth0.com/oauth/token")?;
//! let dialect = Auth0Json::new(url, "client-id", "ducky-api-prod");
//! let secrets = Secrets::one(secret::CLIENT_SECRET, std::env::var("DUCKY_CLIENT_SECRET")?);
//! let client = Client::new(Config::new(dialect, secrets).api_url("https://api.ducky.eco/v3/")?)?;
//!
//! let request = http::Request::get("https://api.ducky.eco/v3/ping/protected").body(())?;
//! let mut response = client.send(request).await?;
//! println!("{} {}", response.status(), response.body_mut().text(64 * 1024).await?);
//! # Ok(())
//! # }
//! ```
//!
//! A [`Client`] brings its TLS with it. A `reqwest::Client` of the program's own does not: this crate turns on reqwest's
//! feature `rustls-no-provider`, and so, without a TLS feature of reqwest's own (`rustls`) and without a provider that is
//! installed for the process (`rustls::crypto::ring::default_provider().install_default()`), it panics when it is built.
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
//! | `flight` | the lifecycle's effects, carried out in their order |
//! | `front` | a flight in front of its leader, until anything else depends on it |
//! | `pool` | [`Pool`]: a client for each of many keys |
//! | `transport` | one request out, one reply in, under its egress rules |
//! | `runtimes` | connections belong to a runtime: those of the runtimes seen last are kept |
//! | `url` | URLs as reqwest takes them |
//! | `resolve` | names are resolved without a panic |
//! | `off` | what may block is done, and dropped, where blocking is allowed |
//! | `gauge` | tells a request that never left from one that may have |
//! | `body` | [`Body`]: the body of an API's response |

mod body;
mod client;
mod flight;
mod front;
mod gauge;
mod off;
mod pool;
mod resolve;
mod runtimes;
mod transport;
mod url;

pub use body::Body;
pub use client::{Call, Client};
pub use hallpass_client::record::{Replace, Revoked};
pub use hallpass_client::{Ahead, Change, Config, Payload, Repeat, Roots, SecretSource};
pub use hallpass_core::lifecycle::{Policy, TokenId, Want};
pub use hallpass_core::{Error, Grant};
pub use pool::Pool;
pub use transport::Transport;
