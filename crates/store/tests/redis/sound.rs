//! A server in good health.

use std::time::{Duration, Instant};

use hallpass_core::dialect::Held;
use hallpass_core::lifecycle::{KeptGrant, Revision};
use hallpass_core::{AccessToken, RefreshToken, Secret, UserKey, UtcDateTime};
use hallpass_store::record::{Seal, encode};
use hallpass_store::{Record, Redis, SaveError, Store, conformance};
use hallpass_testserver::relay::Relay;
use redis::Commands;

use super::{at, gain, keep, kept, key, lock, mark, name, raw, server};

#[test]
fn it_does_what_every_store_must() {
    let server = server();
    conformance::check(|| at(&server));
    conformance::check_expiring(|| at(&server), Duration::from_millis(150));
    let seal = Seal::new(&[Secret::from("q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=")]).expect("a key");
    let socket = format!("redis+unix://{}?db=3", server.socket().display());
    conformance::check(|| Redis::new(&socket).expect("a URL").seal(seal.clone()).prefix("elsewhere"));
}

#[test]
fn names_show_no_id_and_lie_in_one_slot() {
    let server = server();
    let store = at(&server).prefix("team");
    let mut lock = lock(&store);
    lock.save(&gain(1)).expect("it is saved");
    let mut names: Vec<String> = raw(&server).keys("*").expect("it answers");
    names.sort();
    let [record, lock] = &names[..] else { panic!("{names:?}") };
    assert!(record.starts_with("team:1:{") && record.ends_with('}'), "{record}");
    assert_eq!(*lock, format!("{record}:lock"), "the braces hold what decides the slot");
    assert!(!record.contains("canary"), "{record}");
}

#[test]
fn what_cannot_be_had_again_is_kept_for_good_and_a_lock_is_not() {
    let server = server();
    let store = at(&server);
    let grant = |life| KeptGrant {
        access_token: AccessToken::new("token").expect("visible"),
        issued: UtcDateTime::UNIX_EPOCH,
        age_when_saved: Duration::ZERO,
        life,
    };
    let held = Held { user_key: Some(UserKey::new("uk")), refresh_token: None };
    let hour = Duration::from_hours(1);
    let bare = Record::new(Revision(1), Held::default());
    let for_good = [
        gain(1),
        mark(2),
        Record::new(Revision(3), held),
        Record { grant: Some(grant(None)), ..bare.clone() },
        Record { grant: Some(grant(Some(Duration::MAX))), ..bare.clone() },
    ];
    let mut raw = raw(&server);
    let mut left = |name: &str| -> i64 { raw.pttl(name).expect("it answers") };
    for record in for_good {
        keep(&store, &record);
        assert_eq!(left(&name(&server)), -1, "{record:?}");
    }
    keep(&store, &Record { grant: Some(grant(Some(hour))), ..bare });
    assert!(left(&name(&server)) > 3_600_000, "as long as the token lives, and longer");
    let _lock = lock(&store);
    let lease = left(&format!("{}:lock", name(&server)));
    assert!((1..=60_000).contains(&lease), "{lease}");
}

#[test]
fn the_age_is_by_the_servers_clock() {
    let server = server();
    let (store, begun) = (at(&server), Instant::now());
    keep(&store, &gain(1));
    let passes = Duration::from_millis(20);
    std::thread::sleep(passes);
    let age = store.peek(&key()).expect("it answers").expect("it is there").age.expect("a server has a clock");
    // The server counts milliseconds.
    let moment = Duration::from_millis(1);
    assert!(age + moment >= passes && age <= begun.elapsed() + moment, "{age:?}");
    let found = lock(&store).found().and_then(|found| found.age).expect("under the lock, too");
    assert!(found >= age, "{found:?}");
}

#[test]
fn a_server_that_has_forgotten_the_scripts_is_told_them_again() {
    let server = server();
    let store = at(&server);
    for round in 0..2 {
        keep(&store, &gain(round));
        assert_eq!(server.command("SCRIPT FLUSH").expect("it answers"), "+OK");
    }
    assert_eq!(kept(&store), Some(gain(1)));
}

#[test]
fn a_connection_is_made_once_and_shared_by_clones() {
    let server = server();
    let relay = Relay::to(server.address()).expect("a relay");
    let store = Redis::new(&format!("redis://{}", relay.address())).expect("a URL");
    for revision in 0..20 {
        keep(&store.clone(), &gain(revision));
        assert_eq!(kept(&store), Some(gain(revision)));
    }
    assert_eq!(relay.connections(), 1);
}

#[test]
fn a_record_that_could_not_be_read_again_is_not_saved() {
    let server = server();
    let store = at(&server);
    let with = |length| {
        let token = RefreshToken::new("x".repeat(length));
        Record::new(Revision(1), Held { refresh_token: Some(token), user_key: None })
    };
    let most = 1024 * 1023 - encode(&with(0), &key(), None).len();
    let mut held = lock(&store);
    for length in [most + 1, most + 2] {
        let Err(SaveError::NotApplied(why)) = held.save(&with(length)) else { panic!("it is too long") };
        assert!(why.ends_with("bytes, and a record may have 1047552"), "{why}");
    }
    held.save(&with(most)).expect("it is just short enough");
    assert_eq!(kept(&store), Some(with(most)));
}
