//! What is forgotten does not come back with what another process had yet to save (invariant 5).

use core::time::Duration;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hallpass_blocking::{Ahead, Client, Config, Want};
use hallpass_core::dialect::{BasicForm, ClientAuth, Dialect, Held, Key};
use hallpass_core::revocation::Revocation;
use hallpass_core::{Endpoint, Secrets, secret};
use hallpass_store::{Loaded, Locked, Memory, Store, StoreError};
use hallpass_testkit::provider::{ProviderConfig, RefreshIssue};
use hallpass_testserver::TestServer;

/// A store that one process cannot reach for a while.
#[derive(Clone)]
struct Reach(Memory, Arc<AtomicBool>);

impl Reach {
    fn check(&self) -> Result<(), StoreError> {
        if self.1.load(Ordering::SeqCst) { Err(StoreError::new("out of reach")) } else { Ok(()) }
    }
}

impl Store for Reach {
    fn peek(&self, key: &Key) -> Result<Option<Loaded>, StoreError> {
        self.check()?;
        self.0.peek(key)
    }

    fn try_lock(&self, key: &Key, lease: Duration) -> Result<Option<Box<dyn Locked>>, StoreError> {
        self.check()?;
        self.0.try_lock(key, lease)
    }
}

/// A server that gives refresh tokens, and one login at it.
fn server() -> (TestServer, BasicForm) {
    let mut provider = ProviderConfig::default();
    provider.basic_form.refresh_token = RefreshIssue::Always;
    let server = TestServer::builder().provider(provider).start().expect("a server");
    let url = Endpoint::parse(&server.url("/oauth/v2/token")).expect("a URL");
    (server, BasicForm::new(url, "demo-client"))
}

fn config(dialect: &BasicForm) -> Config {
    Config::new(dialect.clone(), Secrets::one(secret::CLIENT_SECRET, "demo-secret")).ahead(Ahead::Inline)
}

#[test]
fn a_gain_that_was_yet_to_be_saved_is_let_go_of() {
    let (_server, dialect) = server();
    let (memory, away) = (Memory::new(), Arc::new(AtomicBool::new(false)));
    let one = Client::new(config(&dialect).store(Reach(memory.clone(), away.clone()))).expect("a client");
    let other = Client::new(config(&dialect).store(memory.clone())).expect("a client");

    one.token().expect("a token");
    away.store(true, Ordering::SeqCst);
    let own = one.force_refresh().expect("a token had alone");
    assert!(own.is_unsaved());
    let forgotten = other.forget().expect("memory works").expect("the first token was kept");
    assert!(forgotten.held.refresh_token.is_some());

    away.store(false, Ordering::SeqCst);
    let still = one.token_with(&Want::default()).expect("its own, to its end");
    assert_eq!(still.id(), own.id());
    let kept = memory.peek(&dialect.key()).expect("memory works").expect("an empty record").record;
    assert_eq!((kept.held, kept.grant), (Held::default(), None), "nothing came back");
}

/// The process that forgets has a gain of its own to save.
#[test]
fn ones_own_gain_is_let_go_of_too() {
    let (server, dialect) = server();
    let (memory, away) = (Memory::new(), Arc::new(AtomicBool::new(true)));
    let one = Client::new(config(&dialect).store(Reach(memory.clone(), away.clone()))).expect("a client");
    let own = one.token().expect("a token had alone");
    assert!(own.is_unsaved());
    away.store(false, Ordering::SeqCst);
    assert_eq!(one.forget().expect("memory works"), None, "nothing was kept");
    assert_ne!(one.token().expect("another").id(), own.id());
    let requests = server.requests();
    assert!(requests.len() == 2 && requests.iter().all(|request| !request.text().contains("refresh_token=")));
}

/// RFC 7009: what is still to be saved is revoked with the rest.
#[test]
fn a_refresh_token_that_is_not_saved_yet_is_revoked() {
    let (server, dialect) = server();
    let (memory, away) = (Memory::new(), Arc::new(AtomicBool::new(false)));
    let revocation = Revocation::new(Endpoint::parse(&server.url("/revoke")).expect("a URL"));
    let revocation = revocation.client("demo-client", ClientAuth::Body);
    let config = config(&dialect).revocation(revocation).expect("loopback");
    let one = Client::new(config.store(Reach(memory, away.clone()))).expect("a client");
    one.token().expect("a token");
    away.store(true, Ordering::SeqCst);
    assert!(one.force_refresh().expect("a token had alone").is_unsaved());
    away.store(false, Ordering::SeqCst);
    assert_eq!(one.revoke().expect("all are revoked").tokens, 4, "two of each kind");
    assert_eq!(one.revoke().expect("nothing is held").tokens, 0);
}
