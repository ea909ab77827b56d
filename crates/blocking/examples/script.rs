//! A script: one file, run by `cron` or by hand, that keeps its token between runs.
//!
//! On the stable compiler a script is a package: `cargo new fetch`, `cargo add hallpass --features file`, and this file as
//! `src/main.rs`. (`cargo -Zscript` runs a single file with its dependencies in front, on the nightly compiler only.)

use hallpass_blocking::{Ahead, Client, Config};
use hallpass_core::dialect::BasicForm;
use hallpass_core::{Endpoint, Secrets, secret};
use hallpass_store::File;

/// Prints what the API says.
pub(crate) fn fetch(
    token_url: &str,
    api_url: &str,
    folder: &std::path::Path,
) -> Result<(), Box<dyn std::error::Error>> {
    let dialect = BasicForm::new(Endpoint::parse(token_url)?, "demo-client");
    let config = Config::new(dialect, Secrets::one(secret::CLIENT_SECRET, "demo-secret"))
        .store(File::new(folder))
        // Nobody is there to finish what goes on behind a script that has ended.
        .ahead(Ahead::Inline)
        .api_url(api_url)?;
    let mut response = Client::new(config)?.send(http::Request::get(api_url).body(())?)?;
    println!("{}: {}", response.status(), response.body_mut().text(64 * 1024)?);
    Ok(())
}

/// Runs twice, and logs in once.
pub(crate) fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = hallpass_testserver::TestServer::start()?;
    let folder = tempfile::tempdir()?;
    for _run in 0..2 {
        fetch(&server.url("/oauth/v2/token"), &server.url("/basic-form/data"), folder.path())?;
    }
    let targets: Vec<_> = server.requests().into_iter().map(|request| request.target).collect();
    assert_eq!(targets, ["/oauth/v2/token", "/basic-form/data", "/basic-form/data"]);
    Ok(())
}
