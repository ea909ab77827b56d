//! A proxy: https goes through it as a tunnel, so that it sees names and ports and nothing of what is said.

use hallpass_blocking::{Client, Config};
use hallpass_core::dialect::BasicForm;
use hallpass_core::{Endpoint, Secrets, secret};
use hallpass_testserver::TestServer;
use hallpass_testserver::proxy::ConnectProxy;
use hallpass_testserver::tls::{Authority, Leaf};

/// Logs in through a proxy.
pub(crate) fn main() -> Result<(), Box<dyn std::error::Error>> {
    let authority = Authority::new();
    let server = TestServer::builder().tls(authority.issue(Leaf::Good)).start()?;
    let proxy = ConnectProxy::start()?;

    let dialect = BasicForm::new(Endpoint::parse(&server.url("/oauth/v2/token"))?, "demo-client");
    let config = Config::new(dialect, Secrets::one(secret::CLIENT_SECRET, "demo-secret"))
        .ca_pem(authority.ca_pem().as_bytes())?
        .proxy(&proxy.url())?;
    Client::new(config)?.token()?;
    println!("the proxy was asked for {:?}", proxy.targets());
    assert_eq!(proxy.targets(), [server.address().to_string()]);
    Ok(())
}
