//! The line before a record, and the checksum in it.

use hallpass_core::dialect::Key;
use hallpass_core::lifecycle::Record;
use hmac_sha256::Hash;
use zeroize::Zeroizing;

use super::{Seal, VERSION, body};
use crate::hex;

/// Why bytes are not a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Torn, changed, another key's, or never a record: to be put aside, and counted as nothing.
    #[error("it is torn, or was not written by hallpass")]
    Damaged,
    /// Whole, but none of the keys opens it. Counting it as nothing would spend a token that is there.
    #[error("it is sealed with another key: add the key that it was sealed with to the list of keys")]
    Sealed,
}

/// `record` as bytes, sealed if there is a key.
///
/// ```
/// use hallpass_core::Endpoint;
/// use hallpass_core::dialect::{Held, Key};
/// use hallpass_core::lifecycle::{Record, Revision};
/// use hallpass_store::record::{decode, encode, Unreadable};
///
/// let key = Key::new("basic-form", &Endpoint::parse("https://auth.example/token")?);
/// let record = Record::new(Revision(7), Held::default());
/// let bytes = encode(&record, &key, None);
/// assert_eq!(decode(&bytes, &key, None), Ok(record));
/// assert_eq!(decode(&bytes[..bytes.len() - 1], &key, None), Err(Unreadable::Damaged));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn encode(record: &Record, key: &Key, seal: Option<&Seal>) -> Zeroizing<Vec<u8>> {
    let json = body::write(record);
    let (kind, content) = close(json, key, seal);
    let mut bytes = Zeroizing::new(Vec::with_capacity(128 + content.len()));
    bytes.extend_from_slice(head(kind, &content, key).as_bytes());
    bytes.extend_from_slice(&content);
    bytes
}

/// The record in `bytes`, which were written for `key`. A record that is not sealed is read with or without a key, so that
/// sealing can begin at any time.
pub fn decode(bytes: &[u8], key: &Key, seal: Option<&Seal>) -> Result<Record, Unreadable> {
    let line = bytes.iter().position(|byte| *byte == b'\n').ok_or(Unreadable::Damaged)? + 1;
    let (line, content) = bytes.split_at(line);
    let kind = [PLAIN, SEALED].into_iter().find(|kind| head(kind, content, key).as_bytes() == line);
    match kind.ok_or(Unreadable::Damaged)? {
        PLAIN => body::read(content).ok_or(Unreadable::Damaged),
        _ => body::read(&open(content, key, seal)?).ok_or(Unreadable::Damaged),
    }
}

const PLAIN: &str = "plain";
const SEALED: &str = "sealed";

/// The sum covers the key too: a record that lies in another's place is no record there.
fn head(kind: &str, content: &[u8], key: &Key) -> String {
    let mut hash = Hash::new();
    hash.update(key.digest());
    hash.update(kind);
    hash.update(content);
    format!("hallpass {VERSION} {kind} {}\n", hex(&hash.finalize()))
}

fn close(json: Zeroizing<Vec<u8>>, key: &Key, seal: Option<&Seal>) -> (&'static str, Zeroizing<Vec<u8>>) {
    match seal {
        Some(seal) => (SEALED, seal.close(json, &key.digest())),
        None => (PLAIN, json),
    }
}

fn open(content: &[u8], key: &Key, seal: Option<&Seal>) -> Result<Zeroizing<Vec<u8>>, Unreadable> {
    seal.and_then(|seal| seal.open(content, &key.digest())).ok_or(Unreadable::Sealed)
}
