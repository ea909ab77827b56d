//! oauth2: one exchange; it keeps no token.

use core::pin::Pin;

use http::{HeaderMap, header};
use oauth2::basic::BasicClient;
use oauth2::{
    AsyncHttpClient, ClientId, ClientSecret, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, TokenResponse,
    TokenUrl,
};

use super::{Peer, bearer, http_client};
use crate::Result;
use crate::cases::{CLIENT_ID, CLIENT_SECRET};

/// oauth2's client.
pub struct OAuth2 {
    client: BasicClient<EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>,
    http: Http,
}

impl OAuth2 {
    /// A client; every token is an exchange.
    pub fn new(url: &str) -> Result<Self> {
        let client = BasicClient::new(ClientId::new(CLIENT_ID.into()))
            .set_client_secret(ClientSecret::new(CLIENT_SECRET.into()))
            .set_token_uri(TokenUrl::new(url.into())?);
        Ok(Self { client, http: Http(http_client()?) })
    }
}

impl OAuth2 {
    /// One exchange without a network: the request is built, and this reply is read.
    pub fn exchange(&self, reply: &HttpResponse) -> Result<()> {
        let http = |request: HttpRequest| {
            core::hint::black_box(request);
            Ok::<_, core::convert::Infallible>(reply.clone())
        };
        core::hint::black_box(self.client.exchange_client_credentials().request(&http)?);
        Ok(())
    }
}

impl Peer for OAuth2 {
    async fn authorize(&self, headers: &mut HeaderMap) -> Result<()> {
        let token = self.client.exchange_client_credentials().request_async(&self.http).await?;
        headers.insert(header::AUTHORIZATION, bearer(token.access_token().secret())?);
        Ok(())
    }
}

/// What its feature `reqwest` does, over the same version as everybody here.
struct Http(reqwest::Client);

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = reqwest::Error;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, reqwest::Error>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let response = self.0.execute(request.try_into()?).await?;
            let (status, headers) = (response.status(), response.headers().clone());
            let mut out = http::Response::new(response.bytes().await?.to_vec());
            (*out.status_mut(), *out.headers_mut()) = (status, headers);
            Ok(out)
        })
    }
}
