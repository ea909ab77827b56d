//! The body of an API call.

use core::fmt;

use bytes::Bytes;

/// Bytes that can be sent again: what `send` takes as a body.
///
/// To stream a body, use `authorize` and an HTTP client of your own.
#[derive(Clone, Default)]
pub struct Payload(Bytes);

impl Payload {
    /// The bytes.
    pub fn bytes(&self) -> &Bytes {
        &self.0
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Payload({} bytes)", self.0.len())
    }
}

impl From<()> for Payload {
    fn from((): ()) -> Self {
        Self::default()
    }
}

macro_rules! payload_from {
    ($($from:ty),*) => {$(
        impl From<$from> for Payload {
            fn from(body: $from) -> Self {
                Self(body.into())
            }
        }
    )*};
}

payload_from!(Bytes, Vec<u8>, String, &'static str, &'static [u8]);
