//! Names are resolved as reqwest does it, but not with a panic where no thread can be had for that.

use std::io;
use std::net::ToSocketAddrs;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::off::off;

/// The system's lookup.
pub(crate) struct Lookup;

impl Resolve for Lookup {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = off(move || (name.as_str(), 0).to_socket_addrs()).await;
            let found = found.unwrap_or_else(|| Err(io::ErrorKind::Interrupted.into()))?;
            Ok(Box::new(found) as Addrs)
        })
    }
}
