//! A fake provider for your own tests: an authorization server with an API behind it, on a loopback port.
//!
//! It is for any program that logs in to an HTTP API, with hallpass or without: it speaks OAuth 2.0 client credentials as a
//! form and as JSON, the password grant, refresh with and without rotation, JWT bearer, revocation, and a `user_key` that is
//! registered. It is synchronous for its user, lives on threads of its own, and is gone when it is dropped.
//!
//! # A fake provider in three lines
//!
//! ```
//! use hallpass_testserver::TestServer;
//!
//! let server = TestServer::start()?;
//! let token_url = server.url("/oauth/v2/token"); // `demo-client` with `demo-secret`
//! let api_url = server.url("/basic-form/data"); // 200 with a token from there, else 401 or 403
//! # assert!(ureq::get(&api_url).call().is_err() && token_url.ends_with("token"));
//! # Ok::<(), hallpass_testserver::StartError>(())
//! ```
//!
//! The module [`provider`] lists the endpoints, and who is known: [`ProviderConfig`](provider::ProviderConfig).
//!
//! # Time travel
//!
//! ```
//! # use hallpass_testserver::TestServer;
//! # use std::time::Duration;
//! let server = TestServer::start()?;
//! let grant = ureq::post(server.url("/authorization"))
//!     .send_form([("username", "alice"), ("password", "correct horse 9")])?
//!     .body_mut()
//!     .read_to_string()?;
//! let token = grant.split('"').skip_while(|word| *word != "access_token").nth(2).expect("a token");
//! let call = || ureq::get(server.url("/password-form/data")).header("authorization", format!("Bearer {token}")).call();
//!
//! assert_eq!(call()?.status(), 200);
//! server.advance(Duration::from_hours(1)); // the token has expired now, and nobody slept
//! assert!(matches!(call(), Err(ureq::Error::StatusCode(401))));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`revoke_all`](TestServer::revoke_all) ends tokens before their time.
//!
//! # Faults
//!
//! [`fail_next`](TestServer::fail_next) answers the next requests with an error. What no provider would say is for
//! [`script::ScriptServer`], which says exactly these bytes, and what no server can do is for [`relay::Relay`], which loses
//! what passes; [`Nobody`] refuses every connection:
//!
//! ```
//! # use hallpass_testserver::TestServer;
//! use hallpass_testserver::script::{Act, Reply, ScriptServer, answers};
//!
//! let server = TestServer::start()?;
//! server.fail_next(2, http::StatusCode::TOO_MANY_REQUESTS, "");
//! assert!(ureq::get(server.url("/v3/ping")).call().is_err());
//!
//! // The first connection is reset before an answer, every later one gets half of one.
//! let odd = ScriptServer::builder()
//!     .connection(vec![Act::Read, Act::Reset])
//!     .every(answers([Reply::json(200, "{}").truncated(10)]))
//!     .start()?;
//! assert!(ureq::get(odd.url("/")).call().is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What was asked
//!
//! ```
//! # use hallpass_testserver::TestServer;
//! let server = TestServer::start()?;
//! ureq::post(server.url("/authorization")).send_form([("username", "alice"), ("password", "correct horse 9")])?;
//!
//! let asked = server.requests_to("/authorization");
//! assert_eq!(asked.len(), 1);
//! assert_eq!(asked[0].form("username").as_deref(), Some("alice"));
//! assert_eq!(asked[0].header("content-type"), Some("application/x-www-form-urlencoded"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What there is
//!
//! | module | what it holds |
//! |---|---|
//! | `server` | [`TestServer`]: the provider and its API, over http or https |
//! | [`script`] | [`ScriptServer`](script::ScriptServer): says exactly the bytes that a test scripts, however wrong they are |
//! | [`proxy`] | [`ConnectProxy`](proxy::ConnectProxy): an HTTP proxy that tunnels |
//! | [`relay`] | [`Relay`](relay::Relay): leads to another server, and loses what passes when told to |
//! | `redis` | `RedisServer`: a real Redis that can be killed; feature `redis`, on Unix |
//! | `keyring` | `Keyring`: a real Secret Service; feature `keyring`, on Linux |
//! | `nobody` | [`Nobody`]: an address where nobody listens |
//! | [`tls`] | certificates, good and bad |
//! | `record` | [`Recorded`]: a request that arrived |
//! | `error` | [`StartError`]: why a server did not start |
//! | `listening` | a loopback listener with a thread for each connection |
//! | `reading` | reads requests off a byte stream, for the servers that no HTTP library runs |
//!
//! The same server without sockets, with the time as an argument, is `hallpass_testkit::provider::Provider`.

mod error;
#[cfg(all(target_os = "linux", feature = "keyring"))]
pub mod keyring;
mod listening;
mod nobody;
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
pub use hallpass_testkit::provider;
pub use nobody::Nobody;
pub use record::Recorded;
pub use server::{Builder, TestServer};
