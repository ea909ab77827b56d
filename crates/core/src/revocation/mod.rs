//! Revocation (RFC 7009): a token is made worthless at the server that gave it.

use http::StatusCode;

use crate::access_token::AccessToken;
use crate::dialect::{ClientAuth, ExtraHeaders, Held, Refusal, reading};
use crate::error::{Error, Misuse, Place, Purpose};
use crate::http::{Egress, EgressRules, Endpoint, Reply, Request, SendError};
use crate::scrub::Scrub;
use crate::secret::{CLIENT_ASSERTION, REVOCATION_ASSERTION, RefreshToken, Secrets};
use crate::verdict::unanswered;

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
        let place = || Place::new(Purpose::Revoke, self.request.endpoint.to_string());
        let held = Held::default();
        let scrub = || Scrub::new(&self.secrets, &held, &self.request).and(Some(self.token.expose()));
        let reply = match result {
            Ok(reply) => reply,
            Err(error) => return Err(unanswered(place(), error, &scrub())),
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
mod tests;
