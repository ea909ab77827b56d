//! What a request brings along for ureq takes none of this driver's limits off.

use hallpass_blocking::{Client, Config};
use hallpass_client::Payload;
use hallpass_core::dialect::BasicForm;
use hallpass_core::{Endpoint, Secrets, secret};
use hallpass_testserver::TestServer;
use hallpass_testserver::script::{Reply, ScriptServer, answers};

/// A token would travel with it.
#[test]
fn a_redirect_is_not_followed_whatever_the_request_says() {
    let tokens = TestServer::start().expect("a server");
    let elsewhere = ScriptServer::start(answers([Reply::json(200, "{}")])).expect("a server");
    let api = answers([Reply::new(302).header("location", &elsewhere.url("/stolen"))]);
    let api = ScriptServer::start(api).expect("a server");

    let url = Endpoint::parse(&tokens.url("/oauth/v2/token")).expect("a URL");
    let login = BasicForm::new(url, "demo-client");
    let config = Config::new(login, Secrets::one(secret::CLIENT_SECRET, "demo-secret"));
    let client = Client::new(config.api_url(&api.origin()).expect("a URL")).expect("a client");
    let request = http::Request::get(api.url("/things")).body(()).expect("a request");
    let request = ureq::agent().configure_request(request).max_redirects(5).build();

    let response = client.send(request.map(|()| Payload::default())).expect("a response");
    assert_eq!(response.status(), 302);
    assert_eq!(elsewhere.connections(), 0);
}
