//! What is forgotten does not come back with what another process had yet to save (invariant 5).

use core::time::Duration;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hallpass_blocking::{Ahead, Client, Config, Want};
use hallpass_core::dialect::{BasicForm, Dialect, Held, Key};
use hallpass_core::{Endpoint, Secrets, secret};
use hallpass_store::{Loaded, Locked, Memory, Store, StoreError};
use hallpass_testkit::provider::{ProviderConfig, RefreshIssue};
use hallpass_testserver::TestServer;

/// A store that one process cannot reach for a while.
#[derive(Clone)]
struct Reach(Memory, Arc<AtomicBool>);

impl Reach {
    fn check(&self) -> Result<(), StoreError> {
        if self.1.load(Ordering::SeqCst) { Err(StoreError("out of reach".into())) } else { Ok(()) }
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

#[test]
fn a_gain_that_was_yet_to_be_saved_is_let_go_of() {
    let mut provider = ProviderConfig::default();
    provider.basic_form.refresh_token = RefreshIssue::Always;
    let server = TestServer::builder().provider(provider).start().expect("a server");
    let url = Endpoint::parse(&server.url("/oauth/v2/token")).expect("a URL");
    let dialect = BasicForm::new(url, "demo-client");
    let (memory, away) = (Memory::new(), Arc::new(AtomicBool::new(false)));
    let config =
        || Config::new(dialect.clone(), Secrets::one(secret::CLIENT_SECRET, "demo-secret")).ahead(Ahead::Inline);
    let one = Client::new(config().store(Reach(memory.clone(), away.clone()))).expect("a client");
    let other = Client::new(config().store(memory.clone())).expect("a client");

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
