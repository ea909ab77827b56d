//! Any bytes for a record.

use hallpass_core::dialect::Key;
use hallpass_core::lifecycle::Record;
use hallpass_core::{Endpoint, RefreshToken, UserKey};
use hallpass_store::record::{Unreadable, VERSION, decode, encode};
use hallpass_testkit::canary::Canaries;

/// Reads the bytes as they are, and as the content under a line that is right: a checksum is not what stops a fuzzer.
pub fn records(data: &[u8]) {
    let key = Key::new("fuzz", &Endpoint::parse("https://auth.example/").expect("a URL"));
    if let Ok(record) = decode(data, &key, None) {
        kept(&record, &key);
    }
    for kind in ["plain", "sealed"] {
        let whole = whole(kind, data, &key);
        match decode(&whole, &key, None) {
            Ok(record) => {
                assert_eq!(kind, "plain", "nothing is read without its key");
                kept(&record, &key);
                torn(&whole, &key);
            }
            Err(Unreadable::Sealed) => assert_eq!(kind, "sealed"),
            Err(Unreadable::Damaged) => {}
        }
    }
}

/// The content under the line that a store would write.
fn whole(kind: &str, content: &[u8], key: &Key) -> Vec<u8> {
    let mut hash = hmac_sha256::Hash::new();
    hash.update(key.digest());
    hash.update(kind);
    hash.update(content);
    let digest = hash.finalize().iter().fold(String::new(), |digits, byte| format!("{digits}{byte:02x}"));
    [format!("hallpass {VERSION} {kind} {digest}\n").as_bytes(), content].concat()
}

/// What was read is written, and read again as the same.
fn kept(record: &Record, key: &Key) {
    let written = encode(record, key, None);
    assert_eq!(decode(&written, key, None).as_ref(), Ok(record));
    let held = &record.held;
    let secrets = [
        held.user_key.as_ref().map(UserKey::expose),
        held.refresh_token.as_ref().map(RefreshToken::expose),
        record.grant.as_ref().map(|grant| grant.access_token.expose()),
    ];
    // What whoever wrote the record says in the open is shown.
    let by = record.spending.as_ref().map(|mark| mark.by.as_str());
    let why = record.closed.as_ref().and_then(|closed| closed.why.as_deref());
    let is_open = |secret| by.into_iter().chain(why).any(|text| Canaries::new([secret]).seen_in(text).is_some());
    let planted = secrets.into_iter().flatten().filter(|secret| secret.contains("canary") && !is_open(secret));
    Canaries::new(planted).assert_unseen("a record", &format!("{record:?}"));
}

/// Invariant 15: neither a cut nor a changed byte is read.
fn torn(whole: &[u8], key: &Key) {
    let middle = whole.len() / 2;
    assert_eq!(decode(&whole[..middle], key, None), Err(Unreadable::Damaged));
    for at in [0, middle, whole.len() - 1] {
        let mut bent = whole.to_vec();
        bent[at] ^= 1;
        assert_eq!(decode(&bent, key, None), Err(Unreadable::Damaged), "byte {at}");
    }
}

#[cfg(test)]
mod tests {
    use hallpass_core::dialect::Held;
    use hallpass_core::lifecycle::Revision;

    use super::*;

    /// Or nothing would ever be read, and every rule would hold.
    #[test]
    fn the_line_is_the_stores_own() {
        let key = Key::new("fuzz", &Endpoint::parse("https://auth.example/").expect("a URL"));
        let written = encode(&Record::new(Revision(7), Held::default()), &key, None);
        let line = written.iter().position(|byte| *byte == b'\n').expect("a line") + 1;
        assert_eq!(whole("plain", &written[line..], &key), **written);
    }
}
