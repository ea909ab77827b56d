//! The token that a peer keeps: handed out fresh, and asked for by a herd.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use http::HeaderMap;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use super::{Peer, Transport, at_once};
use crate::Result;
use crate::server::Server;
use crate::timing::on_threads;

/// Calls of one thread in one turn.
pub const CALLS: u32 = 5_000;

/// Callers of a herd.
const CALLERS: usize = 1_000;

/// Nobody waits longer for a herd.
const PATIENCE: Duration = Duration::from_secs(20);

/// A life that every library takes for over before the herd comes, or soon after.
const SHORT: Duration = Duration::from_millis(2_100);

/// Puts a fresh token into a request's headers.
pub type Call = Box<dyn FnMut(&mut HeaderMap) -> Result<()>>;

/// What is done with a peer of any type, once: a fresh one each time.
pub trait Kept {
    /// Nanoseconds a call with a fresh token, on so many threads at once.
    fn timed(self: Box<Self>, runtime: &Arc<Runtime>) -> Result<Box<dyn Fn(usize) -> f64>>;

    /// A call with a fresh token, to be counted.
    fn warm(self: Box<Self>, runtime: &Arc<Runtime>) -> Result<Call>;

    /// What comes of a herd, when there was no token or when it has expired.
    fn herd(self: Box<Self>, runtime: &Arc<Runtime>, expired: bool, server: &Server) -> Result<Herd>;
}

/// What came of one.
pub struct Herd {
    /// Milliseconds until the last is answered.
    pub took: f64,
    /// What the server saw.
    pub requests: usize,
    /// Callers with an error.
    pub errors: usize,
    /// Callers who were not answered in time.
    pub unanswered: usize,
}

/// Those that were built in.
pub const NAMES: &[&str] = &[
    "hallpass",
    #[cfg(feature = "huskarl")]
    "huskarl",
    #[cfg(feature = "google")]
    "google-cloud-auth",
    #[cfg(feature = "azure")]
    "azure_identity",
    #[cfg(feature = "aws-identity")]
    "aws-smithy-runtime",
    #[cfg(feature = "yup-oauth2")]
    "yup-oauth2",
    #[cfg(feature = "tame-oauth")]
    "tame-oauth",
    #[cfg(feature = "reqsign")]
    "reqsign",
    #[cfg(feature = "oauth2")]
    "oauth2",
];

/// One of them, that holds nothing yet and asks at this URL.
pub fn kept(runtime: &Runtime, name: &str, url: &str) -> Result<Box<dyn Kept>> {
    fn boxed(peer: impl Peer) -> Box<dyn Kept> {
        Box::new(Holder(peer))
    }
    let transport = || Transport::network(url);
    Ok(match name {
        "hallpass" => boxed(super::hallpass::Hallpass::new(url)?),
        #[cfg(feature = "huskarl")]
        "huskarl" => boxed(super::huskarl::Huskarl::new(transport()?)?),
        #[cfg(feature = "google")]
        "google-cloud-auth" => boxed(super::google::Google::new(url)?),
        #[cfg(feature = "azure")]
        "azure_identity" => boxed(super::azure::Azure::new(transport()?)?),
        #[cfg(feature = "aws-identity")]
        "aws-smithy-runtime" => boxed(super::aws::Aws::new(transport()?)?),
        #[cfg(feature = "yup-oauth2")]
        "yup-oauth2" => boxed(runtime.block_on(super::yup::Yup::new(url))?),
        #[cfg(feature = "tame-oauth")]
        "tame-oauth" => boxed(super::tame::Tame::new(transport()?)?),
        #[cfg(feature = "reqsign")]
        "reqsign" => boxed(super::reqsign::Reqsign::new(transport()?)),
        #[cfg(feature = "oauth2")]
        "oauth2" => boxed(super::oauth2::OAuth2::new(transport()?)?),
        other => return Err(format!("no such peer: {other}").into()),
    })
}

struct Holder<P>(P);

impl<P: Peer> Holder<P> {
    /// With a fresh token in hand.
    fn fresh(self, runtime: &Runtime) -> Result<Arc<P>> {
        match P::KEEPS_NONE {
            Some(why) => return Err(why.into()),
            None => runtime.block_on(self.0.authorize(&mut HeaderMap::new()))?,
        }
        Ok(Arc::new(self.0))
    }
}

impl<P: Peer> Kept for Holder<P> {
    fn timed(self: Box<Self>, runtime: &Arc<Runtime>) -> Result<Box<dyn Fn(usize) -> f64>> {
        let (peer, runtime) = (self.fresh(runtime)?, runtime.clone());
        let call = move |map: &mut HeaderMap| at_once(peer.authorize(map)).expect("it is fresh for a day");
        Ok(Box::new(move |threads| {
            // Each thread is one of the runtime's: the AWS cache makes a timer for each call.
            on_threads(threads, CALLS, &|| {
                let (entered, call) = (runtime.enter(), call.clone());
                move |map: &mut HeaderMap| {
                    let _ = &entered;
                    call(map);
                }
            })
        }))
    }

    fn warm(self: Box<Self>, runtime: &Arc<Runtime>) -> Result<Call> {
        let (peer, runtime) = (self.fresh(runtime)?, runtime.clone());
        Ok(Box::new(move |map| {
            let _entered = runtime.enter();
            at_once(peer.authorize(map))
        }))
    }

    fn herd(self: Box<Self>, runtime: &Arc<Runtime>, expired: bool, server: &Server) -> Result<Herd> {
        let peer = Arc::new(self.0);
        if expired {
            runtime.block_on(peer.authorize(&mut HeaderMap::new()))?;
            thread::sleep(SHORT);
        }
        let before = server.requests();
        let (begun, mut callers) = (Instant::now(), JoinSet::new());
        for _ in 0..CALLERS {
            let peer = peer.clone();
            let ask = async move { peer.authorize(&mut HeaderMap::new()).await.is_ok() };
            callers.spawn_on(async move { tokio::time::timeout(PATIENCE, ask).await }, runtime.handle());
        }
        let answers = runtime.block_on(callers.join_all());
        let took = begun.elapsed().as_secs_f64() * 1e3;
        let unanswered = answers.iter().filter(|answer| answer.is_err()).count();
        let errors = answers.iter().filter(|answer| matches!(answer, Ok(false))).count();
        Ok(Herd { took, requests: server.requests() - before, errors, unanswered })
    }
}
