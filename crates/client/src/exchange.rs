//! What the exchanges of both drivers go by, whichever HTTP library carries them.

use core::time::Duration;

use hallpass_core::{Egress, Request, SendError};
use http::Method;

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

/// Whether a request goes without a body and says nothing of one. Where its method expects a body it says that there is none
/// (RFC 9110 section 8.6).
pub fn bodiless(method: &Method, body: &[u8]) -> bool {
    body.is_empty() && !matches!(*method, Method::POST | Method::PUT | Method::PATCH)
}

/// An empty buffer with room for a reply of this length, as far as it may be read, and for `spare` bytes more: one that is
/// outgrown stays behind with half a token in it.
pub fn buffer(length: Option<u64>, egress: &Egress, spare: usize) -> Vec<u8> {
    let length = length.and_then(|length| usize::try_from(length).ok()).unwrap_or_default();
    Vec::with_capacity(length.min(egress.reply_cap()).saturating_add(spare))
}

#[cfg(test)]
mod tests {
    use hallpass_core::{EgressRules, Endpoint};

    use super::*;

    #[test]
    fn a_reply_has_room_as_far_as_it_may_be_read() {
        let rules = EgressRules { reply_cap: 4096, ..EgressRules::default() };
        let egress = rules.egress(&at("https://auth.example/token")).expect("it has TLS");
        let room = |length| buffer(length, &egress, 64).capacity();
        assert!((1064..4096).contains(&room(Some(1000))));
        assert!([Some(4096), Some(u64::MAX)].iter().all(|length| (4160..8192).contains(&room(*length))));
        assert!((64..1000).contains(&room(None)), "what does not say has to grow");
    }

    #[test]
    fn a_request_stays_at_its_origin() {
        let egress = EgressRules::default().egress(&at("https://auth.example/token")).expect("it has TLS");
        let goes = |url| within(&egress, &Request::post(at(url), "text/plain", Vec::new()));
        assert_eq!(goes("https://auth.example/another"), Ok(()));
        for elsewhere in
            ["https://auth.example:444/token", "https://auth.example.test/token", "http://auth.example/token"]
        {
            assert!(matches!(goes(elsewhere), Err(SendError::NotSent(_))), "{elsewhere}");
        }
    }

    fn at(url: &str) -> Endpoint {
        Endpoint::parse(url).expect("a URL")
    }
}
