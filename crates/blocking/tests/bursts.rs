//! Calls come in bursts, and each finds the connections of the one before.

use std::sync::Barrier;
use std::thread;

use hallpass_blocking::{Client, Config};
use hallpass_core::dialect::BasicForm;
use hallpass_core::{Endpoint, Secrets, secret};
use hallpass_testserver::TestServer;

const THREADS: usize = 32;
const BURSTS: usize = 3;

#[test]
fn each_thread_of_a_burst_finds_a_connection_of_the_last() {
    let server = TestServer::start().expect("a server");
    let url = Endpoint::parse(&server.url("/oauth/v2/token")).expect("a URL");
    let config = Config::new(BasicForm::new(url, "demo-client"), Secrets::one(secret::CLIENT_SECRET, "demo-secret"));
    let client = Client::new(config.api_url(&server.origin()).expect("loopback")).expect("a client");
    let all = Barrier::new(THREADS);
    let call = |_| {
        let request = http::Request::get(server.url("/basic-form/data")).body(()).expect("a request");
        let response = client.send(request);
        // Whoever has read a response lets go of its connection.
        all.wait();
        let read = response.is_ok_and(|mut response| response.body_mut().bytes(1 << 20).is_ok());
        all.wait();
        read
    };
    let answered: usize = thread::scope(|scope| {
        let threads: Vec<_> =
            (0..THREADS).map(|_| scope.spawn(|| (0..BURSTS).map(call).filter(|read| *read).count())).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).sum()
    });
    assert_eq!(answered, THREADS * BURSTS);
    assert_eq!(server.connections(), 1 + THREADS, "one to log in");
}
