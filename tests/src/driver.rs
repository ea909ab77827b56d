//! A driver, as the suite sees it.

use std::fmt;
use std::sync::{LazyLock, Mutex, MutexGuard};

use hallpass_client::record::Revoked;
use hallpass_client::{Config, Payload};
use hallpass_core::lifecycle::{Policy, TokenId, Want};
use hallpass_core::{Error, Grant, UserKey};
use hallpass_testkit::canary;
use tokio::runtime::{self, Runtime};

/// The API that both drivers have in common.
pub trait Driver: Sized + Sync + fmt::Debug {
    /// Its name in reports.
    const NAME: &'static str;

    /// Whether the suite logs in by dialects that are described in data, not by those in code.
    const DESCRIBED: bool = false;

    /// Builds a client.
    fn build(config: Config) -> Result<Self, Error>;

    /// Builds a client that tries nothing twice, since the suite counts requests.
    fn new(config: Config) -> Result<Self, Error> {
        let policy = Policy { sends: 1, ..config.get_policy().clone() };
        Self::build(config.policy(policy))
    }

    /// Has a token by a login of its own, also where one is in hand.
    fn token(&self) -> Result<Grant, Error>;

    /// Has a new token, whatever is in hand.
    fn force_refresh(&self) -> Result<Grant, Error>;

    /// Registers.
    fn register(&self) -> Result<UserKey, Error>;

    /// Revokes what the login holds.
    fn revoke(&self) -> Result<Revoked, Error>;

    /// Ends the login.
    fn close(&self);

    /// Adds the token to a request.
    fn authorize(&self, request: &mut http::Request<()>) -> Result<(), Error>;

    /// Calls an API and reads its response to the end.
    fn send(&self, request: http::Request<Payload>) -> Result<http::Response<Vec<u8>>, Error>;

    /// Calls an API, and prints everything that there is of the error, if there is one.
    fn failure(&self, request: http::Request<Payload>) -> Option<String> {
        self.send(request).err().map(|error| canary::printed(&error))
    }
}

/// The most bytes of an API's response that the suite reads.
pub(crate) const LIMIT: usize = 1 << 20;

/// The token that was had last, which the next login does not take for its own.
#[derive(Debug, Default)]
struct Last(Mutex<Option<TokenId>>);

impl Last {
    fn want(&self) -> Want {
        Want { not: *self.lock(), ..Want::default() }
    }

    fn had(&self, result: Result<Grant, Error>) -> Result<Grant, Error> {
        result.inspect(|grant| *self.lock() = Some(grant.id()))
    }

    fn lock(&self) -> MutexGuard<'_, Option<TokenId>> {
        self.0.lock().expect("no test panics under it")
    }
}

/// hallpass-blocking.
#[derive(Debug)]
pub struct Blocking(pub(crate) hallpass_blocking::Client, Last);

impl Driver for Blocking {
    const NAME: &'static str = "blocking";

    fn build(config: Config) -> Result<Self, Error> {
        Ok(Self(hallpass_blocking::Client::new(config)?, Last::default()))
    }

    fn token(&self) -> Result<Grant, Error> {
        self.1.had(self.0.token_with(&self.1.want()))
    }

    fn force_refresh(&self) -> Result<Grant, Error> {
        self.0.force_refresh()
    }

    fn register(&self) -> Result<UserKey, Error> {
        self.0.register()
    }

    fn revoke(&self) -> Result<Revoked, Error> {
        self.0.revoke()
    }

    fn close(&self) {
        self.0.close();
    }

    fn authorize(&self, request: &mut http::Request<()>) -> Result<(), Error> {
        self.0.authorize(request)
    }

    fn send(&self, request: http::Request<Payload>) -> Result<http::Response<Vec<u8>>, Error> {
        let response = self.0.send(request)?;
        Ok(response.map(|mut body| body.bytes(LIMIT).expect("the suite's responses are whole")))
    }
}

/// hallpass-async, on a runtime that all its clients share.
#[derive(Debug)]
pub struct Async(pub(crate) hallpass_async::Client, Last);

/// Starting one for each of thousands of clients would take longer than what they do.
pub(crate) static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let runtime = runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("the machine can start a thread")
});

impl Driver for Async {
    const NAME: &'static str = "async";

    fn build(config: Config) -> Result<Self, Error> {
        Ok(Self(hallpass_async::Client::new(config)?, Last::default()))
    }

    fn token(&self) -> Result<Grant, Error> {
        self.1.had(RUNTIME.block_on(self.0.token_with(&self.1.want())))
    }

    fn force_refresh(&self) -> Result<Grant, Error> {
        RUNTIME.block_on(self.0.force_refresh())
    }

    fn register(&self) -> Result<UserKey, Error> {
        RUNTIME.block_on(self.0.register())
    }

    fn revoke(&self) -> Result<Revoked, Error> {
        RUNTIME.block_on(self.0.revoke())
    }

    fn close(&self) {
        RUNTIME.block_on(self.0.close());
    }

    fn authorize(&self, request: &mut http::Request<()>) -> Result<(), Error> {
        RUNTIME.block_on(self.0.authorize(request))
    }

    fn send(&self, request: http::Request<Payload>) -> Result<http::Response<Vec<u8>>, Error> {
        RUNTIME.block_on(async {
            let (head, mut body) = self.0.send(request).await?.into_parts();
            let bytes = body.bytes(LIMIT).await.expect("the suite's responses are whole");
            Ok(http::Response::from_parts(head, bytes))
        })
    }
}
