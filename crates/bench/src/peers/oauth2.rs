//! oauth2: one exchange; it keeps no token.

use core::pin::Pin;

use http::{HeaderMap, header};
use oauth2::basic::BasicClient;
use oauth2::{
    AsyncHttpClient, ClientId, ClientSecret, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, Scope,
    TokenResponse, TokenUrl,
};

use super::{Exchange, Peer, Transport, bearer};
use crate::Result;
use crate::cases::{CLIENT_ID, CLIENT_SECRET};

/// oauth2's client.
pub(super) struct OAuth2 {
    client: BasicClient<EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>,
    http: Http,
}

impl OAuth2 {
    /// A client; every token is an exchange.
    pub(super) fn new(transport: Transport) -> Result<Self> {
        let client = BasicClient::new(ClientId::new(CLIENT_ID.into()))
            .set_client_secret(ClientSecret::new(CLIENT_SECRET.into()))
            .set_token_uri(TokenUrl::new("https://auth.example.com/oauth/token".into())?);
        Ok(Self { client, http: Http(transport) })
    }

    async fn token(&self) -> Result<impl TokenResponse> {
        let request = self.client.exchange_client_credentials().add_scope(Scope::new("read write".into()));
        Ok(request.request_async(&self.http).await?)
    }
}

impl Peer for OAuth2 {
    const KEEPS_NONE: Option<&'static str> = Some("it keeps no token: every call is an exchange");

    async fn authorize(&self, headers: &mut HeaderMap) -> Result<()> {
        headers.insert(header::AUTHORIZATION, bearer(self.token().await?.access_token().secret())?);
        Ok(())
    }
}

impl Exchange for OAuth2 {
    async fn exchange(&self) -> Result<()> {
        core::hint::black_box(self.token().await?);
        Ok(())
    }

    fn transport(&self) -> &Transport {
        &self.http.0
    }

    fn prepare(&self) -> Result<()> {
        core::hint::black_box(self.transport().at_hand().map(|reply| reply.map(Vec::from)));
        Ok(())
    }
}

/// What its feature `reqwest` does, over the same version as everybody here.
struct Http(Transport);

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = reqwest::Error;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, reqwest::Error>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move { Ok(self.0.send(request).await?.map(Vec::from)) })
    }
}
