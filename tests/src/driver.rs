//! A driver, as the suite sees it.

use hallpass_client::{Config, Payload};
use hallpass_core::{Error, Grant, UserKey};

/// The API that both drivers have in common.
pub trait Driver: Sized {
    /// Its name in reports.
    const NAME: &'static str;

    /// Builds a client.
    fn new(config: Config) -> Result<Self, Error>;

    /// Logs in.
    fn token(&self) -> Result<Grant, Error>;

    /// Registers.
    fn register(&self) -> Result<UserKey, Error>;

    /// Calls an API and reads its response to the end.
    fn send(&self, request: http::Request<Payload>) -> Result<http::Response<Vec<u8>>, Error>;
}

/// The most bytes of an API's response that the suite reads.
const LIMIT: usize = 1 << 20;

/// hallpass-blocking.
pub struct Blocking(hallpass_blocking::Client);

impl Driver for Blocking {
    const NAME: &'static str = "blocking";

    fn new(config: Config) -> Result<Self, Error> {
        hallpass_blocking::Client::new(config).map(Self)
    }

    fn token(&self) -> Result<Grant, Error> {
        self.0.token()
    }

    fn register(&self) -> Result<UserKey, Error> {
        self.0.register()
    }

    fn send(&self, request: http::Request<Payload>) -> Result<http::Response<Vec<u8>>, Error> {
        let response = self.0.send(request)?;
        Ok(response.map(|mut body| body.bytes(LIMIT).expect("the suite's responses are whole")))
    }
}

/// hallpass-async, on a runtime of its own.
pub struct Async {
    runtime: tokio::runtime::Runtime,
    client: hallpass_async::Client,
}

impl Driver for Async {
    const NAME: &'static str = "async";

    fn new(config: Config) -> Result<Self, Error> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        Ok(Self {
            runtime: runtime.expect("the machine can start a thread"),
            client: hallpass_async::Client::new(config)?,
        })
    }

    fn token(&self) -> Result<Grant, Error> {
        self.runtime.block_on(self.client.token())
    }

    fn register(&self) -> Result<UserKey, Error> {
        self.runtime.block_on(self.client.register())
    }

    fn send(&self, request: http::Request<Payload>) -> Result<http::Response<Vec<u8>>, Error> {
        self.runtime.block_on(async {
            let (head, mut body) = self.client.send(request).await?.into_parts();
            let bytes = body.bytes(LIMIT).await.expect("the suite's responses are whole");
            Ok(http::Response::from_parts(head, bytes))
        })
    }
}
