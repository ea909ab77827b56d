//! What makes a token another token.

use core::fmt;
use std::sync::Arc;

use hmac_sha256::Hash;

use crate::http::Endpoint;

/// Everything that decides which token a server gives: dialect, full token URL, ids, audience, scope set, resource,
/// extra parameters and headers. Two logins with equal keys may share a token, others never. Cheap to clone.
///
/// `Debug` shows the dialect and the names only: ids and headers are nobody's business.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(Arc<Parts>);

#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Parts {
    dialect: String,
    named: Vec<(String, String)>,
}

impl Key {
    /// The key of a login at `endpoint`.
    pub fn new(dialect: impl Into<String>, endpoint: &Endpoint) -> Self {
        Self(Arc::new(Parts { dialect: dialect.into(), named: vec![("url".into(), endpoint.to_url())] }))
    }

    /// The same with one more part. The order of parts does not matter.
    #[must_use = "the key is handed back, not changed in place"]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let part = (name.into(), value.into());
        let named = &mut Arc::make_mut(&mut self.0).named;
        let place = named.partition_point(|known| *known < part);
        named.insert(place, part);
        self
    }

    /// The same with a part that may be absent.
    #[must_use = "the key is handed back, not changed in place"]
    pub fn with_option(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// The same with a scope, taken as a set (RFC 6749 section 3.3): order and repetition do not matter.
    #[must_use = "the key is handed back, not changed in place"]
    pub fn with_scope(self, scope: Option<&str>) -> Self {
        let mut names: Vec<_> = scope.unwrap_or_default().split_ascii_whitespace().collect();
        names.sort_unstable();
        names.dedup();
        if names.is_empty() { self } else { self.with("scope", names.join(" ")) }
    }

    /// The dialect's name.
    pub fn dialect(&self) -> &str {
        &self.0.dialect
    }

    /// SHA-256 over all parts: a name for a store to use, which shows none of them. Stable between versions, and different
    /// for different keys.
    pub fn digest(&self) -> [u8; 32] {
        let mut hash = Hash::new();
        let mut part = |text: &str| {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        };
        part(&self.0.dialect);
        for (name, value) in &self.0.named {
            part(name);
            part(value);
        }
        hash.finalize()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.0.named.iter().map(|(name, _)| name.as_str()).collect();
        write!(f, "Key({} {names:?})", self.0.dialect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [u8; 4] = [0x99, 0x6e, 0x26, 0x38];
    const KNOWN_WITH_PARTS: [u8; 4] = [0x85, 0x6c, 0xb4, 0x00];

    fn key() -> Key {
        Key::new("basic-form", &Endpoint::parse("https://auth.example/token").expect("a URL"))
    }

    #[test]
    fn it_says_whose_it_is() {
        assert_eq!(key().dialect(), "basic-form");
    }

    #[test]
    fn a_scope_is_a_set_and_parts_have_no_order() {
        assert_eq!(key().with_scope(Some("b a  b")), key().with_scope(Some("a b")));
        assert_ne!(key().with_scope(Some("a")), key().with_scope(Some("a b")));
        assert_eq!(key().with_scope(Some("")), key().with_scope(None));
        assert_eq!(key().with("x", "1").with("y", "2"), key().with("y", "2").with("x", "1"));
        assert_ne!(key().with("x", "1"), key().with("x", "2"));
    }

    #[test]
    fn a_digest_tells_keys_apart_and_stays_what_it_is() {
        assert_eq!(key().with("x", "1").with("y", "2").digest(), key().with("y", "2").with("x", "1").digest());
        assert_ne!(key().with("x", "1y").digest(), key().with("x1", "y").digest(), "parts do not run together");
        assert_ne!(
            key().digest(),
            Key::new("auth0-json", &Endpoint::parse("https://auth.example/token").expect("a URL")).digest()
        );
        assert_eq!(key().digest()[..4], KNOWN, "records of earlier versions are found by it");
        assert_eq!(key().with("y", "2").with("a", "1").digest()[..4], KNOWN_WITH_PARTS);
    }

    #[test]
    fn debug_shows_no_value() {
        let printed = format!("{:?}", key().with("header x-api-key", "canary-7"));
        assert!(!printed.contains("canary-7"), "{printed}");
    }
}
