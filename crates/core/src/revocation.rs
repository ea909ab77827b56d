//! Revocation (RFC 7009): a token is made worthless at the server that gave it.

use http::StatusCode;

use crate::access_token::AccessToken;
use crate::dialect::{ClientAuth, ExtraHeaders, Held, Refusal, reading};
use crate::error::{Error, Misuse, Place, Unreachable};
use crate::http::{Egress, EgressRules, Endpoint, Reply, Request, SendError};
use crate::scrub::Scrub;
use crate::secret::{CLIENT_ASSERTION, REVOCATION_ASSERTION, RefreshToken, Secrets};

/// A token to be revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// A refresh token. The server should let the access tokens that it gave go with it (RFC 7009 section 2.1).
    Refresh(RefreshToken),
    /// An access token.
    Access(AccessToken),
}

impl Token {
    /// What kind of token it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Refresh(_) => Kind::RefreshToken,
            Self::Access(_) => Kind::AccessToken,
        }
    }

    fn expose(&self) -> &str {
        match self {
            Self::Refresh(token) => token.expose(),
            Self::Access(token) => token.expose(),
        }
    }
}

/// What kinds of token there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A refresh token.
    RefreshToken,
    /// An access token.
    AccessToken,
}

impl Kind {
    /// Its name, as `token_type_hint` has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::RefreshToken => "refresh_token",
            Self::AccessToken => "access_token",
        }
    }
}

/// What a server answers to a revocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The token is good for nothing any more; perhaps it was not before.
    Revoked,
    /// This server cannot revoke tokens of that kind (`unsupported_token_type`): it stays good to its end.
    Unsupported,
}

/// Where tokens are revoked, and how the client proves itself there.
///
/// ```
/// use hallpass_core::dialect::ClientAuth;
/// use hallpass_core::revocation::{Revocation, Token};
/// use hallpass_core::{EgressRules, Endpoint, RefreshToken, Secrets, secret};
///
/// let url = Endpoint::parse("https://auth.example.com/revoke")?;
/// let revocation = Revocation::new(url).client("my-client", ClientAuth::Body);
/// let secrets = Secrets::one(secret::CLIENT_SECRET, "s3cret");
/// let revoking = revocation.revoke(Token::Refresh(RefreshToken::new("R1")), secrets, &EgressRules::default())?;
/// assert_eq!(
///     revoking.request().body.expose(),
///     b"token=R1&token_type_hint=refresh_token&client_id=my-client&client_secret=s3cret"
/// );
/// // Whoever has sockets sends it now, within `revoking.egress()`, and goes on with `revoking.replied(…)`.
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Revocation {
    endpoint: Endpoint,
    client: Option<(String, ClientAuth)>,
    own_assertion: bool,
    headers: ExtraHeaders,
}

impl Revocation {
    /// Revokes at exactly this URL, without saying which client asks.
    pub fn new(url: Endpoint) -> Self {
        Self { endpoint: url, client: None, own_assertion: false, headers: ExtraHeaders::default() }
    }

    /// Names the client, and how it proves itself: as it does where it gets its tokens.
    #[must_use = "the revocation is handed back, not changed in place"]
    pub fn client(mut self, client_id: impl Into<String>, client_auth: ClientAuth) -> Self {
        self.client = Some((client_id.into(), client_auth));
        self
    }

    /// Asks for an assertion of its own, [`REVOCATION_ASSERTION`]. An audience names the server, by its token URL or otherwise
    /// (RFC 7523 section 3), so the one of a login should do; some servers want the very URL that it is sent to.
    #[must_use = "the revocation is handed back, not changed in place"]
    pub fn own_assertion(mut self) -> Self {
        self.own_assertion = true;
        self
    }

    /// Adds a header to every request.
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, Misuse> {
        self.headers.add(name, value)?;
        Ok(self)
    }

