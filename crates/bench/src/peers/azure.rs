//! `azure_identity`: a client secret's credential.

use std::sync::Arc;

use azure_core::cloud::{CloudConfiguration, CustomConfiguration};
use azure_core::credentials::{Secret, TokenCredential};
use azure_core::http::headers::Headers;
use azure_core::http::{AsyncRawResponse, ClientOptions, HttpClient, Request, StatusCode, Transport};
use azure_identity::{ClientSecretCredential, ClientSecretCredentialOptions};
use http::{HeaderMap, header};

use super::{Peer, bearer, http_client};
use crate::Result;
use crate::cases::{CLIENT_ID, CLIENT_SECRET};

/// Azure's credential.
pub struct Azure(Arc<ClientSecretCredential>);

impl Azure {
    /// A credential that holds nothing yet. It insists on https, so its transport is told where to go instead.
    pub fn new(url: &str) -> Result<Self> {
        let mut cloud = CustomConfiguration::default();
        cloud.authority_host = "https://auth.example".into();
        let http = Http { client: http_client()?, url: url.into() };
        let client_options = ClientOptions {
            transport: Some(Transport::new(Arc::new(http))),
            cloud: Some(Arc::new(CloudConfiguration::Custom(cloud))),
            ..ClientOptions::default()
        };
        let options = ClientSecretCredentialOptions { client_options };
        let (tenant, secret) = ("11111111-1111-1111-1111-111111111111", Secret::new(CLIENT_SECRET));
        Ok(Self(ClientSecretCredential::new(tenant, CLIENT_ID.into(), secret, Some(options))?))
    }
}

impl Peer for Azure {
    async fn authorize(&self, headers: &mut HeaderMap) -> Result<()> {
        let token = self.0.get_token(&["read"], None).await?;
        headers.insert(header::AUTHORIZATION, bearer(token.token.secret())?);
        Ok(())
    }
}

#[derive(Debug)]
struct Http {
    client: reqwest::Client,
    url: String,
}

#[async_trait::async_trait]
impl HttpClient for Http {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let failed = |error: reqwest::Error| azure_core::Error::new(azure_core::error::ErrorKind::Io, error);
        let body = azure_core::Bytes::from(request.body());
        let request = self.client.post(&self.url).header("content-type", "application/x-www-form-urlencoded");
        let response = request.body(body).send().await.map_err(failed)?;
        let status = StatusCode::from(response.status().as_u16());
        Ok(AsyncRawResponse::from_bytes(status, Headers::new(), response.bytes().await.map_err(failed)?))
    }
}
