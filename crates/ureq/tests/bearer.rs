//! What the middleware promises beside what every driver does.

use hallpass_blocking::{Client, Config};
use hallpass_core::dialect::BasicForm;
use hallpass_core::{Endpoint, Secrets, secret};
use hallpass_testserver::TestServer;
use hallpass_testserver::script::{Reply, ScriptServer, answers};
use hallpass_ureq::Bearer;
use ureq::{Agent, Error};

fn login(server: &TestServer, api: &ScriptServer) -> Bearer {
    let url = Endpoint::parse(&server.url("/oauth/v2/token")).expect("a URL");
    let config = Config::new(BasicForm::new(url, "demo-client"), Secrets::one(secret::CLIENT_SECRET, "demo-secret"));
    Bearer::new(Client::new(config.api_url(&api.origin()).expect("loopback")).expect("a client"))
}

fn agent(bearer: Bearer) -> Agent {
    Agent::config_builder().middleware(bearer).build().new_agent()
}

/// One connection, and so one reply, a call.
fn api(replies: impl IntoIterator<Item = Reply>) -> ScriptServer {
    let each = replies.into_iter().map(|reply| answers([reply]));
    let builder = each.fold(ScriptServer::builder(), hallpass_testserver::script::Builder::connection);
    builder.start().expect("an API")
}

fn tokens(api: &ScriptServer) -> Vec<Option<String>> {
    api.requests().iter().map(|request| request.header("authorization").map(str::to_owned)).collect()
}

/// Their redirects are followed, as the agent says.
#[test]
fn calls_to_others_pass_untouched() {
    let (server, listed) = (TestServer::start().expect("a server"), api([]));
    let other = api([Reply::redirect(302, "/y"), Reply::new(200)]);
    let request = agent(login(&server, &listed)).get(other.url("/x")).header("x-trace", "7");
    assert_eq!(request.call().expect("a response").status(), 200);
    assert_eq!((tokens(&other), other.requests()[1].header("x-trace")), (vec![None, None], Some("7")));
    assert_eq!(server.connections(), 0, "nobody was asked for a token");
}

#[test]
fn without_an_agent_for_it_nothing_is_repeated_and_the_next_call_has_another_token() {
    let (server, api) = (TestServer::start().expect("a server"), api([Reply::new(401), Reply::new(200)]));
    let agent = agent(login(&server, &api));
    assert!(matches!(agent.get(api.url("/x")).call(), Err(Error::StatusCode(401))));
    assert_eq!(agent.get(api.url("/x")).call().expect("a response").status(), 200);
    let tokens = tokens(&api);
    assert!(tokens[0].is_some() && tokens[0] != tokens[1]);
}

/// ureq's default turns a 401 into an error, below any middleware.
#[test]
fn a_401_that_became_an_error_is_repeated_too_with_its_body() {
    let (server, api) = (TestServer::start().expect("a server"), api([Reply::new(401), Reply::new(200)]));
    let agent = agent(login(&server, &api).repeat_over(Agent::new_with_defaults()));
    let sent = agent.post(api.url("/x")).content_type("text/plain").send("an order");
    assert_eq!(sent.expect("a response").status(), 200);
    let (tokens, requests) = (tokens(&api), api.requests());
    assert!(tokens[0].is_some() && tokens[0] != tokens[1]);
    for request in &requests {
        assert_eq!((request.text().as_str(), request.header("content-type")), ("an order", Some("text/plain")));
        assert_eq!(request.header("content-length"), Some("8"));
    }
}

#[test]
fn a_second_401_is_an_answer() {
    let (server, api) = (TestServer::start().expect("a server"), api([401, 401, 200].map(Reply::new)));
    let agent = agent(login(&server, &api).repeat_over(Agent::new_with_defaults()));
    assert!(matches!(agent.delete(api.url("/x")).call(), Err(Error::StatusCode(401))));
    assert_eq!(api.requests().len(), 2);
}
