//! A record's lock that somebody else has and does not give back.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hallpass_core::dialect::Key;
use hallpass_core::lifecycle::{Loaded, Policy};
use hallpass_core::{Error, Secrets};
use hallpass_store::{Locked, Store, StoreError};

use super::user_key;
use crate::driver::Driver;

/// Its lock is never to be had. Counts the tries.
#[derive(Clone, Default)]
struct Busy(Arc<AtomicUsize>);

impl Store for Busy {
    fn peek(&self, _: &Key) -> Result<Option<Loaded>, StoreError> {
        Ok(None)
    }

    fn try_lock(&self, _: &Key, _: Duration) -> Result<Option<Box<dyn Locked>>, StoreError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(None)
    }
}

/// Each try may be a script on a server: pauses of 5, 10, 20, 40, 80, 160 and 185 ms, the last one cut, are half a second.
pub fn a_busy_one_is_tried_ever_more_seldom<D: Driver>() {
    let store = Busy::default();
    let config = hallpass_client::Config::new(user_key::<D>("http://127.0.0.1:9"), Secrets::default());
    let policy = Policy { lease_margin: Duration::from_millis(300), ..Policy::default() };
    let config = config.store(store.clone()).timeout(Duration::from_millis(100)).policy(policy);
    let client = D::new(config).expect("a client");
    let error = client.register().expect_err("it is never to be had");
    assert!(matches!(&error, Error::Store(why) if why.to_string().contains("does not let go")), "{}: {error}", D::NAME);
    let tries = store.0.load(Ordering::SeqCst);
    assert!((2..=10).contains(&tries), "{}: {tries} tries", D::NAME);
}
