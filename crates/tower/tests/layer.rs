//! What the layer promises, around a service that notes what it is given.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use hallpass_async::{Client, Config};
use hallpass_core::dialect::BasicForm;
use hallpass_core::{Endpoint, Misuse, Secrets, secret};
use hallpass_testserver::TestServer;
use hallpass_tower::{BearerLayer, BoxError};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::Empty;
use tower::{Service, ServiceBuilder, ServiceExt as _};
use tower_http::follow_redirect::FollowRedirectLayer;

type Body = Empty<Bytes>;

const API: &str = "https://api.example/orders";
const OTHER: &str = "https://other.example/";

/// An API that answers as it is scripted to, and 200 afterwards.
#[derive(Default)]
struct Api {
    shared: Arc<Shared>,
    ready: bool,
}

#[derive(Default)]
struct Shared {
    seen: Mutex<Vec<(String, HeaderMap)>>,
    answers: Mutex<VecDeque<Response<()>>>,
}

impl Api {
    fn answering(answers: impl IntoIterator<Item = (StatusCode, Option<&'static str>)>) -> Self {
        let api = Self::default();
        api.shared.answers.lock().expect("no panic").extend(answers.into_iter().map(|(status, location)| {
            let answer = Response::builder().status(status);
            location.into_iter().fold(answer, |it, to| it.header("location", to)).body(()).expect("an answer")
        }));
        api
    }

    /// URLs, and what each was authorized with.
    fn seen(&self) -> Vec<(String, Option<String>)> {
        let seen = self.shared.seen.lock().expect("no panic");
        let text = |headers: &HeaderMap| headers.get("authorization")?.to_str().map(str::to_owned).ok();
        seen.iter().map(|(url, headers)| (url.clone(), text(headers))).collect()
    }
}

/// What was got ready is this one, not its copy.
impl Clone for Api {
    fn clone(&self) -> Self {
        Self { shared: self.shared.clone(), ready: false }
    }
}

impl Service<Request<Body>> for Api {
    type Response = Response<()>;
    type Error = Infallible;
    type Future = Ready<Result<Response<()>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        assert!(std::mem::take(&mut self.ready), "it was called without being asked whether it is ready");
        self.shared.seen.lock().expect("no panic").push((request.uri().to_string(), request.headers().clone()));
        ready(Ok(self.shared.answers.lock().expect("no panic").pop_front().unwrap_or_default()))
    }
}

fn login(server: &TestServer) -> BearerLayer {
    let url = Endpoint::parse(&server.url("/oauth/v2/token")).expect("a URL");
    let config = Config::new(BasicForm::new(url, "demo-client"), Secrets::one(secret::CLIENT_SECRET, "demo-secret"));
    BearerLayer::new(Client::new(config.api_url(API).expect("a URL")).expect("a client"))
}

fn get(url: &str) -> Request<Body> {
    Request::get(url).body(Empty::new()).expect("a request")
}

const UNAUTHORIZED: (StatusCode, Option<&str>) = (StatusCode::UNAUTHORIZED, None);

/// The mock says so if it was not.
#[tokio::test]
async fn what_is_called_was_ready_at_a_repeat_too() {
    let (server, api) = (TestServer::start().expect("a server"), Api::answering([UNAUTHORIZED]));
    let mut client = ServiceBuilder::new().buffer(1).concurrency_limit(1).layer(login(&server)).service(api.clone());
    for _ in 0..3 {
        let response = client.ready().await.expect("ready").call(get(API)).await.expect("a response");
        assert_eq!(response.status(), 200);
    }
    let tokens: Vec<_> = api.seen().into_iter().map(|(_, token)| token.expect("a token")).collect();
    assert_eq!((tokens.len(), tokens[1] == tokens[0], tokens[1] == tokens[3]), (4, false, true));
}

