//! A token over a warm connection: each driver, and the bare HTTP library under it doing the same.
//!
//! A fetch is one login over a connection that is open: the same POST to the same server, its reply read whole (the
//! libraries' own limits on the one side, hallpass's on the other) and its token parsed out.
//!
//! * A driver's side is a client as `Config` makes it by default: `token_with`, told that the token in hand will not do. So
//!   it asks the store, locks, builds the request with the secret from its source, sends, judges the reply, saves,
//!   publishes and unlocks, all under its deadlines.
//! * A bare side is what somebody writes by hand in ten lines: the `Authorization` value and the form are made once, the
//!   reply is read into a struct with serde. It has no deadline: that is the floor. "same timeouts" has those that hallpass
//!   always has, as the library offers them: ureq then resolves on a thread of its own for each request.

mod asynchronous;
mod blocking;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use core::time::Duration;
use hallpass_blocking::Config;
use hallpass_core::dialect::BasicForm;
use hallpass_core::{Endpoint, Secrets, secret};
use std::time::Instant;

use crate::Result;
use crate::cases::{CLIENT_ID, CLIENT_SECRET};

pub use asynchronous::Runtimes;

/// The form of the basic form dialect.
const FORM: &[u8] = b"grant_type=client_credentials&scope=read%20write";

/// What hallpass allows by default; some of the bare sides are given the same.
const TIMEOUT: Duration = Duration::from_secs(30);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Fetches of one side in one turn. Few enough that no connection of another side is idle for a second meanwhile.
const BATCH: u32 = 50;

/// One way to fetch a token.
pub struct Side {
    name: &'static str,
    run: Box<dyn FnMut(u32) -> Result<()>>,
}

impl Side {
    pub(crate) fn new(name: &'static str, run: impl FnMut(u32) -> Result<()> + 'static) -> Self {
        Self { name, run: Box::new(run) }
    }

    /// Which it is.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Fetches a token this many times, one after the other.
    pub fn fetch(&mut self, times: u32) -> Result<()> {
        (self.run)(times)
    }

    /// Microseconds a fetch, in one turn.
    pub fn timed(&mut self) -> Result<f64> {
        let begun = Instant::now();
        self.fetch(BATCH)?;
        Ok(begun.elapsed().as_secs_f64() / f64::from(BATCH) * 1e6)
    }
}

/// A driver's side and a bare one, by their places in [`sides`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    /// The driver's.
    pub hallpass: usize,
    /// The bare library's.
    pub bare: usize,
}

/// Which sides are compared.
pub const PAIRS: [Pair; 6] = [
    Pair { hallpass: 0, bare: 1 },
    Pair { hallpass: 0, bare: 2 },
    Pair { hallpass: 3, bare: 4 },
    Pair { hallpass: 3, bare: 5 },
    Pair { hallpass: 6, bare: 7 },
    Pair { hallpass: 6, bare: 8 },
];

/// Every side, against the token endpoint at `url`.
pub fn sides(url: &str) -> Result<Vec<Side>> {
    let runtimes = Runtimes::start()?;
    Ok(vec![
        blocking::hallpass("hallpass-blocking", config(url)?)?,
        blocking::bare("ureq", url, false),
        blocking::bare("ureq, same timeouts", url, true),
        runtimes.hallpass("hallpass-async, one thread", config(url)?, false)?,
        runtimes.bare("reqwest, one thread", url, false, false)?,
        runtimes.bare("reqwest, one thread, same timeouts", url, false, true)?,
        runtimes.hallpass("hallpass-async, two workers", config(url)?, true)?,
        runtimes.bare("reqwest, two workers", url, true, false)?,
        runtimes.bare("reqwest, two workers, same timeouts", url, true, true)?,
    ])
}

fn config(url: &str) -> Result<Config> {
    let dialect = BasicForm::new(Endpoint::parse(url)?, CLIENT_ID).scope("read write");
    Ok(Config::new(dialect, Secrets::one(secret::CLIENT_SECRET, CLIENT_SECRET)))
}

/// The `Authorization` value of the bare sides, made once.
fn authorization() -> String {
    format!("Basic {}", BASE64_STANDARD.encode(format!("{CLIENT_ID}:{CLIENT_SECRET}")))
}

/// What the bare sides read of a reply.
#[derive(serde::Deserialize)]
struct Grant {
    access_token: String,
    token_type: String,
    expires_in: u64,
}

impl Grant {
    fn read(body: &[u8]) -> Result<Self> {
        let grant: Self = serde_json::from_slice(body)?;
        let fine = grant.token_type == "Bearer" && grant.expires_in > 0 && !grant.access_token.is_empty();
        if fine { Ok(grant) } else { Err("not the token that was asked for".into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{cases, server};

    #[test]
    fn every_side_fetches_and_every_pair_is_of_one_driver() {
        let url = server::start(&cases::granted(&cases::opaque())).expect("a server");
        let mut sides = sides(&url).expect("sides");
        for side in &mut sides {
            side.fetch(2).expect(side.name);
        }
        for Pair { hallpass, bare } in PAIRS {
            assert!(sides[hallpass].name.starts_with("hallpass") && !sides[bare].name.starts_with("hallpass"));
        }
    }
}
