//! `hallpass helper`: git itself, docker's and kubectl's protocols.

mod checkout;
mod docker;
mod git;
mod git_server;
mod kubernetes;

use hallpass_testserver::TestServer;

use crate::world::{Home, profiles};

/// Profiles of `server` whose tokens may go to `origin` as well.
fn for_origin(server: &TestServer, origin: &str) -> Home {
    Home::own(&profiles(&server.origin()).replace("api_url", &format!("origins = ['{origin}']\napi_url")))
}

/// Whether the server's API takes the token.
fn is_good(server: &TestServer, token: &str) -> bool {
    let request = http::Request::get("/basic-form/data").header("authorization", format!("Bearer {token}"));
    let request = request.body(Vec::new()).expect("a request");
    let now = server.now();
    server.with_provider(|provider| provider.handle(now, &request)).status() == 200
}
