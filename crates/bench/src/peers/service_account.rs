//! A key of a service account, which two of the peers sign with.

use std::process::Command;
use std::sync::LazyLock;

use crate::Result;

/// Made once, by openssl, so that no private key lies in the repository.
static KEY: LazyLock<Option<String>> = LazyLock::new(|| {
    let made = Command::new("openssl").args(["genpkey", "-algorithm", "RSA", "-quiet"]).output().ok()?;
    let pem = String::from_utf8(made.stdout).ok()?;
    pem.starts_with("-----BEGIN PRIVATE KEY-----").then_some(pem)
});

pub(super) fn key() -> Result<String> {
    KEY.clone().ok_or_else(|| "a key is made with openssl, which is not there: `apt-get install openssl`".into())
}
