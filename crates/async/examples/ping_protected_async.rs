//! Is the token good? `/v3/ping/protected` tells (seed: the Ducky API), and a 401 and a 403 mean different things.

use hallpass_async::{Client, Config};
use hallpass_core::dialect::Auth0Json;
use hallpass_core::{Endpoint, Secrets, secret};

/// Checks a login that works, and one that does not.
#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = hallpass_testserver::TestServer::start()?;
    let check = async |client_secret: &str| -> Result<String, Box<dyn std::error::Error>> {
        let dialect = Auth0Json::new(Endpoint::parse(&server.url("/oauth/token"))?, "demo-client", "demo-api");
        let config = Config::new(dialect, Secrets::one(secret::CLIENT_SECRET, client_secret));
        let client = Client::new(config.api_url(&server.url("/v3/"))?)?;
        let request = http::Request::get(server.url("/v3/ping/protected")).body(())?;
        Ok(match client.send(request).await {
            Ok(response) if response.status() == 401 => "the API does not take this token".into(),
            Ok(response) if response.status() == 403 => "the token is good, but lacks a permission".into(),
            Ok(response) => format!("fine: {}", response.status()),
            Err(error) => format!("no token: {error}"),
        })
    };
    let (right, wrong) = (check("demo-secret").await?, check("a typo").await?);
    println!("{right}\n{wrong}");
    assert!(right.starts_with("fine") && wrong.contains("access_denied"));
    Ok(())
}
