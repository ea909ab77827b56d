//! The token in a stack that is there already: an agent of ureq's.
//!
//! The API revokes the token in between, and the caller does not notice.

use hallpass_blocking::{Client, Config, Grant};
use hallpass_core::dialect::BasicForm;
use hallpass_core::{Endpoint, Secrets, secret};
use hallpass_testkit::provider::Provider;
use hallpass_ureq::Bearer;
use ureq::Agent;

/// Calls, has the token revoked, and calls again.
pub(crate) fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = hallpass_testserver::TestServer::start()?;
    let dialect = BasicForm::new(Endpoint::parse(&server.url("/oauth/v2/token"))?, "demo-client");
    let config = Config::new(dialect, Secrets::one(secret::CLIENT_SECRET, "demo-secret"));
    let login = Client::new(config.api_url(&server.origin())?)?;

    let settings = || Agent::config_builder().user_agent("orders/1.0").http_status_as_error(false);
    let bearer = Bearer::new(login).repeat_over(settings().build().new_agent());
    let agent = settings().middleware(bearer).build().new_agent();
    let mut tokens = Vec::new();
    for _ in 0..2 {
        let mut response = agent.get(server.url("/basic-form/data")).call()?;
        tokens.extend(response.extensions().get().map(Grant::id));
        println!("{}: {}", response.status(), response.body_mut().read_to_string()?);
        server.with_provider(Provider::revoke_all);
    }
    assert!(tokens.len() == 2 && tokens[0] != tokens[1]);
    Ok(())
}
