//! The server that says exactly the bytes it is told to.

use std::io::{ErrorKind, Read, Write};
use std::thread;
use std::time::Duration;

use hallpass_testserver::script::{Act, Reply, ScriptServer, answers};
use hallpass_testserver::tls::{Authority, Leaf};

use crate::client::{HANG, agent, agent_trusting, connect, exchange, read_exactly};

const GET: &[u8] = b"GET /a HTTP/1.1\r\nhost: x\r\n\r\n";

fn body(reply: Reply) -> Result<String, ureq::Error> {
    let server = ScriptServer::start(answers([reply])).unwrap();
    agent().get(server.url("/")).call()?.body_mut().with_config().limit(u64::MAX).read_to_string()
}

#[test]
fn every_well_formed_reply_is_understood_by_a_real_client() {
    let hello = Reply::new(200).body("hello");
    for reply in [
        hello.clone(),
        hello.clone().chunked(2),
        hello.clone().chunked(0),
        hello.clone().until_close(),
        hello.clone().http10(),
    ] {
        assert_eq!(body(reply.clone()).unwrap(), "hello", "{reply:?}");
    }
    assert_eq!(body(Reply::json(200, "{}").padded(3)).unwrap().len(), 3_000_002);
}

#[test]
fn a_truncated_reply_is_an_error() {
    assert!(body(Reply::new(200).body("hello").truncated(1)).is_err());
}

#[test]
fn a_redirect_goes_out_as_it_stands() {
    let server = ScriptServer::start(answers([Reply::redirect(307, "http://elsewhere.test/")])).unwrap();
    let reply = agent().post(server.url("/")).send("secret").unwrap();
    assert_eq!(
        (reply.status().as_u16(), &reply.headers()["location"]),
        (307, &"http://elsewhere.test/".parse().unwrap())
    );
}

#[test]
fn bytes_go_out_as_they_stand_and_then_the_connection_ends() {
    let server = ScriptServer::start(vec![Act::Read, Act::Write(b"nonsense".to_vec())]).unwrap();
    assert_eq!(exchange(server.address(), GET).unwrap(), "nonsense");
    assert_eq!(server.requests()[0].target, "/a");
    assert_eq!(server.bytes_received(), GET.len() as u64);
}

#[test]
fn several_requests_are_answered_on_one_connection() {
    let server = ScriptServer::start(answers(["1", "2"].map(|text| Reply::new(200).body(text)))).unwrap();
    let agent = agent();
    for expected in ["1", "2"] {
        assert_eq!(agent.get(server.url("/")).call().unwrap().body_mut().read_to_string().unwrap(), expected);
    }
    let connections: Vec<usize> = server.requests().iter().map(|request| request.connection).collect();
    assert_eq!((connections, server.connections()), (vec![0, 0], 1));
}

#[test]
fn again_answers_any_number_of_requests() {
    let script = vec![Act::Read, Act::reply(Reply::new(200).body("x")), Act::Again];
    let server = ScriptServer::start(script).unwrap();
    let agent = agent();
    for _ in 0..20 {
        assert_eq!(agent.get(server.url("/")).call().unwrap().body_mut().read_to_string().unwrap(), "x");
    }
    assert_eq!((server.requests().len(), server.connections()), (20, 1));
}

#[test]
fn each_connection_has_its_script_and_then_there_is_an_end_without_an_answer() {
    let server = ScriptServer::builder()
        .connection(vec![Act::Read, Act::Write(b"first".to_vec())])
        .connection(vec![Act::Read, Act::Write(b"second".to_vec())])
        .start()
        .unwrap();
    let replies = [(); 4].map(|()| exchange(server.address(), GET).unwrap());
    assert_eq!(replies, ["first", "second", "", ""]);
    assert!(server.settle(HANG));
    assert_eq!((server.requests().len(), server.connections()), (2, 4));
    assert_eq!(server.bytes_received(), 4 * GET.len() as u64, "what no script read is counted all the same");
}

