//! Where the requests of all peers go.

use bytes::Bytes;
use http::{Request, Response, Uri};

use crate::{Result, cases};

/// Carries a peer's requests, whatever URL they are for: some know no server but their vendor's.
#[derive(Debug, Clone)]
pub enum Transport {
    /// To the server at this URL, over connections that stay open.
    Network(reqwest::Client, Uri),
    /// Nowhere: this reply is there at once.
    Memory(Response<Bytes>),
}

impl Transport {
    /// To the server at this URL.
    pub fn network(url: &str) -> Result<Self> {
        let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        let tls = tls.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth();
        let client = reqwest::Client::builder().tls_backend_preconfigured(tls);
        Ok(Self::Network(client.redirect(reqwest::redirect::Policy::none()).build()?, url.parse()?))
    }

    /// The reply that the core's cases have.
    pub fn memory() -> Self {
        let mut reply = Response::new(cases::granted(&cases::opaque()).into());
        *reply.headers_mut() = cases::headers();
        Self::Memory(reply)
    }

    /// Sends it, and reads the reply whole.
    pub async fn send(&self, request: Request<impl Into<Bytes>>) -> Result<Response<Bytes>, reqwest::Error> {
        match self {
            Self::Network(client, url) => {
                let mut request = request.map(Into::into);
                *request.uri_mut() = url.clone();
                let reply = client.execute(request.try_into()?).await?;
                let (status, headers) = (reply.status(), reply.headers().clone());
                let mut out = Response::new(reply.bytes().await?);
                (*out.status_mut(), *out.headers_mut()) = (status, headers);
                Ok(out)
            }
            Self::Memory(reply) => {
                core::hint::black_box(request);
                Ok(reply.clone())
            }
        }
    }

    /// The reply, if nothing need be sent for it.
    pub fn at_hand(&self) -> Option<Response<Bytes>> {
        match self {
            Self::Network(..) => None,
            Self::Memory(reply) => Some(reply.clone()),
        }
    }
}
