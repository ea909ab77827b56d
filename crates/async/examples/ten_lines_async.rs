//! The ten-line program: a token, and a call with it.
//!
//! It runs against a test server on loopback; with a URL of your own, the first two lines go.

use hallpass_async::{Client, Config};
use hallpass_core::dialect::Auth0Json;
use hallpass_core::{Endpoint, Secrets, secret};

/// Logs in and calls.
#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = hallpass_testserver::TestServer::start()?;
    let (token_url, api_url) = (server.url("/oauth/token"), server.url("/v3/"));

    let dialect = Auth0Json::new(Endpoint::parse(&token_url)?, "demo-client", "demo-api");
    let secrets = Secrets::one(secret::CLIENT_SECRET, "demo-secret");
    let client = Client::new(Config::new(dialect, secrets).api_url(&api_url)?)?;

    let request = http::Request::get(format!("{api_url}ping/protected")).body(())?;
    let mut response = client.send(request).await?;
    println!("{}: {}", response.status(), response.body_mut().text(64 * 1024).await?);
    assert!(response.status().is_success());
    Ok(())
}
