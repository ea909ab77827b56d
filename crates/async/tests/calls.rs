//! What an API's answer says of the token.

use std::time::Duration;

use hallpass_async::{Client, Config, Policy};
use hallpass_core::dialect::BasicForm;
use hallpass_core::error::Denied;
use hallpass_core::{Endpoint, Error, Secrets, secret};
use hallpass_testserver::TestServer;
use http::{HeaderMap, Method, StatusCode, Uri};

/// Invariant 14: rejections count on until a call succeeds, and an answer that is no success is none.
#[tokio::test]
async fn only_a_success_says_that_the_api_takes_the_token() {
    let (headers, uri) = (HeaderMap::new(), Uri::from_static("https://api.example/things"));
    for (status, is_word) in [(200, true), (204, true), (302, false), (404, false), (429, false), (503, false)] {
        let server = TestServer::start().expect("a server");
        let client = client(&server);
        let mut call = client.admit(&Method::GET, &uri).await.expect("listed");
        let again = call.settle(StatusCode::UNAUTHORIZED, &headers, Some(())).await.expect("another token");
        assert!(again.is_some());
        let answer = StatusCode::from_u16(status).expect("a status");
        assert!(call.settle(answer, &headers, Some(())).await.expect("it is told").is_none());

        let mut next = client.admit(&Method::GET, &uri).await.expect("listed");
        let refused = next.settle(StatusCode::UNAUTHORIZED, &headers, Some(())).await;
        assert_eq!(matches!(refused, Err(Error::Denied(Denied::Rejected { .. }))), !is_word, "{status}");
        assert_eq!(server.requests().len(), if is_word { 3 } else { 2 }, "{status}");
    }
}

fn client(server: &TestServer) -> Client {
    let url = Endpoint::parse(&server.url("/oauth/v2/token")).expect("a URL");
    let secrets = Secrets::one(secret::CLIENT_SECRET, "demo-secret");
    let policy = Policy { rejection_first: Duration::from_mins(1), ..Policy::default() };
    let config = Config::new(BasicForm::new(url, "demo-client"), secrets).policy(policy);
    Client::new(config.api_url("https://api.example/").expect("a URL")).expect("a client")
}
