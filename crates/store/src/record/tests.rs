//! A record as bytes: it comes back as it was, and nothing that was changed is read.

use core::time::Duration;

use hallpass_core::dialect::{Held, Key, Spends};
use hallpass_core::lifecycle::{Closed, KeptGrant, Mark, Record, Revision};
use hallpass_core::{AccessToken, Endpoint, RefreshToken, SendAs, UserKey, UtcDateTime};

use super::{Unreadable, decode, encode};

fn key(id: &str) -> Key {
    Key::new("test", &Endpoint::parse("https://auth.example/").expect("a URL")).with("id", id)
}

fn full() -> Record {
    let then = UtcDateTime::from_unix_timestamp(1_780_000_000).expect("a time").replace_nanosecond(5).expect("a time");
    Record {
        revision: Revision(0xfeed),
        held: Held {
            user_key: Some(UserKey::new("key \"with\" \u{e9}\n")),
            refresh_token: Some(RefreshToken::new("canary-refresh")),
        },
        grant: Some(KeptGrant {
            access_token: AccessToken::new("canary-access").expect("visible"),
            issued: then,
            age_when_saved: Duration::new(1, 2),
            life: Some(Duration::MAX),
        }),
        spending: Some(Mark { spends: Spends::RefreshToken, since: UtcDateTime::MIN, by: "host".into() }),
        closed: Some(Closed {
            since: UtcDateTime::MAX,
            wait: Duration::ZERO,
            strikes: 3,
            salt: u64::MAX,
            digest: 7,
            why: Some("401 no".into()),
        }),
    }
}

#[test]
fn a_record_comes_back_as_it_was() {
    let mut keyed = full();
    if let Some(grant) = &mut keyed.grant {
        let way = SendAs::new("X-Api-Key", "").expect("a way");
        grant.access_token = grant.access_token.clone().with_send_as(&way);
    }
    for record in [full(), keyed, Record::new(Revision(u64::MAX), Held::default())] {
        assert_eq!(decode(&encode(&record, &key("a"), None), &key("a"), None), Ok(record));
    }
}

/// Whoever shares the store may have written it, for whoever looks at `status`.
#[test]
fn nothing_that_a_terminal_obeys_is_read() {
    let mut record = full();
    let odd = "a\u{1b}[31m\u{202e}b\u{200b}c\r\nd".to_owned();
    record.spending = record.spending.map(|mark| Mark { by: odd.clone(), ..mark });
    record.closed = record.closed.map(|closed| Closed { why: Some(odd.clone()), ..closed });
    let read = decode(&encode(&record, &key("a"), None), &key("a"), None).expect("a record");
    assert_eq!(read.spending.map(|mark| mark.by).as_deref(), Some("a [31m b c d"));
    assert_eq!(read.closed.and_then(|closed| closed.why).as_deref(), Some("a [31m b c d"));
}

/// Invariant 15.
#[test]
fn no_changed_bit_and_no_cut_is_read() {
    let whole = encode(&full(), &key("a"), None);
    for length in 0..whole.len() {
        assert_eq!(decode(&whole[..length], &key("a"), None), Err(Unreadable::Damaged), "cut at {length}");
    }
    for bit in 0..whole.len() * 8 {
        let mut bytes = whole.to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(decode(&bytes, &key("a"), None), Err(Unreadable::Damaged), "bit {bit}");
    }
}

/// Invariant 15: a foreign record, copied into this one's place.
#[test]
fn another_keys_record_is_none() {
    let bytes = encode(&full(), &key("a"), None);
    assert_eq!(decode(&bytes, &key("b"), None), Err(Unreadable::Damaged));
}

#[test]
fn what_is_on_disk_is_the_format_of_version_one() {
    let bytes = encode(&Record::new(Revision(1), Held::default()), &key("a"), None);
    let digest = "hallpass 1 plain ";
    let text = core::str::from_utf8(&bytes).expect("text");
    assert!(text.starts_with(digest), "{text}");
    assert!(text.ends_with("\n{\"revision\":\"0000000000000001\"}"), "{text}");
}

/// In a build without the feature, too: counted as damaged it would be moved aside, and its tokens lost.
#[test]
fn what_is_sealed_and_cannot_be_opened_is_not_damaged() {
    let bytes =
        b"hallpass 1 sealed a994a7fe442fadc8b18617b1fe263f0e551397ddabdcfd751343c388c455a10a\nnothing that a key opens";
    assert_eq!(decode(bytes, &key("a"), None), Err(Unreadable::Sealed));
}

#[cfg(feature = "seal")]
mod sealed {
    use hallpass_core::Secret;

    use super::super::{BadKey, Seal};
    use super::*;

    const OLD: &str = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=";
    const NEW: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    fn seal(keys: &[&str]) -> Seal {
        Seal::new(&keys.iter().map(|key| Secret::from(*key)).collect::<Vec<_>>()).expect("keys")
    }

    #[test]
    fn nothing_of_a_sealed_record_can_be_read_or_moved() {
        let bytes = encode(&full(), &key("a"), Some(&seal(&[OLD])));
        assert!(!bytes.windows(6).any(|window| window == b"canary"));
        assert_eq!(decode(&bytes, &key("a"), Some(&seal(&[OLD]))), Ok(full()));
        assert_eq!(decode(&bytes, &key("b"), Some(&seal(&[OLD]))), Err(Unreadable::Damaged), "bound to its key");
        assert_eq!(decode(&bytes, &key("a"), None), Err(Unreadable::Sealed));
        assert_eq!(decode(&bytes, &key("a"), Some(&seal(&[NEW]))), Err(Unreadable::Sealed));
        assert_eq!(decode(&bytes[..bytes.len() - 1], &key("a"), Some(&seal(&[OLD]))), Err(Unreadable::Damaged));
        assert_ne!(bytes, encode(&full(), &key("a"), Some(&seal(&[OLD]))), "a nonce is drawn each time");
    }

    #[test]
    fn keys_change_one_after_the_other() {
        let old = encode(&full(), &key("a"), Some(&seal(&[OLD])));
        let new = encode(&full(), &key("a"), Some(&seal(&[NEW, OLD])));
        assert_eq!(decode(&old, &key("a"), Some(&seal(&[NEW, OLD]))), Ok(full()));
        assert_eq!(decode(&new, &key("a"), Some(&seal(&[NEW]))), Ok(full()));
        let plain = encode(&full(), &key("a"), None);
        assert_eq!(decode(&plain, &key("a"), Some(&seal(&[NEW]))), Ok(full()), "sealing can begin at any time");
    }

    #[test]
    fn a_bad_key_is_named_by_its_place_and_not_shown() {
        assert_eq!(Seal::new(&[]).expect_err("no key"), BadKey::Missing);
        let error = Seal::new(&[Secret::from(OLD), Secret::from("canary")]).expect_err("a short key");
        assert_eq!(error, BadKey::Shape(2));
        assert!(!error.to_string().contains("canary"));
        assert_eq!(format!("{:?}", seal(&[OLD])), "Seal(1 keys)");
    }
}
