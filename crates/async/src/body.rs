//! The body of an API's response.

use core::fmt;
use std::io;

use bytes::Bytes;
use hallpass_client::failure;

/// A body that is read as it arrives. Nothing is decoded, since hallpass asks for no compression.
pub struct Body(reqwest::Response);

impl Body {
    /// Keeps the response for its body only; its head is handed out beside it.
    pub(crate) fn split(mut response: reqwest::Response) -> http::Response<Self> {
        let mut head = http::Response::new(());
        *head.status_mut() = response.status();
        *head.version_mut() = response.version();
        core::mem::swap(head.headers_mut(), response.headers_mut());
        head.map(|()| Self(response))
    }

    /// The next piece; `None` at the end.
    pub async fn chunk(&mut self) -> io::Result<Option<Bytes>> {
        self.0.chunk().await.map_err(|error| failure::no_end(error.is_timeout()))
    }

    /// Reads all of it; an error if it is longer than `limit` bytes.
    pub async fn bytes(&mut self, limit: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            if bytes.len() + chunk.len() > limit {
                return Err(failure::too_long(limit));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    /// Reads all of it as UTF-8; an error if it is longer than `limit` bytes.
    pub async fn text(&mut self, limit: usize) -> io::Result<String> {
        String::from_utf8(self.bytes(limit).await?).map_err(|_| failure::not_text())
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Body(unread)")
    }
}
