//! hallpass-async.

use hallpass_async::{Client, Config};
use hallpass_core::dialect::BasicForm;
use hallpass_core::{Endpoint, Secrets, secret};
use http::{HeaderMap, header};

use super::Peer;
use crate::Result;
use crate::cases::{CLIENT_ID, CLIENT_SECRET};

/// Our own.
pub(super) struct Hallpass(Client);

impl Hallpass {
    /// A client that holds nothing yet.
    pub(super) fn new(url: &str) -> Result<Self> {
        let dialect = BasicForm::new(Endpoint::parse(url)?, CLIENT_ID);
        Ok(Self(Client::new(Config::new(dialect, Secrets::one(secret::CLIENT_SECRET, CLIENT_SECRET)))?))
    }
}

impl Peer for Hallpass {
    async fn authorize(&self, headers: &mut HeaderMap) -> Result<()> {
        headers.insert(header::AUTHORIZATION, self.0.token().await?.into_header_value());
        Ok(())
    }
}
