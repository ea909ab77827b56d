//! The token in a stack that is there already: a client of `reqwest-middleware`.
//!
//! The API revokes the token in between, and the caller does not notice.

use hallpass_async::{Client, Config, Grant};
use hallpass_core::dialect::BasicForm;
use hallpass_core::{Endpoint, Secrets, secret};
use hallpass_reqwest_middleware::Bearer;
use hallpass_testkit::provider::Provider;

/// Calls, has the token revoked, and calls again.
#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = hallpass_testserver::TestServer::start()?;
    let dialect = BasicForm::new(Endpoint::parse(&server.url("/oauth/v2/token"))?, "demo-client");
    let config = Config::new(dialect, Secrets::one(secret::CLIENT_SECRET, "demo-secret"));
    let login = Client::new(config.api_url(&server.origin())?)?;

    // reqwest's own TLS features bring one; whoever has installed one before keeps it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Bearer::new(login).over(reqwest::Client::builder())?.build();
    let mut tokens = Vec::new();
    for _ in 0..2 {
        let response = client.get(server.url("/basic-form/data")).send().await?;
        tokens.extend(response.extensions().get().map(Grant::id));
        println!("{}: {}", response.status(), response.text().await?);
        server.with_provider(Provider::revoke_all);
    }
    assert!(tokens.len() == 2 && tokens[0] != tokens[1]);
    Ok(())
}
