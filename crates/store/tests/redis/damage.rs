//! What is no record of this version, or not for us to read (invariant 15).

use std::sync::{Arc, Mutex};

use hallpass_core::Secret;
use hallpass_store::record::Seal;
use hallpass_store::{Notice, Redis, Store, Swept};
use hallpass_testserver::redis::RedisServer;
use redis::{Commands, Connection};

use super::{LEASE, at, gain, keep, kept, key, lock, name, raw, server};

/// A server with one record, its name, and a way to change it.
fn kept_there() -> (RedisServer, Redis, String, Connection) {
    let server = server();
    let store = at(&server);
    keep(&store, &gain(1));
    let (name, raw) = (name(&server), raw(&server));
    (server, store, name, raw)
}

#[test]
fn no_changed_bit_and_no_cut_is_read() {
    let (_server, store, name, mut raw) = kept_there();
    let whole: Vec<u8> = raw.get(&name).expect("it answers");
    let cuts = (0..whole.len()).map(|length| whole[..length].to_vec());
    let flips = (0..whole.len() * 8).map(|bit| {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        bytes
    });
    for bytes in cuts.chain(flips) {
        let () = raw.set(&name, &bytes).expect("it answers");
        assert_eq!(kept(&store), None, "{:?}", String::from_utf8_lossy(&bytes));
    }
    let () = raw.set(&name, &whole).expect("it answers");
    assert_eq!(kept(&store), Some(gain(1)));
}

#[test]
fn what_is_torn_is_moved_aside_under_the_lock_and_told() {
    let (_server, store, name, mut raw) = kept_there();
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = told.clone();
    let store = store.on_notice(move |notice| heard.lock().expect("no panic").push(notice.clone()));
    let whole: Vec<u8> = raw.get(&name).expect("it answers");
    for torn in [&whole[..whole.len() - 1], &whole[1..], b"canary"] {
        let () = raw.set(&name, torn).expect("it answers");
        assert_eq!(kept(&store), None);
        assert!(raw.exists::<_, bool>(&name).expect("it answers"), "a peek moves nothing");
        let mut lock = lock(&store);
        assert_eq!(lock.found(), None);
        let aside: Vec<u8> = raw.get(format!("{name}:damaged")).expect("it answers");
        assert_eq!(aside, torn);
        lock.save(&gain(2)).expect("it counts as none");
        assert_eq!(kept(&store), Some(gain(2)));
    }
    let moved = Notice::MovedAside { to: format!("{name}:damaged") };
    assert_eq!(*told.lock().expect("no panic"), [moved.clone(), moved.clone(), moved.clone()]);
    assert!(moved.to_string().contains(&format!("moved to {name}:damaged")), "{moved}");
}

#[test]
fn a_key_of_another_kind_is_moved_aside_as_well() {
    let (_server, store, name, mut raw) = kept_there();
    let () = raw.del(&name).expect("it answers");
    let () = raw.rpush(&name, "somebody's list").expect("it answers");
    assert_eq!(kept(&store), None);
    let mut lock = lock(&store);
    assert_eq!(raw.lrange::<_, Vec<String>>(format!("{name}:damaged"), 0, -1).expect("it answers").len(), 1);
    lock.save(&gain(2)).expect("it counts as none");
}

#[test]
fn what_is_torn_under_the_lock_is_not_saved_over() {
    let (_server, store, name, mut raw) = kept_there();
    let mut lock = lock(&store);
    let () = raw.set(&name, "torn").expect("it answers");
    let error = lock.save(&gain(2)).expect_err("it is not what the lock saw");
    assert_eq!(error, hallpass_store::SaveError::Conflict(None));
    assert_eq!(raw.get::<_, String>(&name).expect("it answers"), "torn");
}

#[test]
fn the_revision_outside_is_the_one_inside() {
    let (server, store, name, mut raw) = kept_there();
    let whole: Vec<u8> = raw.get(&name).expect("it answers");
    keep(&store, &gain(2));
    let next: Vec<u8> = raw.get(&name).expect("it answers");
    let line = |bytes: &[u8]| bytes.iter().position(|byte| *byte == b'\n').expect("a line") + 1;
    let mixed = [&whole[..line(&whole)], &next[line(&next)..]].concat();
    let () = raw.set(&name, mixed).expect("it answers");
    assert_eq!(kept(&at(&server)), None, "the head of one save and the record of another");
}

#[test]
fn another_versions_record_is_left_alone() {
    let (_server, store, name, mut raw) = kept_there();
    let other = name.replace(":1:", ":2:");
    assert_ne!(name, other);
    let () = raw.set(&other, "canary").expect("it answers");
    keep(&store, &gain(2));
    assert_eq!(raw.get::<_, String>(&other).expect("it answers"), "canary");
}

#[test]
fn what_is_sealed_with_another_key_is_an_error_and_stays() {
    let seal = |key: &str| Seal::new(&[Secret::from(key)]).expect("a key");
    let ours = seal("q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=");
    let theirs = seal("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
    let server = server();
    keep(&at(&server).seal(theirs.clone()), &gain(1));
    let stored: Vec<u8> = raw(&server).get(name(&server)).expect("it answers");
    assert!(!stored.windows(6).any(|window| window == b"canary"));
    for store in [at(&server), at(&server).seal(ours)] {
        let error = store.peek(&key()).expect_err("a miss would spend a token");
        assert!(error.why.contains("another key") && error.why.contains(&name(&server)), "{error}");
        store.try_lock(&key(), LEASE).map(drop).expect_err("a miss would spend a token");
    }
    assert_eq!(kept(&at(&server).seal(theirs)), Some(gain(1)));
    drop(lock(&at(&server).prefix("the lock was given back")));
}

#[test]
fn what_was_moved_aside_is_named_and_removed() {
    let (_server, store, name, mut raw) = kept_there();
    assert_eq!(store.aside(&key()), Ok(Vec::new()));
    assert_eq!(store.sweep(&key(), true), Ok(Vec::new()), "a record that can be read stays");
    assert_eq!(kept(&store), Some(gain(1)));
    let () = raw.set(&name, "torn").expect("it answers");
    drop(lock(&store));
    assert_eq!(store.aside(&key()), Ok(vec![format!("{name}:damaged")]));
    assert_eq!(store.sweep(&key(), false), Ok(vec![Swept::Aside]));
    assert_eq!(store.aside(&key()), Ok(Vec::new()));
}

#[test]
fn what_no_key_opens_is_removed_when_that_is_asked_for() {
    let server = server();
    let seal = Seal::new(&[Secret::from("q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=")]).expect("a key");
    let sealed = at(&server).seal(seal);
    keep(&sealed, &gain(1));
    assert_eq!(at(&server).sweep(&key(), false), Ok(Vec::new()));
    assert_eq!(kept(&sealed), Some(gain(1)), "nobody asked for it to go");
    assert_eq!(at(&server).sweep(&key(), true), Ok(vec![Swept::Record]));
    assert_eq!(kept(&sealed), None);
}
