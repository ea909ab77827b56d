//! What the middleware promises beside what every driver does.

use hallpass_async::{Client, Config};
use hallpass_core::dialect::BasicForm;
use hallpass_core::{Endpoint, Secrets, secret};
use hallpass_reqwest_middleware::Bearer;
use hallpass_testserver::TestServer;
use hallpass_testserver::script::{Reply, ScriptServer, answers};
use reqwest_middleware::ClientBuilder;

/// Installs TLS for the process first, as a program does whose reqwest has none of its own.
fn login(server: &TestServer, api: &ScriptServer) -> Bearer {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let url = Endpoint::parse(&server.url("/oauth/v2/token")).expect("a URL");
    let config = Config::new(BasicForm::new(url, "demo-client"), Secrets::one(secret::CLIENT_SECRET, "demo-secret"));
    Bearer::new(Client::new(config.api_url(&api.origin()).expect("loopback")).expect("a client"))
}

fn api(replies: impl IntoIterator<Item = Reply>) -> ScriptServer {
    ScriptServer::builder().every(answers(replies)).start().expect("an API")
}

#[tokio::test]
async fn calls_to_others_pass_untouched() {
    let (server, listed, other) = (TestServer::start().expect("a server"), api([]), api([Reply::new(200)]));
    let client = login(&server, &listed).over(reqwest::Client::builder()).expect("a client").build();
    let response = client.get(other.url("/x")).header("authorization", "Basic theirs").send().await;
    assert_eq!(response.expect("a response").status(), 200);
    assert_eq!(other.requests()[0].header("authorization"), Some("Basic theirs"));
    assert_eq!(server.connections(), 0, "nobody was asked for a token");
}

#[tokio::test]
async fn a_stream_is_sent_once_and_the_next_call_has_another_token() {
    let (server, api) = (TestServer::start().expect("a server"), api([Reply::new(401)]));
    let client = login(&server, &api).over(reqwest::Client::builder()).expect("a client").build();
    for _ in 0..2 {
        let stream = reqwest::Body::wrap(reqwest::Body::from("a stream"));
        let response = client.post(api.url("/x")).body(stream).send().await.expect("a response");
        assert_eq!(response.status(), 401);
    }
    let tokens: Vec<_> = api.requests().iter().map(|it| it.header("authorization").map(str::to_owned)).collect();
    assert!(tokens.len() == 2 && tokens[0].is_some() && tokens[0] != tokens[1]);
}

/// Another origin, with a redirect that stays there.
fn trap() -> ScriptServer {
    let first = Reply::redirect(307, "/second");
    let builder = ScriptServer::builder().connection(answers([first])).every(answers([Reply::new(200)]));
    builder.start().expect("a server")
}

/// Why the docs say that only `over` is safe: it is reqwest's doing, and each step there begins with the headers of the
/// first.
#[tokio::test]
async fn a_client_that_follows_redirects_loses_the_authorization_for_one_step_only() {
    let (server, trap) = (TestServer::start().expect("a server"), trap());
    let api = api([Reply::redirect(307, &trap.url("/"))]);
    let login = login(&server, &api);
    let client = ClientBuilder::new(reqwest::Client::new()).with(login).build();
    assert_eq!(client.get(api.url("/x")).send().await.expect("a response").status(), 200);
    assert!(api.requests()[0].header("authorization").is_some());
    let carried: Vec<_> = trap.requests().iter().map(|it| it.header("authorization").is_some()).collect();
    assert_eq!(carried, [false, true]);
}

/// Invariant 7.
#[tokio::test]
async fn over_hands_redirects_out() {
    let (server, trap) = (TestServer::start().expect("a server"), trap());
    let api = api([Reply::redirect(307, &trap.url("/"))]);
    let client = login(&server, &api).over(reqwest::Client::builder()).expect("a client").build();
    assert_eq!(client.get(api.url("/x")).send().await.expect("a response").status(), 307);
    assert_eq!(trap.connections(), 0);
}
