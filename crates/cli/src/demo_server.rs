//! What the built-in server knows, for `demo` and `serve`. Nothing here is a secret: it is printed.

use hallpass_testkit::provider::{Client, DialectConfig, ProviderConfig, RefreshIssue, User};

pub(crate) const CLIENT_ID: &str = "demo-client";
pub(crate) const CLIENT_SECRET: &str = "demo-secret";
pub(crate) const AUDIENCE: &str = "demo-api";
pub(crate) const USERNAME: &str = "alice";
pub(crate) const PASSWORD: &str = "correct horse 9";
pub(crate) const USER_SECRET: &str = "battery staple 9";

pub(crate) const REVOKE_PATH: &str = "/revoke";

/// The provider's settings: each dialect that can gives refresh tokens.
pub(crate) fn provider() -> ProviderConfig {
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
