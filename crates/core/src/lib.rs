//! The pure heart of hallpass: how a program logs in to an HTTP API, as values.
//!
//! Nothing here does I/O, reads a clock, an environment or a random source, or starts a thread. A driver hands in the
//! time and carries out what it is asked for; so every login can be replayed, simulated, fuzzed, and run in any runtime.
//!
//! | module | what it holds |
//! |---|---|
//! | [`time`] | [`Now`]: both clocks, read together |
//! | [`secret`] | secrets that neither print nor linger |
//! | [`http`] | [`Request`], [`Reply`], and the [`Egress`] rules that travel with each send |
//! | [`error`] | what can go wrong, and whether trying again can help |
//! | [`wire`] | bytes to values and back, by total functions |
//! | [`dialect`] | the [`Dialect`](dialect::Dialect) trait and those that are built in |
//! | [`step`] | one dialect run to its end |
//! | [`lifecycle`] | what outlives one run |
//! | [`grant`] | an access token and until when it is good |
//! | `access_token` | [`AccessToken`], and how it is sent |
//! | [`revocation`] | how a token is made worthless |
//! | [`trace`] | one login told without a secret, and done again |
//! | `verdict` | what an exchange came to, for `step` and for `lifecycle` |
//! | `scrub` | takes secrets out of a server's words |
//! | `wiped` | bytes that are wiped when they are dropped |
//! | `plant` | bugs, to be switched on by those who prove the checkers |
//!
//! # A login, driven by hand
//!
//! ```
//! use hallpass_core::dialect::{Auth0Json, Goal, Held};
//! use hallpass_core::step::{Login, Outcome, Step};
//! use hallpass_core::{Body, Endpoint, EgressRules, Error, Now, Reply, Secrets, UtcDateTime, secret};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let url = Endpoint::parse("https://ducky-prod.eu.auth0.com/oauth/token")?;
//! let dialect = Auth0Json::new(url, "client-id", "ducky-api-prod");
//! let rules = EgressRules::default();
//! // A real driver reads both clocks here, each time.
//! let now = Now { mono: core::time::Duration::ZERO, wall: UtcDateTime::UNIX_EPOCH };
//!
//! let mut step = Login::new(&dialect, &rules).start(now, Goal::Token, Held::default(), None);
//! let grant = loop {
//!     step = match step {
//!         Step::Ask(ask) => ask.answer(now, Secrets::one(secret::CLIENT_SECRET, "s3cret")),
//!         Step::Save(save) => save.saved(now), // nothing outlives this program
//!         Step::Send(send) => {
//!             assert_eq!(send.request().endpoint.origin().host(), "ducky-prod.eu.auth0.com");
//!             // A real driver sends `request()` under `egress()` here.
//!             let body = br#"{"access_token":"example","token_type":"Bearer","expires_in":86400}"#;
//!             send.replied(Ok(Reply {
//!                 status: ::http::StatusCode::OK,
//!                 headers: ::http::HeaderMap::new(),
//!                 body: Body::new(body.to_vec()),
//!                 cut: false,
//!                 received: now,
//!             }))
//!         }
//!         Step::Done(Outcome::Grant(grant)) => break grant,
//!         Step::Done(Outcome::UserKey(_)) => unreachable!("asked for a token"),
//!         Step::Failed(error) => return Err(error.into()),
//!     }
//! };
//! assert_eq!(grant.header_value(), "Bearer example");
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! `plant` builds bugs in, to be switched on at run time, that prove the checkers; never for a release. There is no other.
//!
//! # What may grow
//!
//! Settings and errors: most of their enums are `#[non_exhaustive]`, and so are the structs of errors; structs of settings,
//! such as [`Policy`](lifecycle::Policy), are written with `..Default::default()`. What a machine and whoever drives it say to
//! each other is complete on purpose ([`Todo`](lifecycle::Todo), [`Ticket`](lifecycle::Ticket), [`Step`](step::Step),
//! [`SendError`]): a match without a wildcard tells an embedder of every effect that there is.
//!
//! # What is left out on purpose
//!
//! Authorization servers, browser flows, `OpenID` Connect's identity layer, `DPoP`, and the verification of JWTs, which
//! is the API's job.

mod access_token;
pub mod dialect;
pub mod error;
pub mod grant;
pub mod http;
pub mod lifecycle;
#[doc(hidden)]
pub mod plant;
pub mod revocation;
mod scrub;
pub mod secret;
pub mod step;
pub mod time;
pub mod trace;
mod verdict;
mod wiped;
pub mod wire;

pub use ::time::UtcDateTime;

pub use access_token::{AccessToken, SendAs};
pub use error::{Error, Misuse, Retry};
pub use grant::Grant;
pub use http::{BadUrl, Body, Egress, EgressRules, Endpoint, Origin, Reply, Request, SendError};
pub use secret::{RefreshToken, Secret, Secrets, UserKey};
pub use time::{Deadline, Now};
