//! A server whose certificate comes from an authority of your own.

use hallpass_async::{Client, Config};
use hallpass_core::dialect::BasicForm;
use hallpass_core::{Endpoint, Secrets, secret};
use hallpass_testserver::TestServer;
use hallpass_testserver::tls::{Authority, Leaf};

/// Logs in over TLS, without and with the authority.
#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let authority = Authority::new();
    let server = TestServer::builder().tls(authority.issue(Leaf::Good)).start()?;

    let dialect = BasicForm::new(Endpoint::parse(&server.url("/oauth/v2/token"))?, "demo-client");
    let config = Config::new(dialect, Secrets::one(secret::CLIENT_SECRET, "demo-secret"));
    let refused = Client::new(config.clone())?.token().await.expect_err("nobody vouches for this server");
    println!("{refused}");

    let grant = Client::new(config.ca_pem(authority.ca_pem().as_bytes())?)?.token().await?;
    println!("with its authority: a token until {:?}", grant.expires_at());
    Ok(())
}
