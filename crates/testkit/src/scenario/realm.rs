//! A real server, and one lock with a lease, behind scenarios that share them.

use core::cell::{Cell, RefCell};
use core::time::Duration;
use std::rc::Rc;
use std::sync::Arc;

use hallpass_core::dialect::{Dialect, PasswordForm};
use hallpass_core::lifecycle::{Loaded, Lock, Policy, Record, SaveError};
use hallpass_core::{Body, Endpoint, Grant, Now, Reply, Request};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};

use super::Scenario;
use crate::provider::{self, DialectConfig, Provider, ProviderConfig, RefreshIssue, Rotation, User};

/// What every scenario of one realm shares: the provider, strict about reuse, and the store's lock.
#[derive(Debug, Clone)]
pub struct Realm {
    provider: Rc<RefCell<Provider>>,
    lock: Rc<Cell<Option<(u64, Duration)>>>,
}

impl Default for Realm {
    fn default() -> Self {
        Self::new()
    }
}

impl Realm {
    /// A realm in which the scenarios' user and password are good, and a token lives for an hour.
    pub fn new() -> Self {
        let strict = DialectConfig {
            refresh_token: RefreshIssue::Always,
            rotation: Rotation::Strict,
            ..ProviderConfig::default().password_form
        };
        let config = ProviderConfig {
            users: vec![User { username: "me".into(), password: "pass-s3cret".into() }],
            password_form: strict,
            ..ProviderConfig::default()
        };
        Self { provider: Rc::new(RefCell::new(Provider::new(config))), lock: Rc::default() }
    }

    /// A login in this realm, at a URL that ends in the provider's path.
    pub fn login(&self, url: &str) -> Scenario {
        let url = Endpoint::parse(url).expect("a plain URL");
        let dialect: Arc<dyn Dialect> = Arc::new(PasswordForm::new(url, "me"));
        Scenario { realm: Some(self.clone()), ..Scenario::of(dialect, Policy::default()) }
    }

    /// How many requests the token endpoint has had.
    pub fn requests(&self) -> u64 {
        self.provider.borrow().token_requests(provider::Endpoint::PasswordForm)
    }

    /// The most that any one refresh token was presented.
    pub fn most_presented(&self) -> u64 {
        self.provider.borrow().all_presented().map(|(_, times)| times).max().unwrap_or(0)
    }

    /// How many token families were revoked.
    pub fn revoked_families(&self) -> u64 {
        self.provider.borrow().revoked_families()
    }

    /// The next request is turned away for so many seconds.
    pub fn turn_away_next(&self, seconds: u32) {
        let headers = HeaderMap::from_iter([(header::RETRY_AFTER, HeaderValue::from(seconds))]);
        self.provider.borrow_mut().fail_next(1, StatusCode::SERVICE_UNAVAILABLE, headers, "");
    }

    /// Whether the API takes a token now.
    pub fn takes(&self, now: Now, grant: &Grant) -> bool {
        let mut call = http::Request::new(Vec::new());
        *call.uri_mut() = Uri::from_static("/v3/ping/protected");
        call.headers_mut().insert(header::AUTHORIZATION, grant.header_value().clone());
        self.provider.borrow_mut().handle(now.wall, &call).status().is_success()
    }

    /// The server acts on a request.
    pub(super) fn serve(&self, now: Now, request: &Request) -> Reply {
        let mut carried = http::Request::new(request.body.expose().to_vec());
        *carried.method_mut() = request.method.clone();
        *carried.uri_mut() = Uri::from_static("/authorization");
        *carried.headers_mut() = request.headers.clone();
        let (parts, body) = self.provider.borrow_mut().handle(now.wall, &carried).into_parts();
        Reply { status: parts.status, headers: parts.headers, body: Body::new(body), cut: false, received: now }
    }

    pub(super) fn lock(&self, who: u64, now: Now, lease: Duration, found: Option<Box<Loaded>>) -> Lock {
        if self.lock.get().is_some_and(|(holder, until)| holder != who && now.mono < until) {
            return Lock::Busy;
        }
        self.lock.set(Some((who, now.mono + lease)));
        Lock::Held(found)
    }

    pub(super) fn unlock(&self, who: u64) {
        self.lock.set(self.lock.get().filter(|(holder, _)| *holder != who));
    }

    /// A mark needs the lease; any other save does with the revision.
    pub(super) fn admits(&self, who: u64, now: Now, record: &Record, found: Option<&Loaded>) -> Result<(), SaveError> {
        let holds = self.lock.get().is_some_and(|(holder, until)| holder == who && now.mono < until);
        match found {
            Some(found) if record.spending.is_some() && !holds => Err(SaveError::LeaseGone(Box::new(found.clone()))),
            _ => Ok(()),
        }
    }
}
