//! A login that ends: what could not be saved is tried again, since a rotated refresh token would end with it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hallpass_core::dialect::Key;
use hallpass_core::lifecycle::{Loaded, Record, SaveError};
use hallpass_store::{Locked, Memory, Store, StoreError};
use hallpass_testkit::provider::{ProviderConfig, RefreshIssue};
use hallpass_testserver::TestServer;

use crate::driver::Driver;

/// A disk that is full for a moment, or a Redis that starts again.
pub fn what_was_not_saved_is_tried_again<D: Driver>() {
    let mut settings = ProviderConfig::default();
    settings.basic_form.refresh_token = RefreshIssue::Always;
    let server = TestServer::builder().provider(settings).start().expect("a server");
    for ill in [1, 3] {
        let store = Hiccup { memory: Memory::new(), ill: Arc::default() };
        let config = super::basic_form(&server.url("/oauth/v2/token")).store(store.clone());
        let dialect = config.dialect().key();
        let client = D::new(config).expect("a client");
        client.token().expect("a token");
        store.ill.store(ill, Ordering::SeqCst);
        let (grant, before) = (client.token().expect("it is served all the same"), server.requests().len());
        assert!(grant.is_unsaved(), "{}", D::NAME);
        client.close();
        let kept = store.memory.peek(&dialect).expect("memory works").expect("it is saved").record;
        assert_eq!(kept.grant.map(|kept| kept.access_token).as_ref(), Some(grant.access_token()), "{}", D::NAME);
        assert!(kept.held.refresh_token.is_some() && kept.spending.is_none(), "{}", D::NAME);
        assert_eq!(server.requests().len(), before, "{}: nothing else is sent", D::NAME);
    }
}

/// A store that saves no gain for so many times.
#[derive(Clone)]
struct Hiccup {
    memory: Memory,
    ill: Arc<AtomicUsize>,
}

impl Store for Hiccup {
    fn peek(&self, key: &Key) -> Result<Option<Loaded>, StoreError> {
        self.memory.peek(key)
    }

    fn try_lock(&self, key: &Key, lease: Duration) -> Result<Option<Box<dyn Locked>>, StoreError> {
        let lock = self.memory.try_lock(key, lease)?;
        Ok(lock.map(|lock| Box::new(HiccupLock(lock, self.ill.clone())) as Box<dyn Locked>))
    }
}

struct HiccupLock(Box<dyn Locked>, Arc<AtomicUsize>);

impl Locked for HiccupLock {
    fn found(&self) -> Option<&Loaded> {
        self.0.found()
    }

    fn save(&mut self, record: &Record) -> Result<(), SaveError> {
        let is_gain = record.spending.is_none();
        let ill = self.1.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |ill| ill.checked_sub(1).filter(|_| is_gain));
        if ill.is_ok() { Err(SaveError::NotApplied("no space".into())) } else { self.0.save(record) }
    }

    fn unlock(self: Box<Self>) -> Result<(), StoreError> {
        self.0.unlock()
    }
}
