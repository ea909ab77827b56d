//! The body of an API's response.

use core::fmt;
use std::io::{self, Read};

/// A body that is read as it arrives. Nothing is decoded, since hallpass asks for no compression.
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
            return Err(io::Error::other(format!("the response is longer than {limit} bytes")));
        }
        Ok(bytes)
    }

    /// Reads all of it as UTF-8; an error if it is longer than `limit` bytes.
    pub fn text(&mut self, limit: usize) -> io::Result<String> {
        String::from_utf8(self.bytes(limit)?).map_err(|_| io::Error::other("the response is not UTF-8"))
    }
}

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|error| match error.get_ref().and_then(|inner| inner.downcast_ref()) {
            Some(ureq::Error::Timeout(_)) => {
                io::Error::new(io::ErrorKind::TimedOut, "the time for the whole exchange is over")
            }
            _ => io::Error::other("the response broke off"),
        })
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Body(unread)")
    }
}
