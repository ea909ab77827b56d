//! reqsign: signs the heads of requests, here with the access token of a user of Google's.

use std::mem;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, Uri};
use reqsign_core::{Context, Error, HttpSend, ProvideCredential, Signer};
use reqsign_google::{Credential, RequestSigner, StaticCredentialProvider};

use super::{Exchange, Peer, Transport};
use crate::Result;
use crate::cases::{CLIENT_ID, CLIENT_SECRET, refresh_token};

/// reqsign's signer, and its provider alone.
pub(super) struct Reqsign {
    signer: Signer<Credential>,
    url: Uri,
    provider: StaticCredentialProvider,
    context: Context,
    transport: Transport,
}

impl Reqsign {
    /// A signer that holds nothing yet.
    pub(super) fn new(transport: Transport) -> Self {
        let user = serde_json::json!({
            "type": "authorized_user", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET,
            "refresh_token": refresh_token(),
        });
        let provider = StaticCredentialProvider::new(user.to_string());
        let context = Context::new().with_http_send(Http(transport.clone()));
        let signer = Signer::new(context.clone(), provider.clone(), RequestSigner::new("storage"));
        Self { signer, url: Uri::from_static("https://api.example/"), provider, context, transport }
    }
}

impl Peer for Reqsign {
    async fn authorize(&self, headers: &mut HeaderMap) -> Result<()> {
        let (mut head, ()) = Request::new(()).into_parts();
        head.uri = self.url.clone();
        mem::swap(&mut head.headers, headers);
        self.signer.sign(&mut head, None).await?;
        mem::swap(&mut head.headers, headers);
        Ok(())
    }
}

/// It reads the user's JSON each time.
impl Exchange for Reqsign {
    async fn exchange(&self) -> Result<()> {
        core::hint::black_box(self.provider.provide_credential(&self.context).await?.ok_or("no credential")?);
        Ok(())
    }

    fn transport(&self) -> &Transport {
        &self.transport
    }
}

#[derive(Debug)]
struct Http(Transport);

impl HttpSend for Http {
    async fn http_send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Error> {
        self.0.send(request).await.map_err(|error| Error::unexpected("the server cannot be reached").with_source(error))
    }
}
