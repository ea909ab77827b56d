//! `azure_identity`: a client secret's credential.

use std::sync::Arc;

use azure_core::cloud::{CloudConfiguration, CustomConfiguration};
use azure_core::credentials::{Secret, TokenCredential};
use azure_core::error::ErrorKind;
use azure_core::http::headers::Headers;
use azure_core::http::{self as azure_http, AsyncRawResponse, ClientOptions, HttpClient, StatusCode};
use azure_identity::{ClientSecretCredential, ClientSecretCredentialOptions};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, header};

use super::{Exchange, Peer, Transport, bearer};
use crate::Result;
use crate::cases::{CLIENT_ID, CLIENT_SECRET};

/// Azure's credential, and what a new one is made over.
pub(super) struct Azure {
    credential: Arc<ClientSecretCredential>,
    http: Arc<Http>,
}

impl Azure {
    /// A credential that holds nothing yet.
    pub(super) fn new(transport: Transport) -> Result<Self> {
        let http = Arc::new(Http(transport));
        Ok(Self { credential: credential(http.clone())?, http })
    }
}

fn credential(http: Arc<Http>) -> Result<Arc<ClientSecretCredential>> {
    let mut cloud = CustomConfiguration::default();
    cloud.authority_host = "https://auth.example".into();
    let client_options = ClientOptions {
        transport: Some(azure_http::Transport::new(http)),
        cloud: Some(Arc::new(CloudConfiguration::Custom(cloud))),
        ..ClientOptions::default()
    };
    let options = ClientSecretCredentialOptions { client_options };
    let (tenant, secret) = ("11111111-1111-1111-1111-111111111111", Secret::new(CLIENT_SECRET));
    Ok(ClientSecretCredential::new(tenant, CLIENT_ID.into(), secret, Some(options))?)
}

const SCOPES: [&str; 2] = ["read", "write"];

impl Peer for Azure {
    async fn authorize(&self, headers: &mut HeaderMap) -> Result<()> {
        let token = self.credential.get_token(&SCOPES, None).await?;
        headers.insert(header::AUTHORIZATION, bearer(token.token.secret())?);
        Ok(())
    }
}

/// A credential hands out the token that it has, and has no way to ask for another: each exchange has one of its own.
impl Exchange for Azure {
    async fn exchange(&self) -> Result<()> {
        core::hint::black_box(credential(self.http.clone())?.get_token(&SCOPES, None).await?);
        Ok(())
    }

    fn transport(&self) -> &Transport {
        &self.http.0
    }

    fn prepare(&self) -> Result<()> {
        core::hint::black_box((credential(self.http.clone())?, self.transport().at_hand()));
        Ok(())
    }
}

const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

#[derive(Debug)]
struct Http(Transport);

#[async_trait::async_trait]
impl HttpClient for Http {
    async fn execute_request(&self, request: &azure_http::Request) -> azure_core::Result<AsyncRawResponse> {
        core::hint::black_box(request);
        let reply = match self.0.at_hand() {
            // It is of another type, and would be made anew for nothing.
            Some(reply) => reply,
            None => self.send(Bytes::from(request.body())).await?,
        };
        let status = StatusCode::from(reply.status().as_u16());
        Ok(AsyncRawResponse::from_bytes(status, Headers::new(), reply.into_body()))
    }
}

impl Http {
    async fn send(&self, form: Bytes) -> azure_core::Result<Response<Bytes>> {
        let mut request = Request::new(form);
        *request.method_mut() = Method::POST;
        request.headers_mut().insert(header::CONTENT_TYPE, FORM);
        self.0.send(request).await.map_err(|error| azure_core::Error::new(ErrorKind::Io, error))
    }
}
