//! A new token, whatever is in hand: for one request, not two.

use std::time::Duration;

use hallpass_client::{Ahead, Config};
use hallpass_core::UtcDateTime;
use hallpass_store::Memory;
use hallpass_testkit::provider::{ProviderConfig, RefreshIssue};
use hallpass_testserver::TestServer;

use super::{holding_a_token, holding_a_token_near_its_end};
use crate::driver::Driver;

/// With nothing in hand the first token is new already.
pub fn a_new_token_is_one_request<D: Driver>() {
    let server = server();
    let client = D::new(config::<D>(&server)).expect("a client");
    let cold = client.force_refresh().expect("a token");
    assert_eq!(server.requests().len(), 1, "{}: nothing was in hand", D::NAME);
    let warm = client.force_refresh().expect("a token");
    assert_eq!(server.requests().len(), 2, "{}: one was in hand", D::NAME);
    assert_ne!(cold.id(), warm.id(), "{}", D::NAME);
}

/// A renewal ahead that the caller waits for is new as well.
pub fn a_renewal_ahead_is_that_one<D: Driver>() {
    let server = server();
    let config = config::<D>(&server).ahead(Ahead::Inline);
    let store = holding_a_token_near_its_end(config.dialect());
    let client = D::new(config.store(store)).expect("a client");
    assert_eq!(client.token().expect("a token").access_token().expose(), "old", "{}", D::NAME);
    assert_ne!(client.force_refresh().expect("a token").access_token().expose(), "old", "{}", D::NAME);
    assert_eq!(server.requests().len(), 1, "{}", D::NAME);
}

/// What a store has was had before, also if the clock of whoever put it there is ahead.
pub fn a_kept_token_is_not_new<D: Driver>() {
    let server = server();
    let config = config::<D>(&server);
    let store = holding_a_token(config.dialect(), UtcDateTime::now() + Duration::from_mins(1));
    let client = D::new(config.store(store)).expect("a client");
    assert_ne!(client.force_refresh().expect("a token").access_token().expose(), "old", "{}", D::NAME);
    assert_eq!(server.requests().len(), 1, "{}", D::NAME);
}

/// Somebody else's is, where it is another than the one in hand.
pub fn a_new_token_is_shared<D: Driver>() {
    let (server, store) = (server(), Memory::new());
    let sharing = || D::new(config::<D>(&server).store(store.clone())).expect("a client");
    let (one, other) = (sharing(), sharing());
    one.token().expect("a token");
    let new = other.force_refresh().expect("a token");
    assert_eq!(server.requests().len(), 2, "{}", D::NAME);
    let shared = one.force_refresh().expect("a token");
    assert_eq!((shared.id(), server.requests().len()), (new.id(), 2), "{}: another than the one in hand", D::NAME);
}

fn server() -> TestServer {
    let mut settings = ProviderConfig::default();
    settings.basic_form.refresh_token = RefreshIssue::Always;
    TestServer::builder().provider(settings).start().expect("a server")
}

fn config<D: Driver>(server: &TestServer) -> Config {
    super::basic_form::<D>(&server.url("/oauth/v2/token"))
}
