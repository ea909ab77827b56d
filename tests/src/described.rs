//! A driver for which the suite's dialects are described in data.

use hallpass_client::record::Revoked;
use hallpass_client::{Config, Payload};
use hallpass_core::{Error, Grant, UserKey};
use http::{Request, Response};

use crate::driver::Driver;

/// Any driver, with the described twin of each dialect that a test of the suite logs in by.
#[derive(Debug)]
pub struct Described<D>(D);

impl<D: Driver> Driver for Described<D> {
    const NAME: &'static str = D::NAME;
    const DESCRIBED: bool = true;

    fn build(config: Config) -> Result<Self, Error> {
        D::build(config).map(Self)
    }

    fn token(&self) -> Result<Grant, Error> {
        self.0.token()
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

    fn authorize(&self, request: &mut Request<()>) -> Result<(), Error> {
        self.0.authorize(request)
    }

    fn send(&self, request: Request<Payload>) -> Result<Response<Vec<u8>>, Error> {
        self.0.send(request)
    }

    fn failure(&self, request: Request<Payload>) -> Option<String> {
        self.0.failure(request)
    }
}
