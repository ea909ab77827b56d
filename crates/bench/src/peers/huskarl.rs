//! huskarl: a token cache over the client credentials grant.

use bytes::Bytes;
use http::{HeaderMap, Request, header};
use huskarl::cache::{GrantTokenSource, InMemoryRefreshTokenStore, InMemoryTokenCache, TokenCache};
use huskarl::core::client_auth::ClientSecret;
use huskarl::core::http::{HttpClient, HttpResponse, Idempotency};
use huskarl::core::platform::MaybeSendBoxFuture;
use huskarl::core::secrets::{ProvidedSecret, SecretString};
use huskarl::core::{Error, RetryAdvice};
use huskarl::grant::client_credentials::{ClientCredentialsGrant, ClientCredentialsGrantParameters};
use huskarl::grant::core::OAuth2ExchangeGrant;

use super::{Exchange, Peer, Transport, bearer};
use crate::Result;
use crate::cases::{CLIENT_ID, CLIENT_SECRET};

/// huskarl's cache, and the grant alone.
pub(super) struct Huskarl {
    cache: Box<dyn TokenCache>,
    grant: ClientCredentialsGrant,
    transport: Transport,
}

impl Huskarl {
    /// A cache that holds nothing yet.
    pub(super) fn new(transport: Transport) -> Result<Self> {
        let source = GrantTokenSource::builder()
            .grant(grant(transport.clone())?)
            .grant_parameters(parameters())
            .refresh_store(InMemoryRefreshTokenStore::default())
            .build();
        let cache = Box::new(InMemoryTokenCache::builder().source(source).build());
        Ok(Self { cache, grant: grant(transport.clone())?, transport })
    }
}

fn grant(transport: Transport) -> Result<ClientCredentialsGrant> {
    let grant = ClientCredentialsGrant::builder()
        .client_id(CLIENT_ID)
        .client_auth(ClientSecret::new(ProvidedSecret::new(SecretString::new(CLIENT_SECRET))))
        .http_client(Http(transport))
        .token_endpoint("https://auth.example.com/oauth/token".parse()?);
    Ok(grant.build())
}

fn parameters() -> ClientCredentialsGrantParameters {
    ClientCredentialsGrantParameters::builder().scope(vec!["read".into(), "write".into()]).build()
}

impl Peer for Huskarl {
    async fn authorize(&self, headers: &mut HeaderMap) -> Result<()> {
        let token = self.cache.token().await?;
        headers.insert(header::AUTHORIZATION, bearer(token.access_token().token().expose_secret())?);
        Ok(())
    }
}

impl Exchange for Huskarl {
    async fn exchange(&self) -> Result<()> {
        core::hint::black_box(self.grant.exchange(parameters()).await?);
        Ok(())
    }

    fn transport(&self) -> &Transport {
        &self.transport
    }
}

/// What huskarl-reqwest does.
struct Http(Transport);

impl HttpClient for Http {
    fn execute(&self, request: Request<Bytes>, _: Idempotency) -> MaybeSendBoxFuture<'_, Result<HttpResponse, Error>> {
        Box::pin(async move {
            let reply = self.0.send(request).await;
            let (head, body) =
                reply.map_err(|error| Error::new(RetryAdvice::Retry { after: None }, error))?.into_parts();
            Ok(HttpResponse { status: head.status, headers: head.headers, body })
        })
    }
}
