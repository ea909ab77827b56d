//! A fresh token costs no allocation, neither one that a thread keeps a copy of nor one of more than it keeps.

use std::alloc::System;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use hallpass_client::Config;
use hallpass_core::dialect::PasswordForm;
use hallpass_core::{Endpoint, Error, Grant, Secrets, secret};
use hallpass_testserver::TestServer;
use http::{HeaderMap, header};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tokio::runtime::Runtime;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// As many clients as a thread has copies for, and more.
const CLIENTS: [usize; 2] = [1, 20];

/// One test, since allocations of another would be counted too.
#[test]
fn a_fresh_token_is_had_without_an_allocation() {
    let server = TestServer::start().expect("a server");
    let runtime = Runtime::new().expect("a runtime");
    for count in CLIENTS {
        let clients: Vec<_> =
            configs(&server, count).map(|config| hallpass_blocking::Client::new(config).expect("a client")).collect();
        let blocking = |turn: usize| clients[turn % count].token();
        assert_eq!(allocations(blocking), 0, "blocking, clients: {count}");

        let clients: Vec<_> =
            configs(&server, count).map(|config| hallpass_async::Client::new(config).expect("a client")).collect();
        for client in &clients {
            runtime.block_on(client.token()).expect("a login");
        }
        let asynchronous = |turn: usize| at_once(clients[turn % count].token());
        assert_eq!(allocations(asynchronous), 0, "async, clients: {count}");
    }
}

fn configs(server: &TestServer, count: usize) -> impl Iterator<Item = Config> {
    let url = Endpoint::parse(&server.url("/authorization")).expect("a URL");
    (0..count).map(move |_| {
        Config::new(PasswordForm::new(url.clone(), "alice"), Secrets::one(secret::PASSWORD, "correct horse 9"))
    })
}

/// The fewest of many goes: what a token costs it costs in each, unlike what another thread does meanwhile.
fn allocations(token: impl Fn(usize) -> Result<Grant, Error>) -> usize {
    const GOES: usize = 50;
    const TOKENS: usize = 200;
    let mut headers = HeaderMap::with_capacity(4);
    let mut go = || {
        let region = Region::new(ALLOCATOR);
        for turn in 0..TOKENS {
            headers.insert(header::AUTHORIZATION, token(turn).expect("a token").into_header_value());
        }
        let change = region.change();
        change.allocations + change.reallocations
    };
    go();
    (0..GOES).map(|_| go()).min().unwrap_or_default()
}

/// A fresh token is there when it is asked for: nobody need wait.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => panic!("a fresh token is waited for"),
    }
}
