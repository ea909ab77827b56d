//! tame-oauth: a token cache without I/O; the caller sends what it says.

use http::{HeaderMap, header};
use tame_oauth::gcp::{
    EndUserCredentials, EndUserCredentialsInfo, ServiceAccountInfo, ServiceAccountProvider, Token, TokenOrRequest,
    TokenProvider,
};

use super::{Exchange, Peer, Transport, bearer, service_account};
use crate::Result;
use crate::cases::{CLIENT_ID, CLIENT_SECRET, refresh_token};

const SCOPES: [&str; 1] = ["read"];

/// A service account's provider.
pub(super) struct Tame {
    provider: ServiceAccountProvider,
    transport: Transport,
}

impl Tame {
    /// A provider that holds nothing yet.
    pub(super) fn new(transport: Transport) -> Result<Self> {
        let (private_key, client_email) = (service_account::key()?, "bench@example.com".into());
        let info = ServiceAccountInfo { private_key, client_email, token_uri: "https://auth.example/token".into() };
        Ok(Self { provider: ServiceAccountProvider::new(info)?, transport })
    }
}

impl Peer for Tame {
    async fn authorize(&self, headers: &mut HeaderMap) -> Result<()> {
        let token = token(&self.provider, &self.transport).await?;
        headers.insert(header::AUTHORIZATION, bearer(&token.access_token)?);
        Ok(())
    }
}

/// A user's refresh token: no signature is in the way.
pub(super) struct TameUser {
    provider: EndUserCredentials,
    transport: Transport,
}

impl TameUser {
    /// A provider whose cache is passed by.
    pub(super) fn new(transport: Transport) -> Self {
        let provider = EndUserCredentials::new(EndUserCredentialsInfo {
            client_id: CLIENT_ID.into(),
            client_secret: CLIENT_SECRET.into(),
            refresh_token: refresh_token(),
            client_type: "authorized_user".into(),
        });
        Self { provider, transport }
    }
}

impl Exchange for TameUser {
    async fn exchange(&self) -> Result<()> {
        core::hint::black_box(token(self.provider.inner(), &self.transport).await?);
        Ok(())
    }

    fn transport(&self) -> &Transport {
        &self.transport
    }
}

async fn token(provider: &impl TokenProvider, transport: &Transport) -> Result<Token> {
    match provider.get_token(&SCOPES)? {
        TokenOrRequest::Token(token) => Ok(token),
        TokenOrRequest::Request { request, scope_hash, .. } => {
            let reply = transport.send(request).await?;
            Ok(provider.parse_token_response(scope_hash, reply)?)
        }
    }
}
