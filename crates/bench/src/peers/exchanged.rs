//! Exchanges of those that can at will: in memory, and over a warm connection.

use std::sync::Arc;

use tokio::runtime::{Builder, Runtime};

use super::by_hand::ByHand;
use super::{Exchange, Transport, at_once};
use crate::Result;
use crate::cases::{Case, Run};
use crate::fetch::{self, Side};

/// An exchange without a network: a request is built, and the reply, which is at hand, is read.
pub struct Cold {
    name: &'static str,
    run: Box<dyn Fn(Run) -> Result<()>>,
}

impl Cold {
    /// The floor, hallpass and its peers.
    pub fn all() -> Result<Vec<Self>> {
        let ours = Case::all()?.into_iter().filter_map(|case| {
            let name = match case.name() {
                "basic-form" => "hallpass",
                "basic-form, refresh" => "hallpass, refresh token",
                _ => return None,
            };
            Some(Self { name, run: Box::new(move |run| case.run(run)) })
        });
        let peers = peers(&Transport::memory())?.into_iter();
        let mut peers = peers.map(|(name, peer)| Self { name, run: Box::new(move |run| peer.run(run)) });
        let floor = peers.next();
        Ok(floor.into_iter().chain(ours).chain(peers).collect())
    }

    /// Whose it is, and by which grant if it is not client credentials.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Runs it once; as [`Run::ExchangeInputs`], only makes what it is handed.
    pub fn run(&self, run: Run) -> Result<()> {
        (self.run)(run)
    }
}

/// Tokens over a warm connection to this URL: the floor, hallpass and its peers, all over reqwest in a runtime of one
/// thread.
pub fn fetches(url: &str) -> Result<Vec<Side>> {
    let runtime = Arc::new(Builder::new_current_thread().enable_all().build()?);
    let side = |(name, peer): Named| {
        let runtime = runtime.clone();
        Side::new(name, move |times| peer.fetch(&runtime, times))
    };
    let mut peers = peers(&Transport::network(url)?)?.into_iter().map(side);
    let floor = peers.next();
    let ours = fetch::sides(url)?.into_iter().filter(|side| side.name() == "hallpass-async, one thread");
    Ok(floor.into_iter().chain(ours).chain(peers).collect())
}

type Named = (&'static str, Box<dyn Driven>);

/// First the floor, then who was built in.
fn peers(transport: &Transport) -> Result<Vec<Named>> {
    let it = || transport.clone();
    Ok(vec![
        ("prepared by hand", Box::new(ByHand::new(it())?)),
        #[cfg(feature = "oauth2")]
        ("oauth2", Box::new(super::oauth2::OAuth2::new(it())?)),
        #[cfg(feature = "huskarl")]
        ("huskarl", Box::new(super::huskarl::Huskarl::new(it())?)),
        #[cfg(feature = "azure")]
        ("azure_identity", Box::new(super::azure::Azure::new(it())?)),
        #[cfg(feature = "tame-oauth")]
        ("tame-oauth, refresh token", Box::new(super::tame::TameUser::new(it()))),
        #[cfg(feature = "reqsign")]
        ("reqsign, refresh token", Box::new(super::reqsign::Reqsign::new(it()))),
    ])
}

/// What is done with a peer of any type.
trait Driven {
    fn run(&self, run: Run) -> Result<()>;
    fn fetch(&self, runtime: &Runtime, times: u32) -> Result<()>;
}

impl<E: Exchange> Driven for E {
    fn run(&self, run: Run) -> Result<()> {
        if run == Run::Exchange { at_once(self.exchange()) } else { self.prepare() }
    }

    fn fetch(&self, runtime: &Runtime, times: u32) -> Result<()> {
        runtime.block_on(async {
            for _ in 0..times {
                self.exchange().await?;
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{cases, server};

    #[test]
    fn everybody_exchanges_in_memory_and_over_a_connection() {
        for cold in Cold::all().expect("all") {
            for run in [Run::Exchange, Run::ExchangeInputs] {
                cold.run(run).unwrap_or_else(|error| panic!("{}: {error}", cold.name()));
            }
        }
        let server = server::Plan { body: cases::granted(&cases::opaque()), ..server::Plan::default() };
        let server = server::Server::start(&server).expect("a server");
        for mut side in fetches(&server.url).expect("all") {
            let before = server.requests();
            side.fetch(2).unwrap_or_else(|error| panic!("{}: {error}", side.name()));
            assert_eq!(server.requests() - before, 2, "{}", side.name());
        }
    }
}