    /// Where it goes.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The name of the secret that [`revoke`](Self::revoke) needs. An assertion is needed anew each time.
    pub fn needs(&self) -> Option<&'static str> {
        let own = |name| if self.own_assertion && name == CLIENT_ASSERTION { REVOCATION_ASSERTION } else { name };
        self.client.as_ref().and_then(|(_, auth)| auth.secret()).map(own)
    }

    /// The revocation of one token, where these rules let it go.
    pub fn revoke(&self, token: Token, secrets: Secrets, rules: &EgressRules) -> Result<Revoking, Misuse> {
        let egress = rules.egress(&self.endpoint)?;
        let secrets = match secrets.get(REVOCATION_ASSERTION).filter(|_| self.own_assertion).cloned() {
            Some(own) => secrets.with(CLIENT_ASSERTION, own),
            None => secrets,
        };
        let form = vec![("token", token.expose()), ("token_type_hint", token.kind().name())];
        let (id, auth) = self.client.as_ref().map_or(("", ClientAuth::None), |(id, auth)| (id, *auth));
        let request = auth.post(id, &self.endpoint, form, &secrets)?;
        Ok(Revoking { request: self.headers.apply(request), egress, token, secrets, client: self.client.clone() })
    }
}

/// A revocation that waits to be sent.
#[derive(Debug)]
#[must_use = "a token that nobody revokes stays good"]
pub struct Revoking {
    request: Request,
    egress: Egress,
    token: Token,
    secrets: Secrets,
    client: Option<(String, ClientAuth)>,
}

impl Revoking {
    /// The request.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// The limits that travel with it.
    pub fn egress(&self) -> &Egress {
        &self.egress
    }

    /// What came of it. A token that the server does not know counts as revoked (RFC 7009 section 2.2), also where it says so
    /// by `invalid_token`: one that has expired, or that went with the refresh token before it. After any error the
    /// token may still be good: revoking twice does no harm, so whoever can wait tries again.
    pub fn replied(self, result: Result<Reply, SendError>) -> Result<Answer, Error> {
        let place = || Place { doing: "revoke", endpoint: self.request.endpoint.to_string() };
        let held = Held::default();
        let scrub = || Scrub::new(&self.secrets, &held, &self.request).and(Some(self.token.expose()));
        let reply = match result {
            Ok(reply) => reply,
            Err(error) => return Err(Box::new(Unreachable::unanswered(place(), error).scrubbed(&scrub())).into()),
        };
        let may_be_of_the_token = reply.status.is_success() || reply.status == StatusCode::BAD_REQUEST;
        let refused =
            |refusal: Refusal| refusal.into_error(place(), self.advice(reply.status), &scrub().and_tokens_of(&reply));
        match reading::done(&reply).map_err(refused) {
            Ok(()) => Ok(Answer::Revoked),
            Err(error) if error.code() == Some("unsupported_token_type") => Ok(Answer::Unsupported),
            Err(error) if error.code() == Some("invalid_token") && may_be_of_the_token => Ok(Answer::Revoked),
            Err(error) => Err(error),
        }
    }

    /// What a refusal may be due to, where it is about the client.
    fn advice(&self, status: StatusCode) -> Option<String> {
        let refused = matches!(status, StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
        match &self.client {
            None | Some((_, ClientAuth::None)) if refused => Some(NO_CLIENT.into()),
            Some((_, ClientAuth::Assertion)) if refused => Some(OTHER_AUDIENCE.into()),
            Some((id, auth)) => auth.advice(id, status, &self.secrets),
            None => None,
        }
    }
}

const NO_CLIENT: &str = "This login names no client, and most servers revoke only for the client that has the token \
    (RFC 7009 section 2.1): add its client_id, and what proves it (client_auth), if the server knows one.";

const OTHER_AUDIENCE: &str = "If it is the client that was refused, though it logs in: the server may want another audience in \
    the assertion here, such as the revocation URL (revocation_audience; by default the one of a login).";

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use http::HeaderMap;
    use time::UtcDateTime;

    use super::*;
    use crate::http::Body;
    use crate::time::Now;

    fn revocation() -> Revocation {
        Revocation::new(Endpoint::parse("https://auth.example/revoke").expect("a URL"))
    }

    fn token() -> Token {
        Token::Access(AccessToken::new("T1").expect("visible ASCII"))
    }

    fn answered(revocation: &Revocation, status: u16, body: &str) -> Result<Answer, Error> {
        let secrets = Secrets::one(CLIENT_ASSERTION, "h.p.s");
        let revoking = revocation.revoke(token(), secrets, &EgressRules::default()).expect("a request");
        let (headers, received) = (HeaderMap::new(), Now { mono: Duration::ZERO, wall: UtcDateTime::UNIX_EPOCH });
        let (status, body) = (StatusCode::from_u16(status).expect("a status"), Body::new(body.into()));
        revoking.replied(Ok(Reply { status, headers, body, cut: false, received }))
    }

