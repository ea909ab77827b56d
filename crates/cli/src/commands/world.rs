//! What the built-in server knows, for `demo` and `serve`. Nothing here is a secret: it is printed.

use hallpass_testkit::provider::{Client, DialectConfig, ProviderConfig, RefreshIssue, User};

pub(super) const CLIENT_ID: &str = "demo-client";
pub(super) const CLIENT_SECRET: &str = "demo-secret";
pub(super) const AUDIENCE: &str = "demo-api";
pub(super) const USERNAME: &str = "alice";
pub(super) const PASSWORD: &str = "correct horse 9";
pub(super) const USER_SECRET: &str = "battery staple 9";

pub(super) const AUTH0_PATH: &str = "/oauth/token";
pub(super) const BASIC_PATH: &str = "/oauth/v2/token";
pub(super) const PASSWORD_PATH: &str = "/authorization";

/// The provider's settings: each dialect that can gives refresh tokens.
pub(super) fn provider() -> ProviderConfig {
    let known = ProviderConfig::default();
    let refreshable = |dialect: DialectConfig| DialectConfig { refresh_token: RefreshIssue::Always, ..dialect };
    ProviderConfig {
        clients: vec![Client::new(CLIENT_ID, CLIENT_SECRET)],
        users: vec![User { username: USERNAME.into(), password: PASSWORD.into() }],
        audiences: vec![AUDIENCE.into()],
        basic_form: refreshable(known.basic_form),
        password_form: refreshable(known.password_form),
        ..ProviderConfig::default()
    }
}