#[tokio::test]
async fn a_second_401_is_an_answer() {
    let (server, api) = (TestServer::start().expect("a server"), Api::answering([UNAUTHORIZED; 5]));
    let client = ServiceBuilder::new().layer(login(&server)).service(api.clone());
    assert_eq!(client.oneshot(get(API)).await.expect("a response").status(), 401);
    assert_eq!(api.seen().len(), 2);
}

#[tokio::test]
async fn what_cannot_be_copied_is_sent_once_and_the_next_call_has_another_token() {
    let (server, api) = (TestServer::start().expect("a server"), Api::answering([UNAUTHORIZED]));
    let layer = login(&server).copied_by(|_: &Body| None);
    let client = ServiceBuilder::new().layer(layer).service(api.clone());
    assert_eq!(client.clone().oneshot(get(API)).await.expect("a response").status(), 401);
    assert_eq!(client.oneshot(get(API)).await.expect("a response").status(), 200);
    let seen = api.seen();
    assert!(seen.len() == 2 && seen[0].1 != seen[1].1);
}

#[tokio::test]
async fn calls_to_others_pass_untouched_or_are_refused() {
    let (server, api) = (TestServer::start().expect("a server"), Api::default());
    let passes = ServiceBuilder::new().layer(login(&server)).service(api.clone());
    for url in [OTHER, "http://api.example/", "https://api.example:8443/", "https://user@api.example/", "/orders"] {
        let mut request = get(url);
        request.headers_mut().insert("authorization", "Basic theirs".parse().expect("a header"));
        passes.clone().oneshot(request).await.expect("a response");
        assert_eq!(api.seen().pop(), Some((url.to_owned(), Some("Basic theirs".into()))));
    }
    let refuses = ServiceBuilder::new().layer(login(&server).strict()).service(Api::default());
    let error: BoxError = refuses.oneshot(get(OTHER)).await.expect_err("it is not listed");
    let error = error.downcast_ref::<hallpass_async::Error>().expect("the login's error");
    assert!(matches!(error, hallpass_async::Error::Misuse(Misuse::UnlistedOrigin { .. })), "{error}");
    assert_eq!(server.connections(), 0, "nobody was asked for a token");
}

#[tokio::test]
async fn redirects_outside_the_layer_carry_the_token_to_listed_origins_only() {
    let (server, found) = (TestServer::start().expect("a server"), StatusCode::FOUND);
    let api = Api::answering([(found, Some("/elsewhere")), (found, Some(OTHER)), (found, Some(API))]);
    let client = ServiceBuilder::new().layer(FollowRedirectLayer::new()).layer(login(&server)).service(api.clone());
    client.oneshot(get(API)).await.expect("a response");
    let carried: Vec<_> = api.seen().into_iter().map(|(url, token)| (url, token.is_some())).collect();
    let elsewhere = "https://api.example/elsewhere";
    let wanted = [(API, true), (elsewhere, true), (OTHER, false), (API, true)];
    assert_eq!(carried, wanted.map(|(url, token)| (url.to_owned(), token)));
}

/// Why the docs say never: it is tower-http's doing, and each step there begins with the headers of the first.
#[tokio::test]
async fn redirects_inside_the_layer_lose_the_authorization_for_one_step_only() {
    let (server, found) = (TestServer::start().expect("a server"), StatusCode::FOUND);
    let api = Api::answering([(found, Some("/elsewhere")), (found, Some(OTHER)), (found, Some("/second"))]);
    let client = ServiceBuilder::new().layer(login(&server)).layer(FollowRedirectLayer::new()).service(api.clone());
    client.oneshot(get(API)).await.expect("a response");
    let carried: Vec<_> = api.seen().into_iter().map(|(url, token)| (url, token.is_some())).collect();
    let (elsewhere, second) = ("https://api.example/elsewhere", "https://other.example/second");
    let wanted = [(API, true), (elsewhere, true), (OTHER, false), (second, true)];
    assert_eq!(carried, wanted.map(|(url, token)| (url.to_owned(), token)));
}
