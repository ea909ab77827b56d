//! The token in a stack that is there already: hyper's client in layers of tower's.
//!
//! The API revokes the token in between, and the caller does not notice.

use bytes::Bytes;
use hallpass_async::{Client, Config, Grant};
use hallpass_core::dialect::BasicForm;
use hallpass_core::{Endpoint, Secrets, secret};
use hallpass_testkit::provider::Provider;
use hallpass_tower::{BearerLayer, BoxError};
use http_body_util::{BodyExt as _, Full};
use hyper_util::{client::legacy, rt::TokioExecutor};
use tower::{Service as _, ServiceBuilder, ServiceExt as _};

/// Calls, has the token revoked, and calls again.
#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), BoxError> {
    let server = hallpass_testserver::TestServer::start()?;
    let dialect = BasicForm::new(Endpoint::parse(&server.url("/oauth/v2/token"))?, "demo-client");
    let config = Config::new(dialect, Secrets::one(secret::CLIENT_SECRET, "demo-secret"));
    let login = Client::new(config.api_url(&server.origin())?)?;

    let hyper = legacy::Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let layers = ServiceBuilder::new().concurrency_limit(16).layer(BearerLayer::new(login));
    let mut client = layers.service(hyper);
    let mut tokens = Vec::new();
    for _ in 0..2 {
        let request = http::Request::get(server.url("/basic-form/data")).body(Full::default())?;
        let response = client.ready().await?.call(request).await?;
        tokens.extend(response.extensions().get().map(Grant::id));
        println!("{}: {:?}", response.status(), response.into_body().collect().await?.to_bytes());
        server.with_provider(Provider::revoke_all);
    }
    assert!(tokens.len() == 2 && tokens[0] != tokens[1]);
    Ok(())
}
