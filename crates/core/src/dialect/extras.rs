//! What a profile adds to every request of a login: parameters and headers, never twice and never over our own.

use http::{HeaderName, HeaderValue, header};

use super::Key;
use crate::error::Misuse;
use crate::http::{OF_THE_LIBRARY, Request};

/// Headers added to each request of a login.
#[derive(Debug, Clone, Default)]
pub(crate) struct ExtraHeaders(Vec<(HeaderName, HeaderValue)>);

impl ExtraHeaders {
    pub(crate) fn add(&mut self, name: &str, value: &str) -> Result<(), Misuse> {
        let misuse = |why: &str| Misuse::Value { what: format!("header {}", name.escape_debug()), why: why.into() };
        let name = HeaderName::try_from(name).map_err(|_| misuse("this is no header name"))?;
        if name == header::AUTHORIZATION
            || OF_THE_LIBRARY.contains(&name)
            || self.0.iter().any(|(known, _)| *known == name)
        {
            return Err(misuse("it is set already: leave it out"));
        }
        let mut value =
            HeaderValue::try_from(value).map_err(|_| misuse("its value has characters that no header may have"))?;
        value.set_sensitive(true);
        self.0.push((name, value));
        Ok(())
    }

    pub(crate) fn apply(&self, request: Request) -> Request {
        self.0.iter().fold(request, |request, (name, value)| request.header(name.clone(), value.clone()))
    }

    pub(super) fn key(&self, key: Key) -> Key {
        self.0.iter().fold(key, |key, (name, value)| {
            key.with(format!("header {name}"), String::from_utf8_lossy(value.as_bytes()))
        })
    }
}

/// Refuses a parameter that the dialect sends itself or that was added before (RFC 6749 section 3.2: none twice).
pub(super) fn free<'a>(name: &str, ours: &[&str], mut known: impl Iterator<Item = &'a str>) -> Result<(), Misuse> {
    if ours.contains(&name) || known.any(|known| known == name) {
        let why = "it is set already, and no parameter may be sent twice: use the setting of that name or leave it out";
        return Err(Misuse::Value { what: format!("extra parameter {}", name.escape_debug()), why: why.into() });
    }
    Ok(())
}
