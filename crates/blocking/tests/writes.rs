//! How requests are cut into writes, seen from a raw socket.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use hallpass_blocking::{Client, Config, Policy, Want};
use hallpass_core::dialect::{BasicForm, PasswordForm};
use hallpass_core::{Endpoint, Secrets, secret};
use hallpass_testserver::script::{Reply, ScriptServer, answers};

const REPLY: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 38\r\n\r\n{\"access_token\":\"tok\",\"expires_in\":60}";

#[test]
fn a_request_and_its_body_leave_in_one_write() {
    let (url, requests) = server();
    let client = client(&url);
    for _ in 0..50 {
        let held = client.token().expect("a token").id();
        client.token_with(&Want { not: Some(held), ..Want::default() }).expect("the same again");
    }
    assert_eq!(requests.recv().expect("the first").pieces, 1);
    assert!(requests.try_iter().all(|request| request.pieces == 1));
}

/// Around the size of the output buffer, where a held head and the first piece of a body no longer fit into it together.
#[test]
fn bodies_of_every_size_arrive_whole() {
    let (url, requests) = server();
    let client = client(&url);
    let buffer = 128 * 1024;
    let sizes = [0, 1, 10_000, buffer - 200, buffer - 100, buffer - 1, buffer, buffer + 1, 5 * buffer + 7];
    for size in sizes {
        let body: Vec<u8> = (0..size).map(|at| u8::try_from(at % 251).expect("below 251")).collect();
        let request = http::Request::put(&url).body(body.clone()).expect("a request");
        client.send_plain(request).expect("a response").body_mut().bytes(100).expect("its body");
        let arrived = requests.recv().expect("a request").body;
        assert!(arrived == body, "{size}: {} bytes arrived", arrived.len());
    }
}

/// The buffers to a token endpoint are smaller.
#[test]
fn logins_of_every_size_arrive_whole() {
    let (url, requests) = server();
    let buffer = 32 * 1024;
    for size in [1, 10_000, buffer - 300, buffer - 200, buffer - 100, buffer - 1, buffer, buffer + 1, 5 * buffer + 7] {
        let password = "p".repeat(size);
        let dialect = PasswordForm::new(Endpoint::parse(&url).expect("a URL"), "me");
        let config = Config::new(dialect, Secrets::one(secret::PASSWORD, password.as_str()));
        Client::new(config).expect("a client").token().expect("a token");
        let body = String::from_utf8(requests.recv().expect("a request").body).expect("a form");
        assert!(
            body.split('&').any(|pair| pair.strip_prefix("password=") == Some(&password)),
            "{size}: {}",
            body.len()
        );
    }
}

#[test]
fn a_head_that_cannot_be_sent_is_said_to_be_too_long() {
    let (url, requests) = server();
    // Four characters for three, in the header.
    for size in [20_000, 24_552, 24_553, 25_000, 40_000, 200_000] {
        let dialect = BasicForm::new(Endpoint::parse(&url).expect("a URL"), "me");
        let secrets = Secrets::one(secret::CLIENT_SECRET, "p".repeat(size).as_str());
        let config = Config::new(dialect, secrets).policy(Policy { sends: 1, ..Policy::default() });
        match Client::new(config).expect("a client").token() {
            Ok(_) => assert!(requests.recv().is_ok() && size <= 24_552, "{size}"),
            Err(error) => assert!(size > 24_552 && error.to_string().contains("longer than 32 KiB"), "{size}: {error}"),
        }
    }
}

#[test]
fn a_token_comes_behind_a_head_as_long_as_there_may_be() {
    let reply = Reply::json(200, r#"{"access_token":"tok","expires_in":60}"#).header("x-long", &"x".repeat(65_200));
    let server = ScriptServer::start(answers([reply])).expect("a server");
    assert_eq!(client(&server.url("/token")).token().expect("a token").access_token().expose(), "tok");
}

fn client(url: &str) -> Client {
    let dialect = BasicForm::new(Endpoint::parse(url).expect("a URL"), "id");
    Client::new(Config::new(dialect, Secrets::one(secret::CLIENT_SECRET, "s"))).expect("a client")
}

struct Arrived {
    /// How many reads it took.
    pieces: usize,
    body: Vec<u8>,
}

/// Answers every request with a token.
fn server() -> (String, Receiver<Arrived>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let url = format!("http://{}/token", listener.local_addr().expect("its address"));
    let (tell, told) = channel();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let tell = tell.clone();
            thread::spawn(move || {
                let mut stream = stream;
                while let Some(arrived) = read(&mut stream) {
                    if tell.send(arrived).is_err() || stream.write_all(REPLY).is_err() {
                        break;
                    }
                }
            });
        }
    });
    (url, told)
}

fn read(stream: &mut TcpStream) -> Option<Arrived> {
    let (mut bytes, mut buffer, mut pieces) = (Vec::new(), vec![0; 256 * 1024], 0);
    loop {
        match stream.read(&mut buffer).ok()? {
            0 => return None,
            count => bytes.extend_from_slice(&buffer[..count]),
        }
        pieces += 1;
        let Some(head) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
        let length = text.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
        let body = &bytes[head + 4..];
        if body.len() >= length.unwrap_or(0) {
            return Some(Arrived { pieces, body: body.to_vec() });
        }
    }
}
