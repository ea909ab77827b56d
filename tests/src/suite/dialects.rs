//! All four dialects against an authorization server, from login to a call.

use core::time::Duration;

use hallpass_client::{Change, Config};
use hallpass_core::dialect::Key;
use hallpass_core::error::Denied;
use hallpass_core::{Error, Misuse, Secrets, secret};
use hallpass_store::{Loaded, Locked, Memory, Record, SaveError, Store, StoreError};
use hallpass_testkit::provider::{self, ProviderConfig, RefreshIssue, Rotation};
use hallpass_testserver::TestServer;
use hallpass_testserver::script::{Act, Reply, ScriptServer, answers};

use super::{basic_form as config, demo, dialect, get, secrets, user_key as key_login};
use crate::driver::Driver;
use crate::settings::{Auth, Name, Settings};

/// The test server's user.
fn alice(server: &TestServer) -> Settings {
    Settings::new(Name::PasswordForm, Some(&server.url("/authorization")), "alice")
}

/// Logs in and calls the endpoint that takes this dialect's tokens only.
fn calls<D: Driver>(server: &TestServer, config: Config, path: &str) -> D {
    let client = D::new(config.api_url(&server.origin()).expect("loopback")).expect("a client");
    let response = client.send(get(&server.url(path))).expect("a response");
    assert_eq!(response.status(), 200, "{}: {path}", D::NAME);
    client
}

/// Seeds 000 and 001.
pub fn auth0_json<D: Driver>() {
    let server = TestServer::start().expect("a server");
    let login = Settings::new(Name::Auth0Json, Some(&server.url("/oauth/token")), "demo-client");
    let dialect = dialect::<D>(Settings { audience: Some("demo-api".into()), ..login });
    calls::<D>(&server, Config::new(dialect, secrets()), "/auth0-json/data");
    assert_eq!(server.requests().len(), 2);
}

/// Seed 002.
pub fn basic_form<D: Driver>() {
    let server = TestServer::start().expect("a server");
    calls::<D>(&server, config::<D>(&server.url("/oauth/v2/token")), "/basic-form/data");
}

/// RFC 6749 section 2.3.1, the other way.
pub fn basic_form_in_the_body<D: Driver>() {
    let server = TestServer::start().expect("a server");
    let login = Settings { auth: Some(Auth::Body), ..demo(&server.url("/oauth/v2/token")) };
    let dialect = dialect::<D>(Settings { scope: Some("read".into()), ..login });
    calls::<D>(&server, Config::new(dialect, secrets()), "/basic-form/data");
    assert!(server.requests()[0].header("authorization").is_none());
}

/// Seed 003, in its order; asking too early or registering twice sends nothing.
pub fn user_key<D: Driver>() {
    let server = TestServer::start().expect("a server");
    let config = Config::new(key_login::<D>(&server.origin()), secrets()).api_url(&server.origin()).expect("loopback");
    let client = D::new(config).expect("a client");
    assert_eq!(client.token(), Err(Misuse::NotRegistered.into()));
    let key = client.register().expect("a user key");
    assert!(!key.expose().is_empty());
    assert_eq!(client.register(), Err(Misuse::AlreadyRegistered.into()));
    for _ in 0..3 {
        client.token().expect("a token");
        assert_eq!(client.send(get(&server.url("/user-key/data"))).expect("a response").status(), 200);
    }
    let targets: Vec<_> = server.requests().into_iter().map(|request| request.target).collect();
    let data = "/user-key/data";
    assert_eq!(targets, ["/register", "/authenticate", data, "/refresh", data, "/refresh", data], "{}", D::NAME);
}

/// A refused refresh falls back to authenticating, once.
pub fn user_key_refused_refresh<D: Driver>() {
    let server = TestServer::start().expect("a server");
    let client = D::new(Config::new(key_login::<D>(&server.origin()), secrets())).expect("a client");
    client.register().expect("a user key");
    client.token().expect("a token");
    client.token().expect("a refreshed token");
    let held: Vec<_> =
        server.with_provider(|provider| provider.all_presented().map(|(token, _)| token.to_owned()).collect());
    assert_eq!(held.len(), 1, "one refresh token was used");
    server.with_provider(|provider| provider.revoke(&held[0]));
    client.token().expect("a token all the same");
    let targets: Vec<_> = server.requests().into_iter().map(|request| request.target).collect();
    assert_eq!(targets, ["/register", "/authenticate", "/refresh", "/refresh", "/authenticate"], "{}", D::NAME);
}

/// A registration whose answer was lost is never sent again.
pub fn user_key_lost_registration<D: Driver>() {
    let server = ScriptServer::start(vec![Act::Read, Act::Reset]).expect("a server");
    let client = D::new(Config::new(key_login::<D>(&server.origin()), secrets())).expect("a client");
    let error = client.register().expect_err("the answer was lost");
    assert!(matches!(error, Error::Unreachable(_)) && !error.retry().can_help(), "{}: {error}", D::NAME);
    assert_eq!(client.register(), Err(Denied::LostRegistration.into()));
    assert_eq!(server.requests().len(), 1);
}