#[test]
fn a_body_is_recorded_whole_whatever_its_coding() {
    let server = ScriptServer::start(answers([Reply::new(200), Reply::new(200)])).unwrap();
    let agent = agent();
    agent.post(server.url("/")).send("with a length").unwrap();
    let mut unknown_length = "in chunks".as_bytes();
    agent.post(server.url("/")).send(ureq::SendBody::from_reader(&mut unknown_length)).unwrap();
    let requests = server.requests();
    assert_eq!(
        requests.iter().map(hallpass_testserver::Recorded::text).collect::<Vec<_>>(),
        ["with a length", "in chunks"]
    );
    assert_eq!(requests[1].header("transfer-encoding"), Some("chunked"));
}

#[test]
fn early_hints_come_before_the_reply() {
    let server = ScriptServer::start(answers([Reply::new(200).body("x").after_early_hints()])).unwrap();
    let reply = exchange(server.address(), GET).unwrap();
    assert!(reply.starts_with("HTTP/1.1 103 Early Hints\r\n"));
    assert!(reply.ends_with("\r\n\r\nHTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 1\r\n\r\nx"));
}

#[test]
fn a_drip_arrives_byte_by_byte_and_whole() {
    let drip = Act::Drip { bytes: Reply::new(200).body("slow").to_bytes(), every: Duration::from_millis(1) };
    let server = ScriptServer::start(vec![Act::Read, drip]).unwrap();
    assert_eq!(agent().get(server.url("/")).call().unwrap().body_mut().read_to_string().unwrap(), "slow");
}

#[test]
fn a_reset_is_seen_as_one_even_inside_a_reply() {
    for script in [vec![Act::Reset], vec![Act::Read, Act::Write(b"HTTP/1.1 2".to_vec()), Act::Reset]] {
        let reading = script.contains(&Act::Read);
        let server = ScriptServer::start(script).unwrap();
        let mut stream = connect(server.address());
        if reading {
            stream.write_all(GET).unwrap();
            assert_eq!(read_exactly(&mut stream, 10), "HTTP/1.1 2");
        }
        let error = stream.read_to_end(&mut Vec::new()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    }
}

#[test]
fn a_close_after_the_request_was_read_is_an_orderly_end() {
    let server = ScriptServer::start(vec![Act::Read, Act::Close]).unwrap();
    assert_eq!(exchange(server.address(), GET).unwrap(), "");
}

#[test]
fn a_stall_lasts_until_the_client_gives_up() {
    let server = ScriptServer::start(vec![Act::Read, Act::Stall]).unwrap();
    let mut stream = connect(server.address());
    stream.write_all(GET).unwrap();
    assert!(!server.settle(Duration::from_millis(20)), "the client is still there");
    drop(stream);
    assert!(server.settle(HANG));
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn dropping_the_server_ends_whatever_a_script_is_doing() {
    let endless = Act::Drip { bytes: vec![b'x'; 10], every: Duration::from_hours(1) };
    let huge = Act::Write(vec![b'x'; 50_000_000]);
    let empty = Act::Drip { bytes: vec![], every: Duration::ZERO };
    for script in [vec![Act::Stall], vec![Act::Read], vec![endless], vec![huge], vec![empty, Act::Again], vec![]] {
        let server = ScriptServer::start(script).unwrap();
        let mut stream = connect(server.address());
        while server.connections() == 0 {
            thread::yield_now();
        }
        drop(server);
        // An end or a reset, depending on what was under way; but not a time-out.
        if let Err(error) = stream.read_to_end(&mut Vec::new()) {
            assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        }
    }
}

#[test]
fn scripts_play_inside_tls() {
    let authority = Authority::new();
    let server = ScriptServer::builder()
        .connection(answers([Reply::new(200).body("one"), Reply::new(200).body("two").until_close()]))
        .connection(vec![Act::Read, Act::Reset])
        .tls(authority.issue(Leaf::Good))
        .start()
        .unwrap();
    let agent = agent_trusting(authority.ca_pem());
    for expected in ["one", "two"] {
        assert_eq!(agent.get(server.url("/")).call().unwrap().body_mut().read_to_string().unwrap(), expected);
    }
    assert!(agent.get(server.url("/")).call().is_err());
    assert_eq!(server.connections(), 2);
}
