//! Real processes around one store: who asks at once, who is killed, who is stopped, and what is left.

#![allow(clippy::missing_panics_doc, reason = "it is for tests, and a panic is how they fail")]

mod process;
pub mod redis;
mod soak;
mod watched;
mod worker;

use std::path::Path;

use hallpass_blocking::{Ahead, Client, Config};
use hallpass_core::dialect::{PasswordForm, UserKeyLogin};
use hallpass_core::{BadUrl, Endpoint, Error, Secrets, secret};
use hallpass_store::Store;
use hallpass_testkit::provider::{DialectConfig, ProviderConfig, RefreshIssue};

pub use process::{Fleet, Said, Worker};
pub use soak::{Plan, Tally, soak};
pub use watched::Watched;
pub use worker::work;

/// The password of the user that everybody here logs in as.
pub const PASSWORD: &str = "correct horse 9";

/// A provider whose refresh tokens rotate, and which revokes the family of one that is used twice.
pub fn rotating(life: core::time::Duration) -> ProviderConfig {
    let password_form = DialectConfig { life, refresh_token: RefreshIssue::Always, ..DialectConfig::default() };
    ProviderConfig { password_form, ..ProviderConfig::default() }
}

/// A login with username and password at the test server of this origin.
pub fn login(origin: &str, password: &str, store: impl Store) -> Result<Config, Error> {
    let url = url(&format!("{origin}/authorization"))?;
    let config = Config::new(PasswordForm::new(url, "alice"), Secrets::one(secret::PASSWORD, password)).store(store);
    Ok(config.api_url(&format!("{origin}/password-form/"))?)
}

/// A login with a registration before it.
pub fn registering(origin: &str, store: impl Store) -> Result<Config, Error> {
    let dialect = UserKeyLogin::new(&url(origin)?, "bob").map_err(bad)?;
    Ok(Config::new(dialect, Secrets::one(secret::USER_SECRET, "s3cret")).store(store))
}

/// The client of a config that is good. It has let go of the store when it answers.
pub fn client(config: Result<Config, Error>) -> Client {
    let client = config.and_then(|config| Client::new(config.ahead(Ahead::Inline)));
    client.expect("a test server's URL is good")
}

/// What is in the folder, without the digest that all names begin with.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    let mut names: Vec<_> = entries
        .map(|entry| entry.expect("the folder can be listed").file_name().to_string_lossy().into_owned())
        .map(|name| name.get(64..).unwrap_or(&name).to_owned())
        .collect();
    names.sort();
    names
}

fn url(text: &str) -> Result<Endpoint, Error> {
    Endpoint::parse(text).map_err(bad)
}

fn bad(why: BadUrl) -> Error {
    hallpass_core::Misuse::Url { what: "the test server".into(), why }.into()
}
