//! What the exchanges of both drivers go by, whichever HTTP library carries them.

use core::time::Duration;

use hallpass_core::{Egress, Request, SendError};

/// How long a connection to a token endpoint is kept unused. Servers close idle ones after a second or two, and a write to
/// a dead one "succeeds".
pub const TOKEN_IDLE: Duration = Duration::from_secs(1);

/// The same to an API: calls come in bursts that reuse connections, and whoever makes them decides what a lost answer means.
pub const CALL_IDLE: Duration = Duration::from_secs(15);

/// Refuses a request for another origin than the one that its egress is bound to.
pub fn within(egress: &Egress, request: &Request) -> Result<(), SendError> {
    if request.endpoint.origin() == egress.origin() {
        return Ok(());
    }
    Err(SendError::NotSent("the request is not for the origin that it is bound to".into()))
}

#[cfg(test)]
mod tests {
    use hallpass_core::{EgressRules, Endpoint};

    use super::*;

    #[test]
    fn a_request_stays_at_its_origin() {
        let at = |url| Endpoint::parse(url).expect("a URL");
        let egress = EgressRules::default().egress(&at("https://auth.example/token")).expect("it has TLS");
        let goes = |url| within(&egress, &Request::post(at(url), "text/plain", Vec::new()));
        assert_eq!(goes("https://auth.example/another"), Ok(()));
        for elsewhere in
            ["https://auth.example:444/token", "https://auth.example.test/token", "http://auth.example/token"]
        {
            assert!(matches!(goes(elsewhere), Err(SendError::NotSent(_))), "{elsewhere}");
        }
    }
}
