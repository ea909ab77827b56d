//! The servers, met over real sockets.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod client;
mod proxy;
mod script;
mod server;
mod tls;
