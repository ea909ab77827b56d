//! tame-oauth: a token cache without I/O; the caller sends what it says.

use http::{HeaderMap, header};
use tame_oauth::gcp::{ServiceAccountInfo, ServiceAccountProvider, TokenOrRequest, TokenProvider};

use super::{Peer, bearer, http_client, service_account};
use crate::Result;

const SCOPES: [&str; 1] = ["read"];

/// tame-oauth's provider, with reqwest.
pub struct Tame {
    provider: ServiceAccountProvider,
    http: reqwest::Client,
}

impl Tame {
    /// A provider that holds nothing yet.
    pub fn new(url: &str) -> Result<Self> {
        let (private_key, client_email) = (service_account::key()?, "bench@example.com".into());
        let info = ServiceAccountInfo { private_key, client_email, token_uri: url.into() };
        Ok(Self { provider: ServiceAccountProvider::new(info)?, http: http_client()? })
    }
}

impl Peer for Tame {
    async fn authorize(&self, headers: &mut HeaderMap) -> Result<()> {
        let token = match self.provider.get_token(&SCOPES)? {
            TokenOrRequest::Token(token) => token,
            TokenOrRequest::Request { request, scope_hash, .. } => {
                let response = self.http.execute(request.try_into()?).await?;
                let status = response.status();
                let mut reply = http::Response::new(response.bytes().await?);
                *reply.status_mut() = status;
                self.provider.parse_token_response(scope_hash, reply)?
            }
        };
        headers.insert(header::AUTHORIZATION, bearer(&token.access_token)?);
        Ok(())
    }
}