/// Invariant 11: a refused registration latches in its own record, which another client finds.
pub fn user_key_refused_registration<D: Driver>() {
    let server = ScriptServer::start(answers([Reply::json(401, r#"{"error":"invalid_client"}"#)])).expect("a server");
    let config =
        |secret: &str| Config::new(key_login::<D>(&server.origin()), Secrets::one(secret::USER_SECRET, secret));
    let store = Memory::new();
    for round in 0..3 {
        let client = D::new(config("canary-dead").store(store.clone())).expect("a client");
        let latched = matches!(client.register(), Err(Error::Denied(Denied::Latched { .. })));
        assert_eq!(latched, round > 0, "{}", D::NAME);
    }
    assert_eq!(server.requests().len(), 1, "{}", D::NAME);
    let another = D::new(config("canary-another").store(store)).expect("a client").register();
    assert!(matches!(another, Err(Error::Denied(Denied::Refused(_)))), "{}", D::NAME);
    assert_eq!(server.requests().len(), 2, "{}: another secret opens it", D::NAME);
}

/// Invariant 4: a key that its own save did not keep is surfaced.
pub fn user_key_not_kept<D: Driver>() {
    for keeps in [true, false] {
        let server = TestServer::start().expect("a server");
        let (tell, told) = std::sync::mpsc::channel();
        let config = Config::new(key_login::<D>(&server.origin()), secrets()).store(Marks(Memory::new(), keeps));
        let config = config.watch(move |change| tell.send(change.clone()).expect("somebody listens"));
        D::new(config).expect("a client").register().expect("a user key all the same");
        let Ok(Change::Registered { unsaved }) = told.try_recv() else { panic!("{}: it is told", D::NAME) };
        assert_eq!(unsaved.is_none(), keeps, "{}: {unsaved:?}", D::NAME);
    }
}

/// A store that keeps marks, and gains only where it is told to: else somebody else is always quicker.
struct Marks(Memory, bool);

impl Store for Marks {
    fn peek(&self, key: &Key) -> Result<Option<Loaded>, StoreError> {
        self.0.peek(key)
    }

    fn try_lock(&self, key: &Key, lease: Duration) -> Result<Option<Box<dyn Locked>>, StoreError> {
        let lock = self.0.try_lock(key, lease)?;
        Ok(lock.map(|lock| Box::new(MarksLock(lock, self.1)) as Box<dyn Locked>))
    }
}

struct MarksLock(Box<dyn Locked>, bool);

impl Locked for MarksLock {
    fn found(&self) -> Option<&Loaded> {
        self.0.found()
    }

    fn save(&mut self, record: &Record) -> Result<(), SaveError> {
        if record.spending.is_some() || self.1 { self.0.save(record) } else { Err(SaveError::Conflict(None)) }
    }

    fn unlock(self: Box<Self>) -> Result<(), StoreError> {
        self.0.unlock()
    }
}

/// Seed 004.
pub fn password_form<D: Driver>() {
    let server = TestServer::start().expect("a server");
    calls::<D>(&server, Config::new(dialect::<D>(alice(&server)), secrets()), "/password-form/data");
}

/// A refresh token in a form reply is used, and rotates.
pub fn a_token_is_refreshed_when_it_can_be<D: Driver>() {
    let mut settings = ProviderConfig::default();
    for dialect in [&mut settings.basic_form, &mut settings.password_form] {
        dialect.refresh_token = RefreshIssue::Always;
        dialect.rotation = Rotation::Strict;
    }
    let server = TestServer::builder().provider(settings).start().expect("a server");
    let basic = calls::<D>(&server, config::<D>(&server.url("/oauth/v2/token")), "/basic-form/data");
    let dialect = dialect::<D>(Settings { grant_type: Some("password".into()), ..alice(&server) });
    let password = calls::<D>(&server, Config::new(dialect, secrets()), "/password-form/data");
    // The first of them finds the token that the call had.
    for _ in 0..4 {
        basic.token().expect("a token");
        password.token().expect("a token");
    }
    let logins: Vec<_> = server.requests().into_iter().filter(|request| request.method == "POST").collect();
    let refreshes = logins.iter().filter(|request| request.text().contains("grant_type=refresh_token")).count();
    assert_eq!((logins.len(), refreshes), (8, 6), "{}", D::NAME);
    server.with_provider(|provider: &mut provider::Provider| {
        assert!(provider.all_presented().all(|(_, times)| times == 1));
        assert_eq!(provider.revoked_families(), 0);
    });
}
