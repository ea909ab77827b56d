//! `hallpass serve`: a test server, and the profiles to reach it with.

use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};

use hallpass_core::Endpoint;
use hallpass_core::dialect::{Auth0Json, BasicForm, PasswordForm, UserKeyLogin};
use hallpass_testkit::provider::{Endpoint as At, ProviderConfig};
use hallpass_testserver::tls::{Authority, Leaf};
use hallpass_testserver::{StartError, TestServer};

use crate::args::Serve;
use crate::demo_server;
use crate::failure::Failure;
use crate::{output, private};

pub(super) fn run(args: &Serve) -> Result<(), Failure> {
    // Other tokens at each start: one that was refused, being the last start's, must not come again.
    let seed = RandomState::new().hash_one(std::process::id());
    let provider = ProviderConfig { seed, ..demo_server::provider() };
    // Nobody looks at the requests, so none is kept: the server may run for months.
    let builder = TestServer::builder().provider(provider).listen(args.listen).keep_requests(0);
    let authority = args.tls.then(Authority::new);
    let builder = match &authority {
        Some(authority) => builder.tls(authority.issue(Leaf::GoodAt(args.listen.ip()))),
        None => builder,
    };
    let server = builder.start().map_err(|error| match error {
        StartError::Listen { .. } => Failure::usage(format!("--listen: {error}")),
        other => Failure::other(other.to_string()),
    })?;
    let ca_file = authority.map(|authority| write_ca(&args.ca_out, authority.ca_pem())).transpose()?;
    output::print(&profiles(&server.origin(), ca_file.as_deref()))?;
    loop {
        std::thread::park();
    }
}

/// Writes the certificate and tells its absolute path, which is right in a profile wherever that is put.
fn write_ca(path: &Path, pem: &str) -> Result<PathBuf, Failure> {
    let failed = |error: std::io::Error| private::failed(&format!("--ca-out {}", path.display()), &error);
    std::fs::write(path, pem).map_err(failed)?;
    std::path::absolute(path).map_err(failed)
}

/// All that is printed is a file of profiles, so that it can be kept as one.
fn profiles(origin: &str, ca_file: Option<&Path>) -> String {
    let ca = ca_file.map(|path| format!("\nca_file = {}", toml_text(&path.display().to_string()))).unwrap_or_default();
    // Without TLS, secrets travel to other than loopback addresses only where the profile says so.
    let open = Endpoint::parse(origin).ok().filter(|at| ca_file.is_none() && !at.origin().is_loopback());
    let open = open.map(|at| format!("\nallow_http = [\"{}\"]", at.origin().host())).unwrap_or_default();
    let common = |dialect: &str| {
        format!("api_url = \"{origin}/\"\ncheck_path = \"{dialect}/data\"    # or v3/ping/protected{ca}{open}\n")
    };
    // It is a client that revokes: the other two log in without one.
    let client =
        |dialect: &str| format!("revocation_url = \"{origin}{}\"\n{}", demo_server::REVOKE_PATH, common(dialect));
    let (auth0, basic, user_key, password) = (Auth0Json::NAME, BasicForm::NAME, UserKeyLogin::NAME, PasswordForm::NAME);
    format!(
        "# hallpass test server: {origin}\n\
         # It runs until it is stopped (Ctrl-C) and then forgets everything. For tests only: these secrets are public.\n\
         # This text is a file of profiles: keep it as hallpass.toml, then try `hallpass check {auth0}`.\n\
         \n\
         [profiles.{auth0}]\ndialect = \"{auth0}\"\ntoken_url = \"{origin}{}\"\naudience = \"{}\"\n\
         client_id = \"{}\"\nclient_secret = \"{}\"\n{}\
         \n\
         [profiles.{basic}]\ndialect = \"{basic}\"\ntoken_url = \"{origin}{}\"\n\
         client_id = \"{}\"\nclient_secret = \"{}\"\n{}\
         \n\
         [profiles.{user_key}]\ndialect = \"{user_key}\"\nbase_url = \"{origin}/\"\nuser_id = \"{}\"\nuser_secret = \"{}\"\n\
         # user_key = \"…\"    # first: hallpass register {user_key}\n{}\
         \n\
         [profiles.{password}]\ndialect = \"{password}\"\ntoken_url = \"{origin}{}\"\nusername = \"{}\"\npassword = \"{}\"\n{}\
         # End of the profiles.\n",
        At::Auth0Json.path(),
        demo_server::AUDIENCE,
        demo_server::CLIENT_ID,
        demo_server::CLIENT_SECRET,
        client(auth0),
        At::BasicForm.path(),
        demo_server::CLIENT_ID,
        demo_server::CLIENT_SECRET,
        client(basic),
        demo_server::USERNAME,
        demo_server::USER_SECRET,
        common(user_key),
        At::PasswordForm.path(),
        demo_server::USERNAME,
        demo_server::PASSWORD,
        common(password),
    )
}

/// A TOML string. JSON's escapes are all TOML's too.
fn toml_text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
