//! What no one can do without: an exchange, prepared by hand.

use core::hint::black_box;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Uri, header};

use super::{Exchange, Transport};
use crate::Result;
use crate::cases::{CLIENT_ID, CLIENT_SECRET};

/// All of a request but its map of headers, made ahead.
pub(super) struct ByHand {
    url: Uri,
    authorization: HeaderValue,
    form: Bytes,
    transport: Transport,
}

#[derive(serde::Deserialize)]
struct Granted<'a> {
    access_token: &'a str,
    token_type: &'a str,
    expires_in: u64,
}

impl ByHand {
    /// As the core's basic form.
    pub(super) fn new(transport: Transport) -> Result<Self> {
        let credentials = BASE64_STANDARD.encode(format!("{CLIENT_ID}:{CLIENT_SECRET}"));
        Ok(Self {
            url: "https://auth.example.com/oauth/token".parse()?,
            authorization: format!("Basic {credentials}").try_into()?,
            form: Bytes::from_static(b"grant_type=client_credentials&scope=read%20write"),
            transport,
        })
    }
}

impl Exchange for ByHand {
    async fn exchange(&self) -> Result<()> {
        let mut request = Request::new(self.form.clone());
        (*request.method_mut(), *request.uri_mut()) = (Method::POST, self.url.clone());
        let headers = request.headers_mut();
        headers.insert(header::AUTHORIZATION, self.authorization.clone());
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        let reply = self.transport.send(request).await?;
        let granted: Granted<'_> = serde_json::from_slice(reply.body())?;
        if !reply.status().is_success() || !granted.token_type.eq_ignore_ascii_case("bearer") {
            return Err("not the token that was asked for".into());
        }
        let authorization = HeaderValue::try_from(format!("Bearer {}", granted.access_token))?;
        black_box((authorization, granted.expires_in));
        Ok(())
    }

    fn transport(&self) -> &Transport {
        &self.transport
    }
}
