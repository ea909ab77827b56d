//! Other libraries on the same work, each in its own words.
//!
//! A peer is what somebody writes who follows its documentation; nothing is tuned, for it or against it. One that gets its
//! tokens another way (a JWT that it signs with a key, a user's refresh token) does that here too.

#[cfg(feature = "aws-identity")]
mod aws;
#[cfg(feature = "azure")]
mod azure;
mod by_hand;
mod exchanged;
#[cfg(feature = "google")]
mod google;
mod hallpass;
#[cfg(feature = "huskarl")]
mod huskarl;
mod named;
#[cfg(feature = "oauth2")]
mod oauth2;
#[cfg(feature = "reqsign")]
mod reqsign;
#[cfg(any(feature = "tame-oauth", feature = "yup-oauth2"))]
mod service_account;
#[cfg(feature = "tame-oauth")]
mod tame;
mod transport;
#[cfg(feature = "yup-oauth2")]
mod yup;

use std::task::{Context, Poll, Waker};
use std::thread;

use http::HeaderMap;

pub use self::exchanged::{Cold, fetches};
pub use self::named::{NAMES, Visit, visit};
pub use self::transport::Transport;
use crate::Result;

/// What every peer is asked to do.
pub trait Peer: Send + Sync + 'static {
    /// Why it never has a fresh token in hand, if that is so.
    const KEEPS_NONE: Option<&'static str> = None;

    /// Puts a token into a request's headers: the one in hand, or if there is none that will do, a new one.
    fn authorize(&self, headers: &mut HeaderMap) -> impl Future<Output = Result<()>> + Send;
}

/// What those are asked that take the caller's transport, or leave it to the caller to send.
pub trait Exchange: Send + Sync + 'static {
    /// Gets a token, whatever is in hand: a request is built and sent, its reply is read.
    fn exchange(&self) -> impl Future<Output = Result<()>> + Send;

    /// What carries the request.
    fn transport(&self) -> &Transport;

    /// Only makes what [`exchange`](Self::exchange) has from here, such as the reply: to be taken off its cost.
    fn prepare(&self) -> Result<()> {
        core::hint::black_box(self.transport().at_hand());
        Ok(())
    }
}

/// Who cannot exchange at will, neither in memory nor over a warm connection, and why.
pub const CANNOT_EXCHANGE: [(&str, &str); 3] = [
    (
        "google-cloud-auth",
        "it makes an HTTP client of its own for each token, and so neither takes another nor keeps a connection",
    ),
    ("aws-smithy-runtime", "its cache neither builds the request nor reads the reply: a resolver of the caller's does"),
    ("yup-oauth2", "it takes no transport but hyper's client, and by default keeps no connection open"),
];

/// `Bearer` and a token, for a peer that hands out a string.
fn bearer(token: &str) -> Result<http::HeaderValue> {
    Ok(http::HeaderValue::from_str(&format!("Bearer {token}"))?)
}

/// The result of what is there at once, so that no runtime is needed for it.
pub fn at_once<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(done) = future.as_mut().poll(&mut context) {
            return done;
        }
        thread::yield_now();
    }
}
