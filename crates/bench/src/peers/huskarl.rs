//! huskarl: a token cache over the client credentials grant.

use http::{HeaderMap, Request, header};
use huskarl::cache::{GrantTokenSource, InMemoryRefreshTokenStore, InMemoryTokenCache, TokenCache};
use huskarl::core::client_auth::ClientSecret;
use huskarl::core::http::{HttpClient, HttpResponse, Idempotency};
use huskarl::core::platform::MaybeSendBoxFuture;
use huskarl::core::secrets::{ProvidedSecret, SecretString};
use huskarl::core::{Error, RetryAdvice};
use huskarl::grant::client_credentials::{ClientCredentialsGrant, ClientCredentialsGrantParameters};

use super::{Peer, bearer, http_client};
use crate::Result;
use crate::cases::{CLIENT_ID, CLIENT_SECRET};

/// huskarl's cache.
pub struct Huskarl(Box<dyn TokenCache>);

impl Huskarl {
    /// A cache that holds nothing yet.
    pub fn new(url: &str) -> Result<Self> {
        let grant = ClientCredentialsGrant::builder()
            .client_id(CLIENT_ID)
            .client_auth(ClientSecret::new(ProvidedSecret::new(SecretString::new(CLIENT_SECRET))))
            .http_client(Http(http_client()?))
            .token_endpoint(url.parse()?)
            .build();
        let source = GrantTokenSource::builder()
            .grant(grant)
            .grant_parameters(ClientCredentialsGrantParameters::builder().build())
            .refresh_store(InMemoryRefreshTokenStore::default())
            .build();
        Ok(Self(Box::new(InMemoryTokenCache::builder().source(source).build())))
    }
}

impl Peer for Huskarl {
    async fn authorize(&self, headers: &mut HeaderMap) -> Result<()> {
        let token = self.0.token().await?;
        headers.insert(header::AUTHORIZATION, bearer(token.access_token().token().expose_secret())?);
        Ok(())
    }
}

/// What huskarl-reqwest does.
struct Http(reqwest::Client);

impl HttpClient for Http {
    fn execute(
        &self,
        request: Request<bytes::Bytes>,
        _: Idempotency,
    ) -> MaybeSendBoxFuture<'_, Result<HttpResponse, Error>> {
        Box::pin(async move {
            let failed = |error: reqwest::Error| Error::new(RetryAdvice::Retry { after: None }, error);
            let request = reqwest::Request::try_from(request).map_err(failed)?;
            let response = self.0.execute(request).await.map_err(failed)?;
            let (status, headers) = (response.status(), response.headers().clone());
            Ok(HttpResponse { status, headers, body: response.bytes().await.map_err(failed)? })
        })
    }
}