    fn refused(revocation: &Revocation) -> String {
        answered(revocation, 401, r#"{"error":"invalid_client"}"#).expect_err("it is refused").to_string()
    }

    /// Invariant 7.
    #[test]
    fn no_token_goes_out_unencrypted() {
        let plain = Revocation::new(Endpoint::parse("http://auth.example/revoke").expect("a URL"));
        let refused = plain.revoke(token(), Secrets::new(), &EgressRules::default());
        assert!(matches!(refused, Err(Misuse::PlainHttp { .. })), "{refused:?}");
    }

    #[test]
    fn an_assertion_of_its_own_is_asked_for_and_sent_as_the_clients() {
        let signs = revocation().client("c", ClientAuth::Assertion);
        assert_eq!(signs.needs(), Some(CLIENT_ASSERTION));
        let own = signs.own_assertion();
        assert_eq!(own.needs(), Some(REVOCATION_ASSERTION));
        let secrets = Secrets::one(REVOCATION_ASSERTION, "its.own.one");
        let revoking = own.revoke(token(), secrets, &EgressRules::default()).expect("a request");
        let sent = String::from_utf8(revoking.request().body.expose().to_vec()).expect("a form");
        assert!(sent.contains("&client_assertion=its.own.one"), "{sent}");
        let by_secret = revocation().client("c", ClientAuth::Body).own_assertion();
        assert_eq!(by_secret.needs(), Some("client_secret"), "nothing is signed");
    }

    #[test]
    fn a_refusal_says_what_of_the_client_may_be_missing() {
        assert!(refused(&revocation()).contains("names no client"));
        assert!(refused(&revocation().client("c", ClientAuth::None)).contains("names no client"));
        assert!(refused(&revocation().client("c", ClientAuth::Assertion)).contains("revocation_audience"));
    }

    #[test]
    fn the_server_is_told_what_kind_of_token_it_is() {
        for (token, form) in [
            (token(), &b"token=T1&token_type_hint=access_token"[..]),
            (Token::Refresh(RefreshToken::new("R1")), b"token=R1&token_type_hint=refresh_token"),
        ] {
            let revoking = revocation().revoke(token, Secrets::new(), &EgressRules::default()).expect("a request");
            assert_eq!(revoking.request().body.expose(), form);
        }
    }

    #[test]
    fn what_a_server_does_not_do_is_no_failure() {
        let unsupported = r#"{"error":"unsupported_token_type"}"#;
        assert_eq!(answered(&revocation(), 400, unsupported), Ok(Answer::Unsupported));
        assert_eq!(answered(&revocation(), 200, ""), Ok(Answer::Revoked));
    }

    /// Keycloak says it of the access token once the refresh token is revoked, Google of any token that has expired.
    #[test]
    fn a_token_that_is_good_for_nothing_any_more_counts_as_revoked() {
        let ended = r#"{"error":"invalid_token","error_description":"Token expired or revoked"}"#;
        for status in [200, 400] {
            assert_eq!(answered(&revocation(), status, ended), Ok(Answer::Revoked));
        }
        assert!(answered(&revocation(), 401, ended).is_err(), "it may be about what the client proves itself with");
    }

    /// Wire rules 13 and 16: whoever forgets a token because of it would leave it in use.
    #[test]
    fn a_page_or_a_refusal_with_200_is_no_success() {
        let refused = ["<html>Log in</html>", r#"{"error":"invalid_client"}"#];
        for body in refused.into_iter().chain(["{}", r#"{"error":null,"revoked":true}"#, "OK", "[]"]) {
            assert_eq!(answered(&revocation(), 200, body).is_err(), refused.contains(&body), "{body}");
        }
    }

    #[test]
    fn a_refusal_that_is_not_about_the_client_says_nothing_of_it() {
        for auth in [ClientAuth::None, ClientAuth::Assertion] {
            let nobody_there =
                answered(&revocation().client("c", auth), 404, "").expect_err("it is refused").to_string();
            assert!(nobody_there.contains("Check the URL"), "{nobody_there}");
        }
        let nobody_there = answered(&revocation(), 404, "").expect_err("it is refused").to_string();
        assert!(nobody_there.contains("Check the URL"), "{nobody_there}");
    }
}
