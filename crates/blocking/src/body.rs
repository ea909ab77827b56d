//! The body of an API's response.

use core::fmt;
use std::io::{self, Read};

use hallpass_client::failure;

/// A body that is read as it arrives. Nothing is decoded, since hallpass asks for no compression; but see the
/// [crate's documentation](crate) on ureq's feature `gzip`.
pub struct Body(ureq::BodyReader<'static>);

impl Body {
    pub(crate) fn new(body: ureq::Body) -> Self {
        Self(body.into_with_config().limit(u64::MAX).reader())
    }

    /// Reads all of it; an error if it is longer than `limit` bytes.
    pub fn bytes(&mut self, limit: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
        self.by_ref().take(most).read_to_end(&mut bytes)?;
        if bytes.len() > limit {
            return Err(failure::too_long(limit));
        }
        Ok(bytes)
    }

    /// Reads all of it as UTF-8; an error if it is longer than `limit` bytes.
    pub fn text(&mut self, limit: usize) -> io::Result<String> {
        String::from_utf8(self.bytes(limit)?).map_err(|_| failure::not_text())
    }
}

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|error| {
            let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
            failure::no_end(matches!(inner, Some(ureq::Error::Timeout(_))))
        })
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Body(unread)")
    }
}
