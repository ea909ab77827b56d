//! The body of a call is sent from where it is: it may be large.

use std::alloc::System;

use bytes::Bytes;
use hallpass_client::Config;
use hallpass_core::dialect::PasswordForm;
use hallpass_core::{Endpoint, Error, Secrets, secret};
use hallpass_testserver::Nobody;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tokio::runtime::Runtime;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const BODY: usize = 64 << 20;

/// One test, since allocations of another would be counted too. Nobody listens, so no server's are.
#[test]
fn a_body_is_not_copied() {
    let body = Bytes::from(vec![b'x'; BODY]);
    let nobody = Nobody::bind().expect("a port");
    let origin = nobody.origin();
    let url = Endpoint::parse(&format!("{origin}/token")).expect("a URL");
    let config = || {
        let login = PasswordForm::new(url.clone(), "alice");
        Config::new(login, Secrets::one(secret::PASSWORD, "correct horse 9")).api_url(&origin).expect("loopback")
    };
    let request = || http::Request::post(format!("{origin}/upload")).body(body.clone()).expect("a request");

    let client = hallpass_blocking::Client::new(config()).expect("a client");
    assert_uncopied("blocking", || client.send_plain(request()).map(drop));

    let (client, runtime) =
        (hallpass_async::Client::new(config()).expect("a client"), Runtime::new().expect("a runtime"));
    assert_uncopied("async", || runtime.block_on(client.send_plain(request())).map(drop));
}

fn assert_uncopied(driver: &str, send: impl FnOnce() -> Result<(), Error>) {
    let region = Region::new(ALLOCATOR);
    assert!(matches!(send(), Err(Error::Unreachable(_))), "{driver}: nobody listens");
    let allocated = region.change().bytes_allocated;
    assert!(allocated < BODY / 2, "{driver}: {allocated} bytes");
}
