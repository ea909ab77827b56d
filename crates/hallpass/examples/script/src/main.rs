//! A script, run by `cron` or by hand: it logs in once, and keeps its token between runs in the user's own folder.
//!
//! On the stable compiler a script is a package, such as this one: `cargo new script`, `cargo add hallpass --features file`,
//! `cargo add http`, and this file as `src/main.rs`. (`cargo -Zscript` runs a single file, on the nightly compiler only.)

use std::env;
use std::error::Error;

use hallpass::blocking::{Ahead, Client};
use hallpass::dialect::BasicForm;
use hallpass::store::File;
use hallpass::{Config, Endpoint, Secrets, secret};

/// Prints what the API says.
fn main() -> Result<(), Box<dyn Error>> {
    let (token_url, api_url) = (env::var("TOKEN_URL")?, env::var("API_URL")?);
    let dialect = BasicForm::new(Endpoint::parse(&token_url)?, "demo-client");
    let config = Config::new(dialect, Secrets::one(secret::CLIENT_SECRET, env::var("CLIENT_SECRET")?))
        .store(File::in_user_folder()?)
        // Nobody is there to finish what goes on behind a script that has ended.
        .ahead(Ahead::Inline)
        .api_url(&api_url)?;
    let mut response = Client::new(config)?.send(http::Request::get(api_url).body(())?)?;
    println!("{}: {}", response.status(), response.body_mut().text(64 * 1024)?);
    Ok(())
}
