//! The provider behind a socket, and its clock.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use hallpass_testkit::provider::Endpoint;
use hallpass_testserver::{StartError, TestServer};
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use ureq::Agent;

use crate::client::{agent, connect, exchange};

fn login(agent: &Agent, server: &TestServer) -> String {
    let form = [("username", "alice"), ("password", "correct horse 9")];
    let mut reply = agent.post(server.url("/authorization")).send_form(form).unwrap();
    let grant: Value = serde_json::from_str(&reply.body_mut().read_to_string().unwrap()).unwrap();
    grant["access_token"].as_str().unwrap().to_owned()
}

fn ping(agent: &Agent, server: &TestServer, token: &str) -> u16 {
    let call = agent.get(server.url("/v3/ping/protected")).header("authorization", format!("Bearer {token}"));
    let mut reply = call.call().unwrap();
    reply.body_mut().read_to_vec().unwrap();
    reply.status().as_u16()
}

#[test]
fn a_login_and_a_call_go_over_one_connection_and_are_recorded() {
    let server = TestServer::start().unwrap();
    let agent = agent();
    let token = login(&agent, &server);
    assert_eq!(ping(&agent, &server, &token), 200);

    let requests = server.requests();
    let seen: Vec<_> = requests.iter().map(|request| (request.method.as_str(), request.target.as_str())).collect();
    assert_eq!(seen, [("POST", "/authorization"), ("GET", "/v3/ping/protected")]);
    assert_eq!(requests[0].text(), "username=alice&password=correct+horse+9");
    assert_eq!(requests[1].header("authorization"), Some(format!("Bearer {token}").as_str()));
    assert!(requests.iter().all(|request| request.connection == 0));
    assert_eq!(server.connections(), 1);
}

#[test]
fn path_and_query_are_recorded_as_they_came() {
    let server = TestServer::start().unwrap();
    agent().get(server.url("/v3/ping?a=%20b&c")).call().unwrap();
    assert_eq!(server.requests()[0].target, "/v3/ping?a=%20b&c");
}

#[test]
fn a_token_expires_when_the_clock_is_advanced() {
    let server = TestServer::start().unwrap();
    let agent = agent();
    let token = login(&agent, &server);
    server.advance(Duration::from_mins(50));
    assert_eq!(ping(&agent, &server, &token), 200);
    server.advance(Duration::from_mins(10));
    assert_eq!(ping(&agent, &server, &token), 401);
}

#[test]
fn a_clock_advanced_beyond_all_time_stays_there() {
    let server = TestServer::start().unwrap();
    server.advance(Duration::MAX);
    server.advance(Duration::MAX);
    assert_eq!(server.now(), time::UtcDateTime::MAX);
    assert_eq!(agent().get(server.url("/v3/ping")).call().unwrap().status(), 200);
}

#[test]
fn the_provider_can_be_looked_into_and_scripted() {
    let server = TestServer::start().unwrap();
    let agent = agent();
    let token = login(&agent, &server);
    server.with_provider(|provider| provider.revoke(&token));
    assert_eq!(ping(&agent, &server, &token), 401);
    server.with_provider(|provider| provider.fail_next(1, StatusCode::BAD_GATEWAY, HeaderMap::new(), ""));
    assert_eq!(ping(&agent, &server, &token), 502);
    assert_eq!(server.with_provider(|provider| provider.token_requests(Endpoint::PasswordForm)), 1);
    let replies: Vec<_> = server.requests().into_iter().map(|request| request.reply.unwrap()).collect();
    assert!(String::from_utf8_lossy(replies[0].body()).contains(&token));
    assert_eq!([replies[1].status(), replies[2].status()], [401, 502], "what was said stands beside what was asked");
}

#[test]
fn a_panic_while_looking_does_not_stop_the_server() {
    let server = TestServer::start().unwrap();
    let looked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        server.with_provider(|_| panic!("a failed assertion"));
    }));
    assert!(looked.is_err());
    assert_eq!(agent().get(server.url("/v3/ping")).call().unwrap().status(), 200);
}

#[test]
fn only_as_many_requests_are_kept_as_the_setting_says() {
    for (kept, expected) in [(0, vec![]), (2, vec!["/b", "/c"])] {
        let server = TestServer::builder().keep_requests(kept).start().unwrap();
        for path in ["/a", "/b", "/c"] {
            agent().get(server.url(path)).call().unwrap();
        }
        let requests = server.requests();
        assert_eq!(requests.iter().map(|request| request.target.as_str()).collect::<Vec<_>>(), expected);
    }
}

#[test]
fn dropping_the_server_closes_idle_connections() {
    let server = TestServer::start().unwrap();
    let mut idle = connect(server.address());
    idle.write_all(b"GET /v3/ping HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    let mut first = [0; 1];
    idle.read_exact(&mut first).unwrap();
    drop(server);
    idle.read_to_end(&mut Vec::new()).unwrap();
}

#[test]
fn a_silent_connection_keeps_nobody_waiting_not_even_the_drop() {
    let server = TestServer::start().unwrap();
    let _silent = connect(server.address());
    let mut half = connect(server.address());
    half.write_all(b"POST /oauth/token HTTP/1.1\r\ncontent-length: 10\r\n\r\n{").unwrap();
    assert_eq!(agent().get(server.url("/v3/ping")).call().unwrap().status(), 200);
    assert_eq!(server.connections(), 3);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn many_clients_are_served_at_once() {
    let server = TestServer::start().unwrap();
    thread::scope(|scope| {
        for _ in 0..32 {
            scope.spawn(|| {
                let agent = agent();
                let token = login(&agent, &server);
                assert_eq!(ping(&agent, &server, &token), 200);
            });
        }
    });
    assert_eq!((server.connections(), server.requests().len()), (32, 64));
}

#[test]
fn a_taken_address_is_an_error_that_names_it() {
    let first = TestServer::start().unwrap();
    let error = TestServer::builder().listen(first.address()).start().unwrap_err();
    assert!(matches!(error, StartError::Listen { address, .. } if address == first.address()));
    assert!(error.to_string().contains(&first.address().to_string()));
}

#[test]
fn one_that_is_gone_comes_back_where_it_was() {
    let gone = TestServer::start().unwrap().stop().unwrap();
    let address = gone.address();
    TcpStream::connect(address).unwrap_err();
    drop(gone);
    let again = TestServer::builder().listen(address).start().unwrap();
    assert_eq!(agent().get(again.url("/v3/ping")).call().unwrap().status(), 200);
}

#[test]
fn a_head_request_has_no_body_and_a_date_comes_once() {
    let server = TestServer::start().unwrap();
    let reply = exchange(server.address(), b"HEAD /v3/ping HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    assert!(reply.starts_with("HTTP/1.1 200 OK\r\n") && reply.ends_with("\r\n\r\n"), "{reply}");
    assert_eq!(reply.matches("date: ").count(), 1);
}
