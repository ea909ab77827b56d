//! Get API access tokens, keep them fresh, share them.
//!
//! This crate is a front door: it has no code of its own.
//!
//! | item | feature | what it is |
//! |---|---|---|
//! | [`blocking`] | `blocking` (default) | the driver for programs that block, over ureq |
//! | `asynchronous` | `async` | the driver for programs that await, over reqwest |
//! | `tower` | `tower` | a layer for hyper, tonic and other stacks of tower's |
//! | `reqwest_middleware` | `reqwest-middleware` | a middleware for clients of reqwest's |
//! | `ureq` | `ureq` | a middleware for agents of ureq's |
//! | [`profile`] | `profile` (default) | logins described in a TOML file |
//! | [`store`] | `file`, `redis` | where what a login holds is kept, and who shares it |
//! | `Assertion`, `SigningKey` | `assertion` | a private key in the place of a client secret |
//! | `metrics` | `metrics` | what is counted, for the recorder that a program has |
//! | [`core`] | | the pure machines, for runtimes of your own |
//! | [`Config`], [`dialect`], … | | what both drivers are built from |
//! | `store::keyring` | `keyring` | secrets from the system's keyring, and files sealed with a key from there |
//! | [`Roots::Platform`] | `platform-roots` | the operating system's certificate authorities instead of the built-in ones |
//! | [`guide`] | | short pages: how to begin, what happens when, what is protected |

#[cfg(feature = "async")]
pub use hallpass_async as asynchronous;
#[cfg(feature = "blocking")]
pub use hallpass_blocking as blocking;
#[cfg(feature = "metrics")]
pub use hallpass_client::metrics;
pub use hallpass_client::record::{Replace, Revoked};
pub use hallpass_client::{Ahead, Change, Config, Payload, Repeat, Roots, SecretSource};
#[cfg(feature = "assertion")]
pub use hallpass_client::{Algorithm, Assertion, SigningKey};
pub use hallpass_core as core;
pub use hallpass_core::lifecycle::{Policy, TokenId, Want};
pub use hallpass_core::{
    AccessToken, BadUrl, Endpoint, Error, Grant, Misuse, Origin, RefreshToken, Retry, Secret, Secrets, UserKey,
    dialect, error, secret,
};
#[cfg(feature = "profile")]
pub use hallpass_profile as profile;
#[cfg(feature = "reqwest-middleware")]
pub use hallpass_reqwest_middleware as reqwest_middleware;
pub use hallpass_store as store;
#[cfg(feature = "tower")]
pub use hallpass_tower as tower;
#[cfg(feature = "ureq")]
pub use hallpass_ureq as ureq;

// Only rustdoc reads it; its examples want every feature.
#[cfg(doc)]
#[cfg(any(
    not(doctest),
    all(
        feature = "file",
        feature = "profile",
        feature = "redis",
        feature = "reqwest-middleware",
        feature = "tower",
        feature = "ureq",
    ),
))]
pub mod guide;

/// The README's programs, compiled.
#[cfg(all(doctest, feature = "blocking", feature = "profile"))]
#[doc = include_str!("../../../README.md")]
pub struct Readme;
