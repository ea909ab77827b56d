//! Revocation (RFC 7009): a token is made worthless at the server that gave it.

use core::time::Duration;

use crate::access_token::AccessToken;
use crate::dialect::{ClientAuth, ExtraHeaders, Held, Refusal, reading};
use crate::error::{Error, Misuse, Place, Retry, Unreachable};
use crate::http::{Endpoint, Reply, Request, SendError};
use crate::scrub::Scrub;
use crate::secret::{RefreshToken, Secrets};
use crate::wire::form;

/// What kind of token is revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A refresh token. The server should let the access tokens that it gave go with it (RFC 7009 section 2.1).
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

/// What came of a revocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revoked {
    /// The token is good for nothing any more; perhaps it was not before.
    Yes,
    /// This server cannot revoke tokens of that kind (`unsupported_token_type`): it stays good to its end.
    Unsupported,
}

/// Where tokens are revoked, and how the client proves itself there.
///
/// ```
/// use hallpass_core::dialect::ClientAuth;
/// use hallpass_core::revocation::{Kind, Revocation};
/// use hallpass_core::{Endpoint, RefreshToken, Secrets, secret};
///
/// let url = Endpoint::parse("https://auth.example.com/revoke")?;
/// let revocation = Revocation::new(url).client("my-client", ClientAuth::Body);
/// let secrets = Secrets::one(secret::CLIENT_SECRET, "s3cret");
/// let revoking = revocation.revoke(Kind::RefreshToken, RefreshToken::new("R1"), secrets)?;
/// assert_eq!(
///     revoking.request().body.expose(),
///     b"token=R1&token_type_hint=refresh_token&client_id=my-client&client_secret=s3cret"
/// );
/// // Whoever has sockets sends it now, and goes on with `revoking.replied(…)`.
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Revocation {
    endpoint: Endpoint,
    client: Option<(String, ClientAuth)>,
    headers: ExtraHeaders,
}

impl Revocation {
    /// Revokes at exactly this URL, without saying which client asks.
    pub fn new(url: Endpoint) -> Self {
        Self { endpoint: url, client: None, headers: ExtraHeaders::default() }
    }

    /// Names the client, and how it proves itself: as it does where it gets its tokens.
    #[must_use = "the revocation is handed back, not changed in place"]
    pub fn client(mut self, client_id: impl Into<String>, client_auth: ClientAuth) -> Self {
        self.client = Some((client_id.into(), client_auth));
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
        self.client.as_ref().and_then(|(_, auth)| auth.secret())
    }

    /// The revocation of one token, of either kind.
    pub fn revoke(&self, kind: Kind, token: impl Into<RefreshToken>, secrets: Secrets) -> Result<Revoking, Misuse> {
        let token = token.into();
        let mut form = vec![("token", token.expose()), ("token_type_hint", kind.name())];
        let header = match &self.client {
            Some((id, auth)) => auth.apply(id, &secrets, &mut form)?,
            None => None,
        };
        let request = Request::post(self.endpoint.clone(), form::CONTENT_TYPE, form::write(form));
        let request = match header {
            Some(value) => request.header(http::header::AUTHORIZATION, value),
            None => request,
        };
        Ok(Revoking { request: self.headers.apply(request), kind, token, secrets })
    }
}

impl From<&AccessToken> for RefreshToken {
    fn from(token: &AccessToken) -> Self {
        Self::new(token.expose())
    }
}

/// A revocation that waits to be sent.
#[must_use = "a token that nobody revokes stays good"]
pub struct Revoking {
    request: Request,
    kind: Kind,
    token: RefreshToken,
    secrets: Secrets,
}

impl Revoking {
    /// The request.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// Which kind of token it is for.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What came of it. A token that the server does not know counts as revoked (RFC 7009 section 2.2). After any error the
    /// token may still be good: revoking twice does no harm, so whoever can wait tries again.
    pub fn replied(self, result: Result<Reply, SendError>) -> Result<Revoked, Error> {
        let place = || Place { doing: "revoke", endpoint: self.request.endpoint.to_string() };
        let held = Held::default();
        let scrub = || Scrub::new(&self.secrets, &held, &self.request).and(Some(&self.token));
        let lost = |cause: &str, retry| {
            let cause = scrub().clean(cause).unwrap_or_else(|| "the transport failed".into());
            Box::new(Unreachable { place: place(), cause, status: None, code: None, text: None, retry })
        };
        let reply = match result {
            Ok(reply) => reply,
            Err(SendError::Untrusted(cause)) => return Err(lost(&cause, Retry::Never).into()),
            Err(SendError::NotSent(cause) | SendError::MaybeSent(cause)) => {
                return Err(lost(&cause, Retry::After(Duration::ZERO)).into());
            }
        };
        let refused = |refusal: Refusal| refusal.into_error(place(), None, &scrub().and_tokens_of(&reply));
        match reading::refused(&reply).map_err(refused) {
            Ok(()) => Ok(Revoked::Yes),
            Err(error) if error.code() == Some("unsupported_token_type") => Ok(Revoked::Unsupported),
            Err(error) => Err(error),
        }
    }
}
